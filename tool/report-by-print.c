/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of groups: as text, JSON and CSV. */
#include <stdio.h>
#include <string.h>

#include "tool/report.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/words.h"

enum {
    G_COUNT,
    G_PERCENT,
    G_CALLS,
    G_BLOCKS,
    G_INSNS,
    G_SITES,
    G_NAME,
    G_SOURCE,
    G_MODULE,
    G_COLUMNS
};

static const struct column group_columns[G_COLUMNS] = {
    {.title = "transfers", .right = true},
    {.title = "%", .right = true},
    {.title = "calls", .right = true, .optional = true, .drops = 2},
    {.title = "blocks", .right = true, .optional = true, .drops = 3},
    {.title = "instructions", .right = true, .optional = true},
    {.title = "sites", .right = true, .optional = true, .drops = 4},
    {.title = "name", .shrinks = true, .style = TERM_NAME},
    {.title = "source", .shrinks = true, .optional = true},
    {.title = "module", .optional = true, .drops = 1},
};

static void cell_count(table *table, size_t column, int64_t count)
{
    table_cell(table, column, "%" G_GINT64_FORMAT, count);
}

static void add_row(struct report *report, table *table, const struct report_by *by,
                    const struct report_group *group, int64_t all)
{
    bool ran = group->blocks > 0; /* else it only came in between */
    g_autofree char *source = report_source_text(group->file, group->line);
    g_autofree char *name =
        group->name && by->has_place ? words_short_function(group->name) : g_strdup(group->name);

    table_row(table, false);
    cell_count(table, G_COUNT, group->transfers);
    report_cell_percent(table, G_PERCENT, group->transfers, all);
    if (group->calls && !by->of_branches) {
        cell_count(table, G_CALLS, group->calls);
    }
    if (ran && !by->of_blocks) {
        cell_count(table, G_BLOCKS, group->blocks);
    }
    if (ran) {
        cell_count(table, G_INSNS, group->instructions);
    }
    if (group->sites && !by->of_branches) {
        cell_count(table, G_SITES, (int64_t)group->sites);
    }
    table_cell(table, G_NAME, "%s", name ? name : "[unknown]");
    if (source) {
        table_cell(table, G_SOURCE, "%s", source);
    }
    if (by->has_place) {
        const struct cflow_module *module = cflow_profile_module(report->profile, group->module);
        g_autofree char *module_name = report_module_name(module);
        table_cell(table, G_MODULE, "%s", module_name);
    }
}

void report_by_print_text(struct report *report, const report_groups *groups)
{
    struct column columns[G_COLUMNS];
    memcpy(columns, group_columns, sizeof(columns));
    columns[G_NAME].keeps_end = !groups->by->has_place;
    g_autoptr(table) table = table_new(columns, G_COLUMNS);

    report_print_text_header(report);
    printf("\n%stransfers by %s, %u of %zu%s\n\n", term_on(TERM_TITLE), groups->by->name,
           groups->rows->len, groups->n_matching, term_off(TERM_TITLE));
    for (guint i = 0; i < groups->rows->len; i++) {
        add_row(report, table, groups->by, g_ptr_array_index(groups->rows, i), groups->transfers);
    }
    if (groups->rows->len == 0) {
        puts("none");
    } else {
        table_print(table);
    }
    if (groups->left_early) {
        g_autofree char *n =
            words_count(groups->left_early, "block was left before its end: its instructions are",
                        "blocks were left before their end: their instructions are");
        printf("\n%s not counted\n", n);
    }
    report_print_text_notes(report);
}

static void add_json(struct report *report, JsonBuilder *b, const report_groups *groups,
                     const struct report_group *group)
{
    const struct cflow_module *module =
        groups->by->has_module ? cflow_profile_module(report->profile, group->module) : NULL;

    json_builder_begin_object(b);
    words_add_string(b, "name", group->name);
    if (module) {
        words_add_string(b, "module", module->path);
        words_add_string(b, "build_id", module->build_id);
    }
    if (groups->by->has_place) {
        words_add_address(b, "offset", group->offset);
        words_add_string(b, "file", group->file);
        if (group->line) {
            words_add_int(b, "line", group->line);
        } else {
            words_add_string(b, "line", NULL);
        }
    }
    words_add_int(b, "transfers", group->transfers);
    words_add_int(b, "calls", group->calls);
    words_add_int(b, "blocks", group->blocks);
    words_add_int(b, "instructions", group->instructions);
    words_add_int(b, "sites", (int64_t)group->sites);
    json_builder_end_object(b);
}

void report_by_print_json(struct report *report, const report_groups *groups)
{
    report_print_json_head(report);
    printf("\"by\": \"%s\",\n\"matching\": %zu,\n\"transfers\": %" G_GINT64_FORMAT
           ",\n\"left_early\": %" G_GINT64_FORMAT ",\n\"groups\": [",
           groups->by->name, groups->n_matching, groups->transfers, groups->left_early);
    for (guint i = 0; i < groups->rows->len; i++) {
        g_autoptr(JsonBuilder) b = json_builder_new();
        add_json(report, b, groups, g_ptr_array_index(groups->rows, i));
        printf(i ? ",\n" : "\n");
        words_print_json(b, FALSE);
    }
    printf("],\n");
    report_print_json_warnings(report);
    printf("}\n");
}

void report_by_print_csv(struct report *report, const report_groups *groups)
{
    printf("transfers,calls,blocks,instructions,sites,name,module,build_id,offset,file,line\r\n");
    for (guint i = 0; i < groups->rows->len; i++) {
        const struct report_group *group = g_ptr_array_index(groups->rows, i);
        const struct cflow_module *module =
            groups->by->has_module ? cflow_profile_module(report->profile, group->module) : NULL;
        printf("%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
               ",%zu,",
               group->transfers, group->calls, group->blocks, group->instructions, group->sites);
        report_print_csv_text(group->name ? group->name : "");
        putchar(',');
        report_print_csv_text(module ? module->path : "");
        putchar(',');
        report_print_csv_text(module && module->build_id ? module->build_id : "");
        if (groups->by->has_place) {
            printf(",0x%" G_GINT64_MODIFIER "x,", group->offset);
        } else {
            printf(",,");
        }
        report_print_csv_text(group->file ? group->file : "");
        if (group->line) {
            printf(",%u\r\n", group->line);
        } else {
            printf(",\r\n");
        }
    }
    report_print_csv_warnings(report);
}
