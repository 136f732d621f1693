/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object, printed piece by piece, a file per line. */
#include <stdio.h>

#include "tool/coverage.h"
#include "tool/words.h"

static void add_pair(JsonBuilder *b, const char *name, size_t hit, size_t found)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_object(b);
    words_add_int(b, "found", (int64_t)found);
    words_add_int(b, "hit", (int64_t)hit);
    json_builder_end_object(b);
}

static void add_totals(JsonBuilder *b, const struct cflow_coverage_totals *t)
{
    json_builder_set_member_name(b, "totals");
    json_builder_begin_object(b);
    add_pair(b, "lines", t->lines_hit, t->lines);
    add_pair(b, "branches", t->branches_hit, t->branches);
    add_pair(b, "functions", t->functions_hit, t->functions);
    json_builder_end_object(b);
}

static void add_branch(JsonBuilder *b, const struct cflow_coverage_branch *branch)
{
    json_builder_begin_object(b);
    words_add_int(b, "line", branch->line);
    words_add_string(b, "module", branch->module->path);
    words_add_address(b, "offset", branch->address);
    words_add_string(b, "function", branch->function);
    words_add_int(b, "taken", branch->taken);
    words_add_int(b, "not_taken", branch->not_taken);
    json_builder_end_object(b);
}

static void add_switch(JsonBuilder *b, const struct cflow_coverage_switch *s)
{
    json_builder_begin_object(b);
    words_add_int(b, "line", s->line);
    words_add_string(b, "module", s->module->path);
    words_add_address(b, "offset", s->address);
    words_add_string(b, "function", s->function);
    words_add_int(b, "count", s->count);
    json_builder_set_member_name(b, "destinations");
    json_builder_begin_array(b);
    for (size_t i = 0; i < s->n_destinations; i++) {
        json_builder_begin_object(b);
        words_add_address(b, "offset", s->destinations[i].address);
        words_add_string(b, "file", s->destinations[i].file);
        words_add_int(b, "line", s->destinations[i].line);
        words_add_int(b, "count", s->destinations[i].count);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void add_file(JsonBuilder *b, const struct cflow_coverage_file *file)
{
    json_builder_begin_object(b);
    words_add_string(b, "file", file->path);
    add_totals(b, &file->totals);
    json_builder_set_member_name(b, "functions");
    json_builder_begin_array(b);
    for (size_t i = 0; i < file->n_functions; i++) {
        json_builder_begin_object(b);
        words_add_string(b, "name", file->functions[i].name);
        words_add_int(b, "line", file->functions[i].line);
        words_add_int(b, "count", file->functions[i].count);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "lines");
    json_builder_begin_array(b);
    for (size_t i = 0; i < file->n_lines; i++) {
        json_builder_begin_object(b);
        words_add_int(b, "line", file->lines[i].line);
        words_add_int(b, "count", file->lines[i].count);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "branches");
    json_builder_begin_array(b);
    for (size_t i = 0; i < file->n_branches; i++) {
        add_branch(b, &file->branches[i]);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "switches");
    json_builder_begin_array(b);
    for (size_t i = 0; i < file->n_switches; i++) {
        add_switch(b, &file->switches[i]);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void add_head(const struct coverage_view *view, JsonBuilder *b)
{
    g_autofree char *exactness = cflow_profile_exactness(view->profile);

    json_builder_begin_object(b);
    words_add_string(b, "file", cflow_profile_path(view->profile));
    words_add_string(b, "isa", cflow_profile_meta(view->profile, "isa"));
    words_add_string(b, "exactness", exactness);
    words_add_int(b, "unplaced", view->coverage->unplaced);
    words_add_bool(b, "branches_known", !view->coverage->no_decoder);
    add_pair(b, "indirect_jumps", view->coverage->indirect_hit, view->coverage->indirect);
    add_pair(b, "not_enumerated", view->coverage->open_hit, view->coverage->open);
    add_totals(b, &view->coverage->totals);
    json_builder_end_object(b);
}

static void add_warnings(const struct coverage_view *view, JsonBuilder *b)
{
    const GPtrArray *warnings = cflow_symbols_warnings(view->symbols);

    json_builder_begin_array(b);
    for (guint i = 0; i < warnings->len; i++) {
        words_add_element(b, g_ptr_array_index(warnings, i));
    }
    json_builder_end_array(b);
}

void coverage_print_json(const struct coverage_view *view)
{
    const cflow_coverage *c = view->coverage;
    g_autoptr(JsonBuilder) head = json_builder_new();
    g_autoptr(JsonBuilder) tail = json_builder_new();
    bool first = true;

    add_head(view, head);
    printf("{\"coverage\": ");
    words_print_json(head, FALSE);
    printf(",\n\"files\": [");
    for (size_t i = 0; i < c->n_files; i++) {
        g_autoptr(JsonBuilder) b = json_builder_new();
        if (view->listed && view->listed != &c->files[i]) {
            continue;
        }
        add_file(b, &c->files[i]);
        printf(first ? "\n" : ",\n");
        words_print_json(b, FALSE);
        first = false;
    }
    printf("],\n\"warnings\": ");
    add_warnings(view, tail);
    words_print_json(tail, FALSE);
    printf("}\n");
}
