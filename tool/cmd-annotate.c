/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tool/annotate.h"
#include "tool/graph.h"
#include "tool/symbol-options.h"
#include "tool/term.h"
#include "tool/verbs.h"

static char *input_path, *format_text, *color_text;
static gboolean no_pager, no_source, source_only, no_arrows, show_bytes;

static char *process_text;

const GOptionEntry cmd_annotate_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input_path, "profile to read (default cflow.db)",
     "FILE"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"no-source", 0, 0, G_OPTION_ARG_NONE, &no_source, "instructions only", NULL},
    {"source-only", 0, 0, G_OPTION_ARG_NONE, &source_only, "lines of the source only", NULL},
    {"no-arrows", 0, 0, G_OPTION_ARG_NONE, &no_arrows, "do not draw jumps", NULL},
    {"show-raw-insn", 0, 0, G_OPTION_ARG_NONE, &show_bytes, "the bytes of instructions, too", NULL},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    SYMBOL_OPTION_ENTRIES,
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

static bool parse(int *argc, char ***argv, bool *json)
{
    if (!verb_parse("annotate", argc, argv) || !graph_parse_format("annotate", format_text, json)) {
        return false;
    }
    if (*argc > 2) {
        fail_usage("annotate",
                   "unexpected argument '%s': one function at a time, "
                   "and profiles are given with -i",
                   (*argv)[2]);
        return false;
    }
    if (no_source && source_only) {
        fail_usage("annotate", "--no-source and --source-only exclude each other");
        return false;
    }
    if (!term_set_color(color_text)) {
        fail_usage("annotate", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    return true;
}

static void free_source(gpointer lines)
{
    if (lines) {
        g_ptr_array_unref(lines);
    }
}

static int print(struct annotate *a, bool json)
{
    if (source_only && !a->lines && !json) {
        return fail("no debug information about lines for %s in %s: compile with -g, or install "
                    "its debug symbols",
                    a->function->name, a->module->path);
    }
    if (json) {
        annotate_print_json(a);
        return STATUS_OK;
    }
    if (!no_pager) {
        term_start_pager();
    }
    if (source_only) {
        annotate_print_source(a);
    } else {
        annotate_print_text(a);
    }
    return STATUS_OK;
}

static int annotate(const struct graph_input *input, const char *words, bool json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = cflow_cfg_program_select(input->program, words, &error);
    struct annotate a = {
        .program = input->program,
        .sysroot = symbol_options.sysroot,
        .show_source = !no_source,
        .show_arrows = !no_arrows,
        .show_bytes = show_bytes,
    };
    const char *isa = cflow_profile_meta(input->profile, "isa");
    int status;

    if (!found) {
        return fail("%s", error->message);
    }
    a.function = g_ptr_array_steal_index(found, 0);
    for (guint i = found->len; a.function->instructions > 0 && i-- > 0;) {
        const struct cflow_cfg_function *other = g_ptr_array_index(found, i);
        if (other->instructions == 0) {
            g_ptr_array_remove_index(found, i);
        }
    }
    a.others = found;
    a.module = cflow_profile_module(input->profile, a.function->module);
    a.cfg = cflow_cfg_program_graph(input->program, a.function, &error);
    if (!a.cfg) {
        return fail("%s", error->message);
    }
    a.disasm = cflow_disasm_create(isa ? isa : "");
    a.sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_source);
    annotate_find_lines(&a);
    status = print(&a, json);
    g_free(a.lines);
    g_hash_table_unref(a.sources);
    cflow_disasm_destroy(a.disasm);
    cflow_cfg_free(a.cfg);
    return status;
}

int cmd_annotate(int argc, char **argv)
{
    struct graph_input input;
    bool json;

    if (!parse(&argc, &argv, &json)) {
        return STATUS_USAGE;
    }
    int status = graph_open(&input, input_path, process_text, symbol_options_resolver())
                     ? annotate(&input, argc > 1 ? argv[1] : NULL, json)
                     : STATUS_FAILURE;
    graph_close(&input);
    return status;
}
