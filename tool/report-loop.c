/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/report-loop.h"

#include <stdio.h>

#include "tool/table.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

/* A loop, or an irreducible region, taken out of its graph. */
struct row {
    const struct cflow_cfg_function *function;
    bool irreducible;
    uint64_t header;
    int64_t parent; /* row of the loop around it; -1 */
    unsigned depth;
    size_t n_blocks, n_entries; /* n_entries: of a region */
    int64_t entries, iterations, least, most;
    int64_t instructions; /* that ran in it, inner loops among them */
    const char *file;
    unsigned line;
};

struct loops {
    const struct graph_input *input;
    GArray *rows; /* struct row */
    size_t functions;
};

/* Instructions of @loop and of those inside it. */
static void sum_instructions(const cflow_cfg *cfg, struct row *rows)
{
    for (size_t i = 0; i < cfg->n_insns; i++) {
        const struct cflow_cfg_block *block = &cfg->blocks[cfg->insns[i].block];
        for (size_t l = block->loop; l != CFLOW_CFG_NONE; l = cfg->loops[l].parent) {
            if (__builtin_add_overflow(rows[l].instructions, cfg->insns[i].count,
                                       &rows[l].instructions)) {
                rows[l].instructions = INT64_MAX;
            }
        }
        if (block->region != CFLOW_CFG_NONE) {
            struct row *row = &rows[cfg->n_loops + block->region];
            if (__builtin_add_overflow(row->instructions, cfg->insns[i].count,
                                       &row->instructions)) {
                row->instructions = INT64_MAX;
            }
        }
    }
}

static void find_line(const struct graph_input *input, struct row *row)
{
    const struct cflow_module *module = cflow_profile_module(input->profile, row->function->module);
    struct cflow_location location;

    cflow_symbols_lookup(input->symbols, module->path, module->build_id, row->header, &location);
    row->file = location.file;
    row->line = location.line;
}

static void add_graph(struct loops *loops, const struct cflow_cfg_function *function,
                      const cflow_cfg *cfg)
{
    guint first = loops->rows->len;

    g_array_set_size(loops->rows, first + (guint)(cfg->n_loops + cfg->n_regions));
    struct row *rows = &g_array_index(loops->rows, struct row, first);
    for (size_t i = 0; i < cfg->n_loops; i++) {
        const struct cflow_cfg_loop *loop = &cfg->loops[i];
        rows[i] = (struct row){
            .function = function,
            .header = cfg->blocks[loop->header].start,
            .parent = loop->parent == CFLOW_CFG_NONE ? -1 : (int64_t)(first + loop->parent),
            .depth = loop->depth,
            .n_blocks = loop->n_blocks,
            .entries = loop->entries,
            .iterations = loop->iterations,
            .least = loop->least,
            .most = loop->most,
        };
    }
    for (size_t i = 0; i < cfg->n_regions; i++) {
        const struct cflow_cfg_region *region = &cfg->regions[i];
        rows[cfg->n_loops + i] = (struct row){
            .function = function,
            .irreducible = true,
            .header = cfg->blocks[region->first].start,
            .parent = -1,
            .n_blocks = region->n_blocks,
            .n_entries = region->n_entries,
            .entries = region->entries,
        };
    }
    if (cfg->n_loops + cfg->n_regions > 0) {
        sum_instructions(cfg, rows);
    }
}

static bool wanted(const struct graph_input *input, const struct report_loop_wishes *wishes,
                   const struct cflow_cfg_function *function)
{
    const struct cflow_module *module = cflow_profile_module(input->profile, function->module);
    g_autofree char *name = cflow_cfg_module_name(module);

    return function->has_range && function->instructions > 0 &&
           (!wishes->symbol || g_pattern_match_simple(wishes->symbol, function->name)) &&
           (!wishes->module || g_pattern_match_simple(wishes->module, name) ||
            g_pattern_match_simple(wishes->module, module->path));
}

static bool find_loops(struct loops *loops, const struct report_loop_wishes *wishes, GError **error)
{
    const GPtrArray *functions = loops->input->program->functions;
    guint n = functions->len; /* graphs may add functions that did not run */

    for (guint i = 0; i < n; i++) {
        const struct cflow_cfg_function *function = g_ptr_array_index(functions, i);
        if (!wanted(loops->input, wishes, function)) {
            continue;
        }
        g_autoptr(cflow_cfg) cfg = cflow_cfg_program_graph(loops->input->program, function, error);
        if (!cfg) {
            return false;
        }
        loops->functions++;
        add_graph(loops, function, cfg);
    }
    return true;
}

static int compare_rows(const void *pa, const void *pb, void *data)
{
    const GArray *rows = data;
    guint ia = *(const guint *)pa, ib = *(const guint *)pb;
    const struct row *a = &g_array_index(rows, struct row, ia);
    const struct row *b = &g_array_index(rows, struct row, ib);

    if (a->iterations != b->iterations) {
        return a->iterations > b->iterations ? -1 : 1;
    }
    if (a->instructions != b->instructions) {
        return a->instructions > b->instructions ? -1 : 1;
    }
    return ia < ib ? -1 : ia > ib;
}

