/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the place of driver.c where clang's libFuzzer mutates, which has main(), and looks
 * for inputs that reach code that no other reached.
 *
 * $CFLOW_FUZZ_FILES are the target's files, with a newline between them.  With
 * $CFLOW_FUZZ_SEEDS its seeds are written into that directory, and nothing else done.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static void write_seeds(const GPtrArray *seeds, const char *directory)
{
    for (guint i = 0; i < seeds->len; i++) {
        gsize size;
        const char *data = g_bytes_get_data(g_ptr_array_index(seeds, i), &size);
        g_autofree char *name = g_strdup_printf("seed-%u", i);
        g_autofree char *path = g_build_filename(directory, name, NULL);
        FUZZ_CHECK(g_file_set_contents(path, data, (gssize)size, NULL));
    }
    exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *files = g_getenv("CFLOW_FUZZ_FILES"), *directory = g_getenv("CFLOW_FUZZ_SEEDS");
    g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    char **words = g_strsplit(files ? files : "", "\n", -1); /* the target keeps them */

    (void)argc, (void)argv;
    fuzz_seeds(seeds, (int)g_strv_length(words), words);
    if (directory) {
        write_seeds(seeds, directory);
    }
    return 0;
}
