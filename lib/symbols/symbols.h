/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an offset in a module to the name of a function, through the symbol
 * tables of ELF files.  A function of a stripped file is called "fn_42f0" after
 * its offset, if the unwind tables tell where it starts.
 *
 * A module's file is opened when it is first asked for, and used only if it
 * still is the file that was recorded: its build-id has to be the profile's.
 */
#ifndef CFLOW_SYMBOLS_SYMBOLS_H
#define CFLOW_SYMBOLS_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct cflow_symbols cflow_symbols;

/* Where an offset lies.  Strings belong to the cflow_symbols. */
struct cflow_location {
    const char *name; /* function; NULL if not known */
    uint64_t offset;  /* bytes from the function's start, 0 if not known */
    const char *file; /* source file; NULL if not known (no reader yet) */
    unsigned line;    /* 0 if not known */
};

/*
 * A resolver.  Files are looked for at their own path, then below @sysroot
 * (NULL: nowhere else).  Free with cflow_symbols_free(), or
 * g_autoptr(cflow_symbols).
 */
cflow_symbols *cflow_symbols_new(const char *sysroot);

/* Frees @symbols and all strings it returned.  NULL is allowed. */
void cflow_symbols_free(cflow_symbols *symbols);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_symbols, cflow_symbols_free)

/*
 * Fills *@out with what is known of @offset, a link-time virtual address in
 * the file @path whose build-id was @build_id (lower-case hex; NULL if it had
 * none).  Returns whether a name was found; *@out is all zero if not.  Why a
 * whole module has no names can be read from cflow_symbols_warnings().
 */
bool cflow_symbols_lookup(cflow_symbols *symbols, const char *path, const char *build_id,
                          uint64_t offset, struct cflow_location *out);

/*
 * One sentence per module that was asked for and has no symbols, in the
 * order they were met: const char * elements, owned by @symbols.
 */
const GPtrArray *cflow_symbols_warnings(const cflow_symbols *symbols);

#endif