/* Those that ran, sorted: indices of rows. */
static GArray *sort_rows(const struct loops *loops)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < loops->rows->len; i++) {
        if (g_array_index(loops->rows, struct row, i).instructions > 0) {
            g_array_append_val(order, i);
        }
    }
    g_array_sort_with_data(order, compare_rows, loops->rows);
    return order;
}

enum {
    L_ITERATIONS,
    L_ENTRIES,
    L_MEAN,
    L_RANGE,
    L_DEPTH,
    L_WHERE,
    L_SOURCE,
    L_MODULE,
    L_COLUMNS
};

static const struct column columns[L_COLUMNS] = {
    {.title = "iterations", .right = true},
    {.title = "entries", .right = true},
    {.title = "mean", .right = true},
    {.title = "each", .right = true},
    {.title = "depth", .right = true},
    {.title = "header", .shrinks = true, .style = TERM_NAME},
    {.title = "source"},
    {.title = "module"},
};

static void add_row(const struct loops *loops, table *table, const struct row *row)
{
    const struct cflow_module *module =
        cflow_profile_module(loops->input->profile, row->function->module);
    g_autofree char *name = cflow_cfg_module_name(module);
    g_autofree char *place =
        cflow_cfg_program_place(loops->input->program, module->id, row->header);

    table_row(table, false);
    table_cell(table, L_ENTRIES, "%" G_GINT64_FORMAT, row->entries);
    table_cell(table, L_WHERE, "%s", place);
    table_cell(table, L_MODULE, "%s", name);
    if (row->file) {
        g_autofree char *base = g_path_get_basename(row->file);
        table_cell(table, L_SOURCE, "%s:%u", base, row->line);
    }
    if (row->irreducible) {
        table_cell(table, L_RANGE, "irreducible, %zu heads", row->n_entries);
        return;
    }
    table_cell(table, L_ITERATIONS, "%" G_GINT64_FORMAT, row->iterations);
    table_cell(table, L_DEPTH, "%u", row->depth);
    if (row->entries > 0) {
        table_cell(table, L_MEAN, "%.1f", (double)row->iterations / (double)row->entries);
        if (row->least == row->most) {
            table_cell(table, L_RANGE, "%" G_GINT64_FORMAT, row->least);
        } else {
            table_cell(table, L_RANGE, "%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, row->least,
                       row->most);
        }
    }
}

static void print_text(const struct loops *loops, const GArray *order, guint n)
{
    g_autoptr(table) table = table_new(columns, L_COLUMNS);

    graph_print_exactness(loops->input);
    printf("\n%sloops, %u of %u, in %zu functions%s\n\n", term_on(TERM_TITLE), n, order->len,
           loops->functions, term_off(TERM_TITLE));
    for (guint i = 0; i < n; i++) {
        add_row(loops, table,
                &g_array_index(loops->rows, struct row, g_array_index(order, guint, i)));
    }
    table_print(table);
    graph_print_warnings(loops->input);
}

static void add_json(const struct loops *loops, JsonBuilder *b, const struct row *row)
{
    json_builder_begin_object(b);
    graph_add_function(loops->input, b, row->function);
    words_add_bool(b, "irreducible", row->irreducible);
    words_add_address(b, "header", row->header);
    words_add_string(b, "header_file", row->file);
    words_add_int(b, "header_line", row->line);
    words_add_int(b, "blocks", (int64_t)row->n_blocks);
    words_add_int(b, "entries", row->entries);
    words_add_int(b, "instructions", row->instructions);
    if (row->irreducible) {
        words_add_int(b, "entered_through", (int64_t)row->n_entries);
    } else {
        words_add_int(b, "depth", row->depth);
        if (row->parent >= 0) {
            words_add_address(b, "parent",
                              g_array_index(loops->rows, struct row, (guint)row->parent).header);
        } else {
            words_add_string(b, "parent", NULL);
        }
        words_add_int(b, "iterations", row->iterations);
        words_add_int(b, "least", row->least);
        words_add_int(b, "most", row->most);
    }
    json_builder_end_object(b);
}

static void print_json(const struct loops *loops, const GArray *order, guint n)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    graph_add_profile(loops->input, b);
    words_add_int(b, "functions", (int64_t)loops->functions);
    words_add_int(b, "matching", order->len);
    json_builder_set_member_name(b, "loops");
    json_builder_begin_array(b);
    for (guint i = 0; i < n; i++) {
        add_json(loops, b, &g_array_index(loops->rows, struct row, g_array_index(order, guint, i)));
    }
    json_builder_end_array(b);
    graph_add_warnings(loops->input, b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}

int report_loops(const struct graph_input *input, const struct report_loop_wishes *wishes)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, sizeof(struct row));
    struct loops loops = {.input = input, .rows = rows};
    g_autoptr(GError) error = NULL;

    if (!find_loops(&loops, wishes, &error)) {
        return fail("%s", error->message);
    }
    g_autoptr(GArray) order = sort_rows(&loops);
    guint n = wishes->limit ? (guint)MIN((guint64)order->len, wishes->limit) : order->len;
    for (guint i = 0; i < n; i++) {
        find_line(input, &g_array_index(rows, struct row, g_array_index(order, guint, i)));
    }
    if (wishes->json) {
        print_json(&loops, order, n);
        return STATUS_OK;
    }
    if (wishes->pager) {
        term_start_pager();
    }
    print_text(&loops, order, n);
    return STATUS_OK;
}
