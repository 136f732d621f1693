/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/symbols.h"

#include <string.h>

#include "lib/symbols/elf-file.h"
#include "lib/symbols/symtab.h"

struct cflow_symbols {
    char *sysroot;       /* or NULL */
    GHashTable *modules; /* "build-id:path" -> symtab, NULL if it has no names */
    GPtrArray *warnings; /* char * */
    /* What was asked last: reports ask for one module many times. */
    char *last_key;
    symtab *last_table;
};

static void free_table(gpointer table)
{
    symtab_free(table);
}

cflow_symbols *cflow_symbols_new(const char *sysroot)
{
    cflow_symbols *symbols = g_new0(cflow_symbols, 1);

    symbols->sysroot = g_strdup(sysroot);
    symbols->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_table);
    symbols->warnings = g_ptr_array_new_with_free_func(g_free);
    return symbols;
}

void cflow_symbols_free(cflow_symbols *symbols)
{
    if (symbols) {
        g_hash_table_unref(symbols->modules);
        g_ptr_array_unref(symbols->warnings);
        g_free(symbols->sysroot);
        g_free(symbols);
    }
}

const GPtrArray *cflow_symbols_warnings(const cflow_symbols *symbols)
{
    return symbols->warnings;
}

static void G_GNUC_PRINTF(2, 3) warn(cflow_symbols *symbols, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(symbols->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Opens the file that was recorded; warns and returns NULL if it is not there. */
static elf_file *open_module(cflow_symbols *symbols, const char *path, const char *build_id)
{
    g_autofree char *below =
        symbols->sysroot ? g_build_filename(symbols->sysroot, path, NULL) : NULL;
    const char *candidates[] = {path, below};
    g_autofree char *wrong = NULL;
    bool all_missing = true;

    for (size_t i = 0; i < G_N_ELEMENTS(candidates) && candidates[i]; i++) {
        bool missing;
        g_autoptr(elf_file) file = elf_file_open(candidates[i], &missing);
        all_missing = all_missing && missing;
        if (!file) {
            continue;
        }
        if (g_strcmp0(file->build_id, build_id) == 0) {
            return g_steal_pointer(&file);
        }
        g_free(wrong);
        wrong =
            g_strdup_printf("%s has build-id %s, the recorded file had %s", candidates[i],
                            file->build_id ? file->build_id : "none", build_id ? build_id : "none");
    }
    if (wrong) {
        warn(symbols, "no symbols: %s; give the recorded one with --sysroot DIR", wrong);
    } else if (all_missing) {
        warn(symbols, "no symbols: %s not found; say where it is with --sysroot DIR", path);
    } else {
        warn(symbols, "no symbols: %s is not a readable ELF file", path);
    }
    return NULL;
}

static symtab *load(cflow_symbols *symbols, const char *path, const char *build_id)
{
    g_autoptr(elf_file) file = open_module(symbols, path, build_id);
    symtab *table;

    if (!file) {
        return NULL;
    }
    table = symtab_new();
    symtab_add_elf(table, file->elf);
    symtab_add_plt(table, file->elf);
    symtab_add_frames(table, file->elf);
    if (!symtab_elf_is_full(file->elf)) {
        g_autoptr(elf_file) debug = elf_file_open_debug(file, symbols->sysroot);
        if (debug) {
            symtab_add_elf(table, debug->elf);
        }
    }
    if (symtab_size(table) == 0) {
        warn(symbols, "no symbols: %s is stripped; install its debug symbols", file->path);
    }
    symtab_finish(table);
    return table;
}

static symtab *table_for(cflow_symbols *symbols, const char *path, const char *build_id)
{
    g_autofree char *key = g_strconcat(build_id ? build_id : "", ":", path, NULL);
    gpointer stored, table;

    if (symbols->last_key && strcmp(symbols->last_key, key) == 0) {
        return symbols->last_table;
    }
    if (!g_hash_table_lookup_extended(symbols->modules, key, &stored, &table)) {
        table = load(symbols, path, build_id);
        stored = g_steal_pointer(&key);
        g_hash_table_insert(symbols->modules, stored, table);
    }
    symbols->last_key = stored;
    symbols->last_table = table;
    return table;
}

bool cflow_symbols_lookup(cflow_symbols *symbols, const char *path, const char *build_id,
                          uint64_t offset, struct cflow_location *out)
{
    symtab *table;

    memset(out, 0, sizeof(*out));
    if (path[0] != '/') { /* "[vdso]" and such */
        return false;
    }
    table = table_for(symbols, path, build_id);
    out->name = table ? symtab_lookup(table, offset, &out->offset) : NULL;
    return out->name != NULL;
}
