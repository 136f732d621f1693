/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One compilation unit of DWARF, read into tables.  Private to lib/symbols. */
#ifndef CFLOW_SYMBOLS_DEBUG_UNIT_H
#define CFLOW_SYMBOLS_DEBUG_UNIT_H

#include <elfutils/libdw.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/symbols/segments.h"

#define NO_SCOPE UINT32_MAX

/* A function, or a call that was inlined. */
struct scope {
    const char *name; /* or NULL */
    const char *file; /* of the declaration, or of the call; or NULL */
    uint32_t line, column;
    uint32_t parent; /* index of the scope around it, or NO_SCOPE */
    bool inlined;
};

/* A contiguous piece of a function that is not inlined. */
struct piece {
    uint64_t start, end;
    uint32_t scope;
};

struct row {
    uint64_t address;
    const char *file; /* or NULL */
    uint32_t line;
    uint16_t column;
    bool is_stmt, end_sequence;
};

/* Tables are NULL until they are read. */
struct unit {
    Dwarf_Off offset;   /* of its DIE */
    GArray *scopes;     /* struct scope */
    segments *by_scope; /* address -> innermost scope */
    GArray *pieces;     /* struct piece, sorted */
    GArray *rows;       /* struct row, sorted */
};

/* What reading needs, and what it may cost. */
struct unit_reader {
    Dwarf *dwarf;
    GStringChunk *strings;
    /* Whether code is at @address at all. */
    bool (*is_code)(const void *data, uint64_t address);
    const void *data;
    /*
     * Steps that are left: damaged DWARF can lead through the same bytes
     * again and again.  Nothing is read any more when it is 0.
     */
    uint64_t budget;
    const char *directory; /* where the ELF file is: split units may be there, too */
    char *missing_split;   /* g_free(): the file of a split unit that was not found, or NULL */
    /* What the library and the tables took since their users last looked. */
    uint64_t steps, bytes;
};

/* Read scopes, by_scope and pieces; read rows.  Damage leaves less in them. */
void unit_read_scopes(struct unit *unit, struct unit_reader *reader);
void unit_read_rows(struct unit *unit, struct unit_reader *reader);

/* Frees the tables, not @unit. */
void unit_clear(struct unit *unit);

/* Takes @n steps from the budget; returns false when there are none left. */
bool unit_reader_step(struct unit_reader *reader, uint64_t n);

#endif
