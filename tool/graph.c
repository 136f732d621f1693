/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/graph.h"

#include <stdio.h>
#include <string.h>

#include "tool/report-process.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

bool graph_open(struct graph_input *input, const char *path, const char *process,
                cflow_symbols *symbols)
{
    g_autoptr(GError) error = NULL;

    *input = (struct graph_input){.symbols = symbols};
    if (!symbols) {
        return false;
    }
    input->profile = cflow_profile_open(path ? path : "cflow.db", &error);
    bool chosen = input->profile && report_process_choose(input->profile, process, &error);
    input->flow = chosen ? cflow_query(input->profile, &error) : NULL;
    input->program =
        input->flow ? cflow_cfg_program_new(input->profile, input->flow, input->symbols, &error)
                    : NULL;
    if (error) {
        fail("%s", error->message);
    }
    return input->program != NULL;
}

void graph_close(struct graph_input *input)
{
    cflow_cfg_program_free(input->program);
    cflow_symbols_free(input->symbols);
    cflow_flow_free(input->flow);
    cflow_profile_close(input->profile);
}

bool graph_parse_format(const char *verb, const char *text, bool *json)
{
    *json = text && strcmp(text, "json") == 0;
    if (text && !*json && strcmp(text, "text") != 0) {
        fail_usage(verb, "unknown --format '%s': say text or json", text);
        return false;
    }
    return true;
}

bool graph_parse_number(const char *verb, const char *name, const char *text, guint64 *out)
{
    if (text && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, out, NULL)) {
        fail_usage(verb, "bad --%s '%s': give a number, 0 for all", name, text);
        return false;
    }
    return true;
}

void graph_add_function(const struct graph_input *input, JsonBuilder *b,
                        const struct cflow_cfg_function *function)
{
    const struct cflow_module *module = cflow_profile_module(input->profile, function->module);

    words_add_string(b, "function", function->name);
    words_add_string(b, "module", module->path);
    words_add_string(b, "build_id", module->build_id);
    if (function->has_range) {
        words_add_address(b, "start", function->start);
        words_add_address(b, "end", function->end);
    } else {
        words_add_string(b, "start", NULL);
        words_add_string(b, "end", NULL);
    }
    words_add_string(b, "file", function->file);
    words_add_int(b, "line", function->line);
}

void graph_add_place(const struct graph_input *input, JsonBuilder *b, int64_t id, uint64_t offset)
{
    const struct cflow_module *module = cflow_profile_module(input->profile, id);
    const struct cflow_cfg_function *f = cflow_cfg_program_at(input->program, id, offset);

    words_add_string(b, "module", module->path);
    words_add_address(b, "offset", offset);
    words_add_string(b, "symbol", f->has_name ? f->name : NULL);
    if (f->has_range) {
        words_add_int(b, "symbol_offset", (int64_t)(offset - f->start));
    } else {
        words_add_string(b, "symbol_offset", NULL);
    }
}

void graph_add_profile(const struct graph_input *input, JsonBuilder *b)
{
    g_autofree char *exactness = cflow_profile_exactness(input->profile);

    words_add_string(b, "profile", cflow_profile_path(input->profile));
    words_add_string(b, "isa", cflow_profile_meta(input->profile, "isa"));
    words_add_bool(b, "exact", cflow_profile_meta_int(input->profile, "exact", 0) != 0);
    words_add_string(b, "exactness", exactness);
}

void graph_add_warnings(const struct graph_input *input, JsonBuilder *b)
{
    const GPtrArray *warnings = cflow_symbols_warnings(input->symbols);

    json_builder_set_member_name(b, "warnings");
    json_builder_begin_array(b);
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(warnings, i));
        json_builder_add_string_value(b, clean);
    }
    json_builder_end_array(b);
}

void graph_print_warnings(const struct graph_input *input)
{
    const GPtrArray *warnings = cflow_symbols_warnings(input->symbols);

    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(warnings, i));
        printf("%s%s%s%s\n", i ? "" : "\n", term_on(TERM_BAD), clean, term_off(TERM_BAD));
    }
}

void graph_print_exactness(const struct graph_input *input)
{
    g_autofree char *exactness = cflow_profile_exactness(input->profile);
    g_autofree char *clean = term_escape(exactness);
    enum term_style style = strcmp(exactness, "exact") == 0 ? TERM_GOOD : TERM_BAD;

    printf("%scounts%s     %s%s%s\n", term_on(TERM_TITLE), term_off(TERM_TITLE), term_on(style),
           clean, term_off(style));
}
