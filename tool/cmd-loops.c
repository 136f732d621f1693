/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/report-loop.h"
#include "tool/symbol-options.h"
#include "tool/term.h"
#include "tool/verbs.h"

static char *input_path, *module_glob, *symbol_glob, *limit_text, *format_text, *color_text;
static gboolean no_pager;

static char *process_text;

const GOptionEntry cmd_loops_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input_path, "profile to read (default cflow.db)",
     "FILE"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"module", 'm', 0, G_OPTION_ARG_FILENAME, &module_glob,
     "only in modules with this name or path", "GLOB"},
    {"symbol", 'S', 0, G_OPTION_ARG_FILENAME, &symbol_glob, "only in functions with this name",
     "GLOB"},
    {"limit", 'n', 0, G_OPTION_ARG_FILENAME, &limit_text, "loops to print (default 10, 0 all)",
     "N"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    SYMBOL_OPTION_ENTRIES,
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

static bool parse(int argc, char **argv, struct report_loop_wishes *wishes)
{
    if (!verb_parse("loops", &argc, &argv) ||
        !graph_parse_format("loops", format_text, &wishes->json) ||
        !graph_parse_number("loops", "limit", limit_text, &wishes->limit)) {
        return false;
    }
    if (argc > 1) {
        fail_usage("loops", "unexpected argument '%s': functions are chosen with --symbol",
                   argv[1]);
        return false;
    }
    if (!term_set_color(color_text)) {
        fail_usage("loops", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    wishes->module = module_glob;
    wishes->symbol = symbol_glob;
    wishes->pager = !no_pager;
    return true;
}

int cmd_loops(int argc, char **argv)
{
    struct report_loop_wishes wishes = {.limit = 10};
    struct graph_input input;

    if (!parse(argc, argv, &wishes)) {
        return STATUS_USAGE;
    }
    int status = graph_open(&input, input_path, process_text, symbol_options_resolver())
                     ? report_loops(&input, &wishes)
                     : STATUS_FAILURE;
    graph_close(&input);
    return status;
}
