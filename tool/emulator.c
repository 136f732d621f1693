/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "tool/emulator.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "install-paths.h"

#define HOW_TO_GET "get one with scripts/get-qemu, or name another with --qemu"

static char *output_of(const char *path, const char *argument)
{
    const char *argv[] = {path, argument, NULL};
    char *out = NULL;

    /* A QEMU that cannot start (a library missing, say) says nothing. */
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                 NULL, NULL);
    return out ? out : g_strdup("");
}

/* "qemu-x86_64 version 10.2.2 (Debian ...)" */
static char *parse_version(const char *text)
{
    const char *at = strstr(text, " version ");

    if (!at) {
        return NULL;
    }
    at += strlen(" version ");
    return g_strndup(at, strspn(at, "0123456789."));
}

bool emulator_check(const char *path, struct emulator *emulator, GError **error)
{
    g_autofree char *version_text = output_of(path, "--version");
    g_autofree char *version = parse_version(version_text);

    if (!version || !strstr(version_text, "emu")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s: not a QEMU that runs here; " HOW_TO_GET, path);
        return false;
    }
    g_autofree char *help = output_of(path, "--help");
    if (!strstr(help, "-plugin")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s: QEMU %s was built without plugin support (statically linked ones "
                    "are); " HOW_TO_GET,
                    path, version);
        return false;
    }
    char *minor;
    long major = strtol(version, &minor, 10);
    if (major < 9 || (major == 9 && strtol(minor + (*minor == '.'), NULL, 10) < 1)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s: QEMU %s is too old, it must be 9.1 or newer; " HOW_TO_GET, path, version);
        return false;
    }
    if (major > 10) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s: QEMU %s has another plugin interface; use 9.1 to 10.2; " HOW_TO_GET, path,
                    version);
        return false;
    }
    emulator->path = g_strdup(path);
    emulator->version = g_steal_pointer(&version);
    return true;
}

/* @place: an emulator, or a directory that holds some. */
static char *resolve(const char *place, const char *name)
{
    if (g_file_test(place, G_FILE_TEST_IS_DIR)) {
        return g_build_filename(place, name, NULL);
    }
    return strchr(place, '/') ? g_strdup(place) : g_find_program_in_path(place);
}

/* $QEMU_CFLOW_QEMU may name one emulator, which is not meant for other machines. */
static char *resolve_variable(const char *place, const char *name)
{
    g_autofree char *base = g_path_get_basename(place);

    if (!g_file_test(place, G_FILE_TEST_IS_DIR) && g_str_has_prefix(base, "qemu-") &&
        !g_str_equal(base, name)) {
        return NULL;
    }
    return resolve(place, name);
}

static bool try(char *path, struct emulator *emulator, GError **first)
{
    g_autofree char *owned = path;
    GError *error = NULL;

    if (!path || access(path, X_OK) != 0) {
        return false;
    }
    if (emulator_check(path, emulator, &error)) {
        g_clear_error(first);
        return true;
    }
    if (*first) {
        g_error_free(error);
    } else {
        *first = error;
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* What scripts/get-qemu made: newest release first. */
static bool try_cache(const char *name, struct emulator *emulator, GError **first)
{
    g_autofree char *cache = g_build_filename(g_get_user_cache_dir(), "qemu-cflow", NULL);
    g_autoptr(GDir) dir = g_dir_open(cache, 0, NULL);
    g_autoptr(GPtrArray) builds = g_ptr_array_new_with_free_func(g_free);

    for (const char *entry; dir && (entry = g_dir_read_name(dir));) {
        if (g_str_has_prefix(entry, "qemu-")) {
            g_ptr_array_add(builds, g_strdup(entry));
        }
    }
    g_ptr_array_sort(builds, compare_names);
    for (guint i = builds->len; i-- > 0;) {
        const char *build = g_ptr_array_index(builds, i);
        if (try(g_build_filename(cache, build, "bin", name, NULL), emulator, first)) {
            return true;
        }
    }
    return false;
}

bool emulator_find(const char *isa, const char *wanted, struct emulator *emulator, GError **error)
{
    g_autofree char *name = g_strconcat("qemu-", isa, NULL);
    const char *variable = g_getenv("QEMU_CFLOW_QEMU");
    GError *first = NULL;

    if (wanted) {
        g_autofree char *path = resolve(wanted, name);
        if (!path || access(path, X_OK) != 0) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: no such QEMU",
                        path ? path : wanted);
            return false;
        }
        return emulator_check(path, emulator, error);
    }
    if ((variable && *variable && try(resolve_variable(variable, name), emulator, &first)) ||
        try(g_find_program_in_path(name), emulator, &first) || try_cache(name, emulator, &first)) {
        return true;
    }
    if (first) {
        g_propagate_error(error, first);
    } else {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no %s here; " HOW_TO_GET,
                    name);
    }
    return false;
}

char *emulator_sibling(const char *path, const char *its_isa, const char *isa)
{
    if (strcmp(its_isa, isa) == 0) {
        return g_strdup(path);
    }
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *name = g_strconcat("qemu-", isa, NULL);
    g_autofree char *sibling = g_build_filename(directory, name, NULL);
    return access(sibling, X_OK) == 0 ? g_steal_pointer(&sibling) : NULL;
}

bool emulator_has_plugins(const char *path)
{
    static const char call[] = "qemu_plugin_register_vcpu_tb_exec_cond_cb"; /* since 9.1 */
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);

    return file && memmem(g_mapped_file_get_contents(file), g_mapped_file_get_length(file), call,
                          sizeof(call));
}

void emulator_clear(struct emulator *emulator)
{
    g_free(emulator->path);
    g_free(emulator->version);
    *emulator = (struct emulator){0};
}

char *emulator_plugin_path(GError **error)
{
    const char *variable = g_getenv("QEMU_CFLOW_PLUGIN");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = self ? g_path_get_dirname(self) : g_strdup(".");
    char *candidates[] = {
        variable && *variable ? g_strdup(variable) : NULL,
        g_build_filename(directory, "libcflow.so", NULL),
        g_strdup(CFLOW_PLUGIN_DIR "/libcflow.so"),
    };
    char *found = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        if (!found && candidates[i] && access(candidates[i], R_OK) == 0) {
            found = g_canonicalize_filename(candidates[i], NULL);
        }
        g_free(candidates[i]);
    }
    if (!found) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "libcflow.so is neither beside qemu-cflow nor in " CFLOW_PLUGIN_DIR
                    "; build it, or set QEMU_CFLOW_PLUGIN");
    }
    return found;
}
