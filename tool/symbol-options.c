/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/symbol-options.h"

#include "tool/verbs.h"

struct symbol_options symbol_options;

static bool is_directory(const char *option, const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        fail("%s %s: no such directory", option, path);
        return false;
    }
    return true;
}

cflow_symbols *symbol_options_resolver(void)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(symbol_options.sysroot);
    g_autoptr(GError) error = NULL;

    cflow_symbols_set_force(symbols, symbol_options.force);
    cflow_symbols_set_demangle(symbols, !symbol_options.no_demangle);
    for (char **dir = symbol_options.debug_dirs; dir && *dir; dir++) {
        if (!is_directory("--debug-dir", *dir)) {
            return NULL;
        }
        cflow_symbols_add_debug_dir(symbols, *dir);
    }
    for (char **file = symbol_options.files; file && *file; file++) {
        if (!cflow_symbols_add_file(symbols, *file, &error)) {
            fail("--symbols: %s", error->message);
            return NULL;
        }
    }
    return g_steal_pointer(&symbols);
}
