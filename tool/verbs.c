/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>

#include "tool/term.h"

const struct verb verbs[] = {
    {
        .name = "record",
        .arguments = "-- PROGRAM [ARGUMENT...]",
        .summary = "run a program and write down where control went",
        .options = cmd_record_options,
        .strict_posix = true,
        .run = cmd_record,
    },
    {
        .name = "report",
        .summary = "print branches, indirect destinations and faults of a profile",
        .description =
            "Sort orders:\n"
            "  hottest       branches executed most (the default)\n"
            "  destinations  branches with most destinations; also called popdest\n"
            "  bias          conditional branches that (nearly) always go one way\n"
            "  faults        exceptions, interrupts, signals; also called early, exceptions\n"
            "\n"
            "With --by, counts are added up by function, source file, module, branch,\n"
            "translation block or loop; --by process lists the processes.\n"
            "\n"
            "KIND is a kind of control transfer, as in the table 'kind' of a profile, or\n"
            "'conditional' or 'indirect'.",
        .options = cmd_report_options,
        .run = cmd_report,
    },
    {
        .name = "annotate",
        .arguments = "[FUNCTION]",
        .summary = "print a function's code with its counts, and its source",
        .description = "FUNCTION, by default the one in which most instructions ran, is one of\n"
                       "  NAME           its name, or a pattern with * and ?\n"
                       "  FILE:LINE      a line of the source\n"
                       "  0xADDRESS      an address in a module\n"
                       "  0xSTART-0xEND  a range of addresses\n"
                       "  MODULE!...     one of these in a certain module",
        .options = cmd_annotate_options,
        .run = cmd_annotate,
    },
    {
        .name = "callgraph",
        .summary = "print who calls whom, how often",
        .description = "FUNCTION is named as for 'annotate'.",
        .options = cmd_callgraph_options,
        .run = cmd_callgraph,
    },
    {
        .name = "loops",
        .summary = "print the loops that ran, and how often they went round",
        .options = cmd_loops_options,
        .run = cmd_loops,
    },
    {
        .name = "info",
        .summary = "print what a profile says about itself",
        .options = cmd_info_options,
        .run = cmd_info,
    },
    {
        .name = "coverage",
        .arguments = "[SOURCE...]",
        .summary = "print which lines, branches and functions ran",
        .description = "SOURCE is a source file, by its path, the end of it, or a pattern.  The\n"
                       "program has to be compiled with -g.",
        .options = cmd_coverage_options,
        .run = cmd_coverage,
    },
    {
        .name = "export",
        .summary = "write a profile in the format of another tool",
        .describe = cmd_export_describe,
        .options = cmd_export_options,
        .run = cmd_export,
    },
    {
        .name = "merge",
        .arguments = "PROFILE...",
        .summary = "add up profiles",
        .description =
            "Processes of the same program are added up, so that the result is what one\n"
            "recording of all runs would be.  Which profile comes first does not matter.",
        .options = cmd_merge_options,
        .run = cmd_merge,
    },
    {
        .name = "diff",
        .arguments = "PROFILE-A PROFILE-B",
        .summary = "what is different between two profiles",
        .description =
            "Prints functions whose counts moved, branches whose bias moved, and edges that\n"
            "only one profile has.  The exit status is 0 if there are none, 1 if there are\n"
            "some, 2 in case of trouble.",
        .options = cmd_diff_options,
        .run = cmd_diff,
    },
    {
        .name = "check",
        .arguments = "[PROFILE...]",
        .summary = "verify that a profile is whole and its sums are right",
        .options = cmd_check_options,
        .run = cmd_check,
    },
    {
        .name = "help",
        .arguments = "[VERB]",
        .summary = "explain a verb",
        .run = cmd_help,
    },
    {
        .name = "completion",
        .arguments = "bash",
        .summary = "print a completion script for a shell",
        .description = "To use it now:\n"
                       "  eval \"$(qemu-cflow completion bash)\"",
        .run = cmd_completion,
    },
    {
        .name = "exec",
        .summary = "put a program under QEMU that a recorded one executes",
        .hidden = true,
        .run = cmd_exec,
    },
    {.name = NULL},
};

const struct verb *verb_find(const char *name)
{
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (strcmp(verb->name, name) == 0) {
            return verb;
        }
    }
    return NULL;
}

/* Levenshtein's distance; @b is one of our own short names. */
static unsigned distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    g_autofree unsigned *row = g_new(unsigned, n + 1);

    for (size_t j = 0; j <= n; j++) {
        row[j] = (unsigned)j;
    }
    for (unsigned i = 1; *a; a++, i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            unsigned replaced = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, replaced);
        }
    }
    return row[n];
}

const struct verb *verb_guess(const char *name)
{
    const struct verb *best = NULL;
    unsigned least = 3;

    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (verb->hidden) {
            continue;
        }
        unsigned d = strlen(name) >= 3 && g_str_has_prefix(verb->name, name)
                         ? 0
                         : distance(name, verb->name);
        if (d < least) {
            least = d;
            best = verb;
        }
    }
    return best;
}

static GOptionContext *new_context(const struct verb *verb)
{
    GOptionContext *context = g_option_context_new(verb->arguments);
    g_autofree char *program = g_strconcat("qemu-cflow ", verb->name, NULL);
    g_autofree char *summary = g_strdup(verb->summary);
    g_autofree char *description = verb->describe ? verb->describe() : g_strdup(verb->description);

    summary[0] = g_ascii_toupper(summary[0]);
    g_set_prgname(program);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_set_strict_posix(context, verb->strict_posix);
    if (verb->options) {
        g_option_context_add_main_entries(context, verb->options, NULL);
    }
    return context;
}

bool verb_parse(const char *name, int *argc, char ***argv)
{
    const struct verb *verb = verb_find(name);
    g_autoptr(GOptionContext) context = new_context(verb);
    g_autoptr(GError) error = NULL;

    if (g_option_context_parse(context, argc, argv, &error)) {
        if (verb->strict_posix && *argc > 1 && strcmp((*argv)[1], "--") == 0) {
            (*argv)[1] = (*argv)[0]; /* GLib leaves the separator there */
            ++*argv;
            --*argc;
        }
        return true;
    }
    error->message[0] = g_ascii_tolower(error->message[0]);
    fail_usage(name, "%s", error->message);
    return false;
}

char *verb_help(const struct verb *verb)
{
    g_autoptr(GOptionContext) context = new_context(verb);

    return g_option_context_get_help(context, TRUE, NULL);
}

static void print_line(const char *prefix, const char *text, const char *suffix)
{
    g_autofree char *clean = term_escape(text);

    fflush(stdout);
    fprintf(stderr, "qemu-cflow: %s%s%s\n", prefix, clean, suffix);
}

int fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    print_line("", text, "");
    return STATUS_FAILURE;
}

int fail_usage(const char *verb, const char *format, ...)
{
    g_autofree char *prefix = verb ? g_strconcat(verb, ": ", NULL) : g_strdup("");
    g_autofree char *suffix = verb ? g_strdup_printf("; see 'qemu-cflow help %s'", verb)
                                   : g_strdup("; see 'qemu-cflow help'");
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    print_line(prefix, text, suffix);
    return STATUS_USAGE;
}
