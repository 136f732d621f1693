/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF files that the compilers at hand make, in a directory of their own. */
#ifndef CFLOW_TESTS_ELF_FIXTURE_H
#define CFLOW_TESTS_ELF_FIXTURE_H

#include <glib.h>
#include <stdbool.h>

#define BUILD_ID     "0123456789abcdef0123456789abcdef01234567"
#define COMMON_FLAGS "-O1 -g -Wl,--build-id=0x" BUILD_ID " "

/* Runs @command; returns what it prints, NULL if it fails. */
static inline char *run(const char *command)
{
    g_auto(GStrv) argv = NULL;
    g_autofree char *out = NULL;
    int status;

    if (!g_shell_parse_argv(command, NULL, &argv, NULL) ||
        !g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                      NULL, &out, NULL, &status, NULL) ||
        status != 0) {
        return NULL;
    }
    return g_steal_pointer(&out);
}

static inline bool have(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);

    return path != NULL;
}

struct scratch {
    char *dir, *source, *output;
};

static inline void scratch_make(struct scratch *s, const char *suffix, const char *text)
{
    g_autofree char *name = g_strconcat("source", suffix, NULL);

    s->dir = g_dir_make_tmp("cflow-test-XXXXXX", NULL);
    assert_non_null(s->dir);
    s->source = g_build_filename(s->dir, name, NULL);
    s->output = g_build_filename(s->dir, "output", NULL);
    assert_true(g_file_set_contents(s->source, text, -1, NULL));
}

static inline void scratch_free(struct scratch *s)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", s->dir);

    g_free(run(command));
    g_free(s->dir);
    g_free(s->source);
    g_free(s->output);
}

static inline bool compile(struct scratch *s, const char *compiler, const char *flags)
{
    g_autofree char *command =
        g_strdup_printf("%s %s -o %s %s", compiler, flags, s->output, s->source);
    g_autofree char *out = run(command);

    return out != NULL;
}

#endif
