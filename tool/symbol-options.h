/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of all verbs that name addresses: where symbols and lines come
 * from.  A verb has SYMBOL_OPTION_ENTRIES as a line of its table, and asks for
 * symbol_options_resolver() once they are parsed.
 */
#ifndef CFLOW_TOOL_SYMBOL_OPTIONS_H
#define CFLOW_TOOL_SYMBOL_OPTIONS_H

#include <glib.h>

#include "lib/symbols/symbols.h"

/* What the user said. */
extern struct symbol_options {
    char *sysroot;     /* or NULL */
    char **debug_dirs; /* or NULL */
    char **files;      /* or NULL */
    gboolean force, no_demangle;
} symbol_options;

/* clang-format off */
#define SYMBOL_OPTION_ENTRIES \
    {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &symbol_options.sysroot, \
     "look for modules here, too", "DIR"}, \
    {"debug-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &symbol_options.debug_dirs, \
     "look for separate debug files here, too", "DIR"}, \
    {"symbols", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &symbol_options.files, \
     "take a module's symbols from this file", "FILE[@BIAS]"}, \
    {"force", 0, 0, G_OPTION_ARG_NONE, &symbol_options.force, \
     "use files with another build-id, too", NULL}, \
    {"no-demangle", 0, 0, G_OPTION_ARG_NONE, &symbol_options.no_demangle, \
     "do not turn names into those of the source", NULL}
/* clang-format on */

/*
 * A resolver as the options want it, free with cflow_symbols_free().  NULL if
 * one of them is wrong; that was printed, and the caller returns STATUS_FAILURE.
 */
cflow_symbols *symbol_options_resolver(void);

#endif
