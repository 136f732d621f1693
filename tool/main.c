/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tool/term.h"
#include "tool/verbs.h"

#ifndef CFLOW_VERSION
#define CFLOW_VERSION "unknown"
#endif

static void print_help(FILE *out)
{
    fputs("Usage: qemu-cflow VERB [OPTION...]\n"
          "Exact control flow of a program that runs in QEMU.\n\n",
          out);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (!verb->hidden) {
            fprintf(out, "  %-11s %s\n", verb->name, verb->summary);
        }
    }
    fputs("\n  --version   print the version\n"
          "  --help      print this; 'qemu-cflow help VERB' tells more\n\n"
          "  qemu-cflow record -- ./program    run it, write cflow.db\n"
          "  qemu-cflow report                 print its hottest branches\n",
          out);
}

static int unknown_verb(const char *name)
{
    const struct verb *guess = verb_guess(name);

    if (guess) {
        return fail_usage(NULL, "unknown verb '%s', did you mean '%s'?", name, guess->name);
    }
    return fail_usage(NULL, "unknown verb '%s'", name);
}

int cmd_help(int argc, char **argv)
{
    if (!verb_parse("help", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (argc > 2) {
        return fail_usage("help", "unexpected argument '%s'", argv[2]);
    }
    if (argc == 1) {
        print_help(stdout);
        return STATUS_OK;
    }
    const struct verb *verb = verb_find(argv[1]);
    if (!verb) {
        return unknown_verb(argv[1]);
    }
    g_autofree char *text = verb_help(verb);
    fputs(text, stdout);
    return STATUS_OK;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("qemu-cflow " CFLOW_VERSION);
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (argv[1][0] == '-') {
        return fail_usage(NULL, "unknown option %s", argv[1]);
    }
    const struct verb *verb = verb_find(argv[1]);
    return verb ? verb->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
    int status;

    /* Characters only: messages and numbers are the same everywhere. */
    setlocale(LC_CTYPE, "");
    status = run(argc, argv);
    if (!term_finish() && status == STATUS_OK) {
        return fail("cannot write: %s", g_strerror(errno));
    }
    return status;
}
