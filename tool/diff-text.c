/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "tool/diff.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/words.h"

static void G_GNUC_PRINTF(3, 4)
    print_field(const char *name, enum term_style style, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *clean = term_escape(value);
    printf("%s%-7s%s  %s%s%s\n", term_on(TERM_TITLE), name, term_off(TERM_TITLE), term_on(style),
           clean, term_off(style));
}

static void print_header(const struct diff_view *view)
{
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        const struct report *report = &view->report[side];
        g_autofree char *exactness = cflow_profile_exactness(report->profile);
        g_autofree char *transfers = words_count(report->flow->transfers, "transfer", "transfers");
        print_field(side == CFLOW_DIFF_A ? "A" : "B",
                    strcmp(exactness, "exact") == 0 ? TERM_PLAIN : TERM_BAD, "%s: %s, %s",
                    cflow_profile_path(report->profile), transfers, exactness);
    }
    print_field("shown", TERM_PLAIN,
                "moves by %g %% or more, of %" G_GINT64_FORMAT " transfers or more%s",
                view->threshold, view->min_count, view->deviations > 0 ? ", beyond chance" : "");
    for (guint i = 0; i < view->diff->notes->len; i++) {
        print_field("note", TERM_FAINT, "%s", (char *)g_ptr_array_index(view->diff->notes, i));
    }
}

/* Prints the caption of a table with @n rows; returns how many to print. */
static guint print_caption(const struct diff_view *view, const char *caption, guint n)
{
    guint shown = view->limit ? MIN(view->limit, n) : n;

    if (n) {
        printf("\n%s%s, %u of %u%s\n\n", term_on(TERM_TITLE), caption, shown, n,
               term_off(TERM_TITLE));
    }
    return shown;
}

static char *place_text(struct diff_view *view, int side, int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(&view->report[side], module, offset, &place);
    return report_place_text(&place);
}

static char *module_text(struct diff_view *view, int side, int64_t module)
{
    return report_module_name(cflow_profile_module(view->report[side].profile, module));
}

static void print_edges(struct diff_view *view)
{
    static const struct column columns[] = {
        {"in"},
        {"count", .right = true},
        {"from", .shrinks = true, .style = TERM_NAME},
        {"to", .shrinks = true, .style = TERM_NAME},
        {"kind"},
        {"module", .shrinks = true},
    };
    guint n = print_caption(view, "edges of only one", view->diff->edges->len);
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));

    for (guint i = 0; i < n; i++) {
        const struct cflow_diff_edge *found =
            &g_array_index(view->diff->edges, struct cflow_diff_edge, i);
        const struct cflow_edge *e = found->edge;
        g_autofree char *from = place_text(view, found->side, e->src_module, e->src);
        g_autofree char *to = place_text(view, found->side, e->dst_module, e->dst);
        g_autofree char *module = module_text(view, found->side, e->src_module);
        table_row(t, false);
        table_cell(t, 0, "%s", found->side == CFLOW_DIFF_A ? "A" : "B");
        table_cell(t, 1, "%" G_GINT64_FORMAT, e->count);
        table_cell(t, 2, "%s", from);
        table_cell(t, 3, "%s", to);
        table_cell(t, 4, "%s", cflow_kind_name(e->kind));
        table_cell(t, 5, "%s", module);
    }
    if (n) {
        table_print(t);
    }
}

static void print_branches(struct diff_view *view)
{
    static const struct column columns[] = {
        {"%taken A", .right = true},
        {"%taken B", .right = true},
        {"count A", .right = true},
        {"count B", .right = true},
        {"where", .shrinks = true, .style = TERM_NAME},
        {"module", .shrinks = true},
        {"instruction"},
    };
    guint n = print_caption(view, "branches whose bias moved", view->diff->branches->len);
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));

    for (guint i = 0; i < n; i++) {
        const struct cflow_diff_branch *found =
            &g_array_index(view->diff->branches, struct cflow_diff_branch, i);
        const struct cflow_site *b = found->site[CFLOW_DIFF_B];
        g_autofree char *where = place_text(view, CFLOW_DIFF_B, b->module, b->offset);
        g_autofree char *module = module_text(view, CFLOW_DIFF_B, b->module);
        g_autoptr(cflow_insn) insn =
            cflow_query_insn(view->report[CFLOW_DIFF_B].profile, b->module, b->offset, NULL);
        g_autofree char *text = words_squeeze(insn ? insn->disasm : "");
        table_row(t, false);
        table_cell(t, 0, "%.1f", found->taken[CFLOW_DIFF_A]);
        table_cell(t, 1, "%.1f", found->taken[CFLOW_DIFF_B]);
        table_cell(t, 2, "%" G_GINT64_FORMAT, found->site[CFLOW_DIFF_A]->total);
        table_cell(t, 3, "%" G_GINT64_FORMAT, b->total);
        table_cell(t, 4, "%s", where);
        table_cell(t, 5, "%s", module);
        table_cell(t, 6, "%s", text);
    }
    if (n) {
        table_print(t);
    }
}

static void print_functions(struct diff_view *view)
{
    static const struct column columns[] = {
        {"count A", .right = true},
        {"count B", .right = true},
        {"change", .right = true},
        {"function", .shrinks = true, .style = TERM_NAME},
        {"module"},
    };
    guint n = print_caption(view, "functions whose counts moved", view->diff->functions->len);
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));

    for (guint i = 0; i < n; i++) {
        const struct cflow_diff_function *f =
            &g_array_index(view->diff->functions, struct cflow_diff_function, i);
        int64_t a = f->count[CFLOW_DIFF_A], b = f->count[CFLOW_DIFF_B];
        g_autofree char *module =
            f->module[0] == '/' ? g_path_get_basename(f->module) : g_strdup(f->module);
        table_row(t, false);
        table_cell(t, 0, "%" G_GINT64_FORMAT, a);
        table_cell(t, 1, "%" G_GINT64_FORMAT, b);
        if (a) {
            table_cell(t, 2, "%+.1f %%", 100.0 * ((double)b - (double)a) / (double)a);
        } else {
            table_cell(t, 2, "new");
        }
        table_cell(t, 3, "%s", f->name ? f->name : "(no name)");
        table_cell(t, 4, "%s", module);
    }
    if (n) {
        table_print(t);
    }
}

void diff_print_text(struct diff_view *view)
{
    const cflow_diff *diff = view->diff;

    print_header(view);
    print_functions(view);
    print_branches(view);
    print_edges(view);
    if (cflow_diff_is_same(diff)) {
        printf("\n%ssame%s\n", term_on(TERM_GOOD), term_off(TERM_GOOD));
        return;
    }
    g_autofree char *functions = words_count(diff->functions->len, "function", "functions");
    g_autofree char *branches = words_count(diff->branches->len, "branch", "branches");
    g_autofree char *edges = words_count(diff->edges->len, "edge", "edges");
    printf("\n%sdifferent%s: %s, %s, %s\n", term_on(TERM_BAD), term_off(TERM_BAD), functions,
           branches, edges);
}
