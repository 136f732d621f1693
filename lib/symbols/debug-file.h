/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the debug information is that was separated from a file.  Private to
 * lib/symbols.
 *
 * Places and their order are those of GDB's manual, "Debugging Information in
 * Separate Files": by build-id below the directories of debug files, then where
 * .gnu_debuglink says, then from the servers in $DEBUGINFOD_URLS, which are not
 * asked without that variable.
 */
#ifndef CFLOW_SYMBOLS_DEBUG_FILE_H
#define CFLOW_SYMBOLS_DEBUG_FILE_H

#include "lib/symbols/elf-file.h"

struct debug_places {
    const char *sysroot; /* or NULL */
    GPtrArray *dirs;     /* char *: like /usr/lib/debug, and asked before it */
    bool ask_servers;    /* those in $DEBUGINFOD_URLS */
};

/*
 * The file with the debug information of @file.  Only one that belongs to it, by
 * build-id or checksum.  NULL if there is none.  Free with elf_file_close().
 */
elf_file *debug_file_open(const elf_file *file, const struct debug_places *places);

/*
 * The file that @file and others share parts of their DWARF in: dwz(1) puts
 * there what is common, and names it in .gnu_debugaltlink.  NULL if @file has
 * no such link, or if the file it names is nowhere: *@wanted is then set to its
 * path, to be freed with g_free(), else to NULL.
 */
elf_file *debug_file_open_alt(const elf_file *file, const struct debug_places *places,
                              char **wanted);

#endif
