/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcflow-standalone.so is made of, with text-report.c and lib/. */
#include "plugin/standalone.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/profile/store.h"
#include "plugin/text-report.h"

static gint64 started_us;
static pid_t writer;
static char *out_path;

static bool begin(const struct options *options, GError **error)
{
    started_us = g_get_real_time();
    writer = getpid();
    if (options->out) {
        /* The guest may change directory. */
        out_path = g_canonicalize_filename(options->out, NULL);
        struct cflow_store *probe;
        if (!cflow_store_create(out_path, &probe, error)) {
            return false;
        }
        cflow_store_destroy(probe); /* nothing of ours stays open while the guest runs */
    }
    return true;
}

static bool write_profile(const struct cflow_rows *rows, const char *path, const char *narrowed,
                          GError **error)
{
    struct cflow_store *store;
    g_autofree char *qemu = g_file_read_link("/proc/self/exe", NULL);
    struct cflow_store_meta meta = {
        .tool_version = CFLOW_VERSION,
        .qemu = qemu,
        .narrowed = narrowed,
        .started_us = started_us,
        .duration_us = g_get_real_time() - started_us,
    };

    if (!cflow_store_create(path, &store, error)) {
        return false;
    }
    bool ok = cflow_store_commit(store, rows, &meta, error);
    cflow_store_destroy(store);
    return ok;
}

static void finish(const struct options *options, const struct cflow_arena *arena)
{
    g_autoptr(cflow_rows) rows = NULL;
    g_autoptr(GError) error = NULL;

    if (!cflow_rows_create(arena, NULL, &rows, &error)) {
        fprintf(stderr, "libcflow: %s\n", error->message);
        return;
    }
    if (out_path) {
        /* A forked child inherits the parent's counts and must not overwrite its file. */
        g_autofree char *path = getpid() == writer
                                    ? g_strdup(out_path)
                                    : g_strdup_printf("%s.%d", out_path, (int)getpid());
        if (!write_profile(rows, path, options->narrowed, &error)) {
            fprintf(stderr, "libcflow: %s\n", error->message);
        }
    }
    if (options->report) {
        text_report(rows, options);
    }
}

__attribute__((visibility("default"))) const struct standalone cflow_standalone = {
    .begin = begin,
    .finish = finish,
};
