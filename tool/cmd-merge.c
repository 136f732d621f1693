/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/profile/merge.h"
#include "lib/profile/profile.h"
#include "tool/term.h"
#include "tool/unfinished.h"
#include "tool/verbs.h"

static char *output;
static gboolean keep_processes, quiet;

const GOptionEntry cmd_merge_options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "profile to write; may be one of the inputs",
     "FILE"},
    {"keep-processes", 0, 0, G_OPTION_ARG_NONE, &keep_processes,
     "do not add up processes of the same program", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "print no summary", NULL},
    G_OPTION_ENTRY_NULL,
};

static void say(const char *line)
{
    g_autofree char *clean = term_escape(line);

    fprintf(stderr, "qemu-cflow: %s\n", clean);
}

/* As record does at its end, from what was written. */
static bool print_summary(size_t n, GError **error)
{
    g_autoptr(cflow_profile) profile = cflow_profile_open(output, error);
    int64_t edges;

    if (!profile || !cflow_profile_count_rows(profile, "edge", &edges, error)) {
        return false;
    }
    g_autofree char *exactness = cflow_profile_exactness(profile);
    g_autofree char *line =
        g_strdup_printf("merged %zu profile%s: %" G_GINT64_FORMAT
                        " transfers over %" G_GINT64_FORMAT " edges, %s; wrote %s",
                        n, n == 1 ? "" : "s", cflow_profile_meta_int(profile, "transfers", 0),
                        edges, exactness, output);
    say(line);
    return true;
}

int cmd_merge(int argc, char **argv)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    if (!verb_parse("merge", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (!output) {
        return fail_usage("merge", "say with -o FILE where the result is to go");
    }
    if (strcmp(output, "-") == 0) {
        return fail_usage("merge", "a profile is a database and cannot go to standard output: "
                                   "name a file, ./- if it is to be called '-'");
    }
    if (argc < 2) {
        return fail_usage("merge", "name the profiles to merge");
    }
    const struct cflow_merge_options options = {
        .tool_version = CFLOW_VERSION,
        .keep_processes = keep_processes,
        .create = unfinished_store,
    };
    size_t n = (size_t)argc - 1;
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
    bool merged = cflow_merge((const char *const *)argv + 1, n, output, &options, warnings, &error);
    unfinished_forget();
    if (!merged) {
        return fail("%s", error->message);
    }
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *line = g_strconcat("warning: ", g_ptr_array_index(warnings, i), NULL);
        say(line);
    }
    if (!quiet && !print_summary(n, &error)) {
        return fail("%s", error->message);
    }
    return STATUS_OK;
}
