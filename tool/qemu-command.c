/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/qemu-command.h"

#include <string.h>

void qemu_command_add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

/* QEMU's option parser splits at commas; a doubled one is a comma. */
static char *escape_commas(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);

    return g_strjoinv(",,", parts);
}

void qemu_command_add_plugin(GPtrArray *words, const char *plugin, int arena_fd, const char *engine,
                             const char *program)
{
    g_autofree char *file = escape_commas(plugin);
    g_autofree char *absolute = program ? g_canonicalize_filename(program, NULL) : NULL;
    g_autofree char *path = absolute ? escape_commas(absolute) : NULL;
    const char *more = g_getenv("QEMU_CFLOW_PLUGIN_OPTIONS");

    qemu_command_add(words, "-plugin");
    g_ptr_array_add(words, g_strdup_printf("file=%s,arena=%d,engine=%s%s%s%s%s", file, arena_fd,
                                           engine, path ? ",program=" : "", path ? path : "",
                                           more && *more ? "," : "", more ? more : ""));
}

void qemu_command_add_program(GPtrArray *words, const struct program *program,
                              const char *library_prefix, char **argv)
{
    if (!library_prefix) {
        library_prefix = program->library_prefix;
    }
    if (library_prefix) {
        qemu_command_add(words, "-L");
        qemu_command_add(words, library_prefix);
    }
    if (!program->interpreter) {
        /* The program sees the name that it was called by. */
        qemu_command_add(words, "-0");
        qemu_command_add(words, *argv ? *argv : "");
    } else {
        qemu_command_add(words, program->interpreter);
        if (program->interpreter_argument) {
            qemu_command_add(words, program->interpreter_argument);
        }
    }
    qemu_command_add(words, program->path);
    for (char **word = *argv ? argv + 1 : argv; *word; word++) {
        qemu_command_add(words, *word);
    }
}

gboolean qemu_command_is_option(const char *word, const char *name)
{
    if (word[0] != '-') {
        return FALSE;
    }
    return strcmp(word + (word[1] == '-' ? 2 : 1), name) == 0;
}

gboolean qemu_command_takes_value(const char *word)
{
    static const char *const names[] = {"g", "L",    "s",       "cpu",   "E",     "U",       "0",
                                        "r", "B",    "R",       "d",     "t",     "dfilter", "D",
                                        "p", "seed", "tb-size", "trace", "plugin"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (qemu_command_is_option(word, names[i])) {
            return TRUE;
        }
    }
    return FALSE;
}

unsigned qemu_command_count_options(char **argv)
{
    unsigned n = 0;

    while (argv[n] && argv[n][0] == '-') {
        n += argv[n + 1] && qemu_command_takes_value(argv[n]) ? 2 : 1;
    }
    return n;
}
