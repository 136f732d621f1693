/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

void fuzz_failed(const char *file, int line, const char *condition)
{
    dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

void fuzz_silence(void)
{
    int null = open("/dev/null", O_WRONLY);

    FUZZ_CHECK(null >= 0 && freopen("/dev/null", "w", stdout));
    stderr = fdopen(null, "w");
}

static char *directory;

static void remove_directory(void)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
}

const char *fuzz_directory(void)
{
    if (!directory) {
        /* In memory where there is such a place: a file is written for each input. */
        const char *base = g_getenv("CFLOW_FUZZ_DIR"); /* removed by who set it, after any end */
        if (!base) {
            base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
        }
        directory = g_build_filename(base, "cflow-fuzz-XXXXXX", NULL);
        FUZZ_CHECK(g_mkdtemp(directory));
        atexit(remove_directory);
    }
    return directory;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static char *path;

    if (!path) {
        path = g_build_filename(fuzz_directory(), "input", NULL);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    FUZZ_CHECK(fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, data + done, size - done);
        FUZZ_CHECK(n > 0);
        done += (size_t)n;
    }
    close(fd);
    return path;
}

void fuzz_add_file(GPtrArray *seeds, const char *path)
{
    g_autoptr(GError) error = NULL;
    char *data;
    gsize size;

    if (!g_file_get_contents(path, &data, &size, &error)) {
        g_printerr("%s\n", error->message);
        exit(2);
    }
    g_ptr_array_add(seeds, g_bytes_new_take(data, size));
}
