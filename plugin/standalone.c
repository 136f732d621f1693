/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/standalone.h"

#include <dlfcn.h>

static const struct standalone *loaded;

static const struct standalone *load(GError **error)
{
    Dl_info own;
    void *library = NULL;

    if (dladdr((void *)&standalone_begin, &own) && own.dli_fname) {
        g_autofree char *directory = g_path_get_dirname(own.dli_fname);
        g_autofree char *path = g_build_filename(directory, "libcflow-standalone.so", NULL);
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    void *symbol = library ? dlsym(library, "cflow_standalone") : NULL;
    if (!symbol) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "cannot load what reports and writes profiles (%s); keep"
                    " libcflow-standalone.so beside libcflow.so, or use qemu-cflow record",
                    dlerror());
    }
    return symbol;
}

bool standalone_begin(const struct options *options, GError **error)
{
    if (options->arena_fd >= 0 || (!options->out && !options->report)) {
        return true; /* whoever gave us the arena reads it; or nobody wants to know */
    }
    loaded = load(error);
    return loaded && loaded->begin(options, error);
}

void standalone_finish(const struct options *options, const struct cflow_arena *arena)
{
    if (loaded) {
        loaded->finish(options, arena);
    }
}
