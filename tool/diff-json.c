/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "tool/diff.h"
#include "tool/term.h"
#include "tool/words.h"

static guint shown(const struct diff_view *view, guint n)
{
    return view->limit ? MIN(view->limit, n) : n;
}

static void begin_array(JsonBuilder *b, const char *name)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
}

static void add_double(JsonBuilder *b, const char *name, double value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_double_value(b, value);
}

static void add_profile(struct diff_view *view, JsonBuilder *b, int side)
{
    struct report *report = &view->report[side];
    g_autofree char *exactness = cflow_profile_exactness(report->profile);

    json_builder_set_member_name(b, side == CFLOW_DIFF_A ? "a" : "b");
    json_builder_begin_object(b);
    words_add_string(b, "file", cflow_profile_path(report->profile));
    words_add_command(b, "command", cflow_profile_meta(report->profile, "command"));
    words_add_int(b, "transfers", report->flow->transfers);
    words_add_string(b, "exactness", exactness);
    json_builder_end_object(b);
}

/* An object that tells a place. */
static void add_place(struct diff_view *view, JsonBuilder *b, const char *name, int side,
                      int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(&view->report[side], module, offset, &place);
    json_builder_set_member_name(b, name);
    json_builder_begin_object(b);
    words_add_string(b, "module", place.module->path);
    words_add_address(b, "offset", offset);
    words_add_string(b, "symbol", place.symbol);
    json_builder_end_object(b);
}

static void add_functions(struct diff_view *view, JsonBuilder *b)
{
    begin_array(b, "functions");
    for (guint i = 0; i < shown(view, view->diff->functions->len); i++) {
        const struct cflow_diff_function *f =
            &g_array_index(view->diff->functions, struct cflow_diff_function, i);
        json_builder_begin_object(b);
        words_add_string(b, "module", f->module);
        words_add_string(b, "name", f->name);
        words_add_int(b, "count_a", f->count[CFLOW_DIFF_A]);
        words_add_int(b, "count_b", f->count[CFLOW_DIFF_B]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_branches(struct diff_view *view, JsonBuilder *b)
{
    begin_array(b, "branches");
    for (guint i = 0; i < shown(view, view->diff->branches->len); i++) {
        const struct cflow_diff_branch *found =
            &g_array_index(view->diff->branches, struct cflow_diff_branch, i);
        const struct cflow_site *site_a = found->site[CFLOW_DIFF_A];
        const struct cflow_site *site_b = found->site[CFLOW_DIFF_B];
        json_builder_begin_object(b);
        add_place(view, b, "at", CFLOW_DIFF_B, site_b->module, site_b->offset);
        words_add_int(b, "taken_a", site_a->taken);
        words_add_int(b, "count_a", site_a->total);
        add_double(b, "percent_a", found->taken[CFLOW_DIFF_A]);
        words_add_int(b, "taken_b", site_b->taken);
        words_add_int(b, "count_b", site_b->total);
        add_double(b, "percent_b", found->taken[CFLOW_DIFF_B]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_edges(struct diff_view *view, JsonBuilder *b)
{
    begin_array(b, "edges");
    for (guint i = 0; i < shown(view, view->diff->edges->len); i++) {
        const struct cflow_diff_edge *found =
            &g_array_index(view->diff->edges, struct cflow_diff_edge, i);
        const struct cflow_edge *e = found->edge;
        json_builder_begin_object(b);
        words_add_string(b, "in", found->side == CFLOW_DIFF_A ? "a" : "b");
        words_add_int(b, "count", e->count);
        words_add_string(b, "kind", cflow_kind_name(e->kind));
        add_place(view, b, "from", found->side, e->src_module, e->src);
        add_place(view, b, "to", found->side, e->dst_module, e->dst);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void diff_print_json(struct diff_view *view)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    const cflow_diff *diff = view->diff;

    json_builder_begin_object(b);
    add_profile(view, b, CFLOW_DIFF_A);
    add_profile(view, b, CFLOW_DIFF_B);
    add_double(b, "threshold", view->threshold);
    words_add_int(b, "min_count", view->min_count);
    add_double(b, "deviations", view->deviations);
    words_add_bool(b, "same", cflow_diff_is_same(diff));
    words_add_int(b, "n_functions", diff->functions->len);
    words_add_int(b, "n_branches", diff->branches->len);
    words_add_int(b, "n_edges", diff->edges->len);
    begin_array(b, "notes");
    for (guint i = 0; i < diff->notes->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(diff->notes, i));
        json_builder_add_string_value(b, clean);
    }
    json_builder_end_array(b);
    add_functions(view, b);
    add_branches(view, b);
    add_edges(view, b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}
