/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/machine.h"

#include <gio/gio.h>
#include <string.h>

/* The value of @key in QEMU's "driver,key=value,..."; NULL if it is not there. */
static char *property(const char *text, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    for (char **part = parts; *part; part++) {
        char *value = strchr(*part, '=');
        if (value && (size_t)(value - *part) == strlen(key) &&
            strncmp(*part, key, strlen(key)) == 0) {
            return g_strdup(value + 1);
        }
    }
    return NULL;
}

/* The file that @option with @value makes QEMU load; NULL if none. */
static char *loads(const char *option, const char *value)
{
    option += strspn(option, "-");
    if (g_str_equal(option, "kernel") || g_str_equal(option, "bios")) {
        return g_strdup(value);
    }
    if (g_str_equal(option, "device") &&
        (g_str_has_prefix(value, "loader,") || strstr(value, "driver=loader"))) {
        return property(value, "file");
    }
    return NULL;
}

static bool add_given(cflow_load_map *map, char **symbols, GError **error)
{
    for (char **file = symbols; file && *file; file++) {
        if (!cflow_load_map_add(map, *file, error)) {
            return false;
        }
    }
    return true;
}

bool machine_identify(const struct emulator *emulator, char **argv, char **symbols,
                      struct machine *machine, GError **error)
{
    g_autofree char *base = g_path_get_basename(emulator->path);

    if (!g_str_has_prefix(base, "qemu-system-")) {
        if (symbols) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                "--symbols is for a whole machine (qemu-system-...); give it to "
                                "report instead");
            return false;
        }
        return true;
    }
    machine->loaded = cflow_load_map_new();
    if (!add_given(machine->loaded, symbols, error)) {
        return false;
    }
    for (char **word = argv; *word && word[1]; word++) {
        g_autofree char *file = **word == '-' ? loads(*word, word[1]) : NULL;
        if (file && cflow_load_map_is_elf(file)) {
            /* Without code it is of no use here, and QEMU will say what it thinks. */
            cflow_load_map_add(machine->loaded, file, NULL);
        }
    }
    return true;
}

void machine_clear(struct machine *machine)
{
    cflow_load_map_free(machine->loaded);
    machine->loaded = NULL;
}
