/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the jumps through tables can go that compilers make of switch statements.
 *
 * It is told only where it is certain.  The code before the jump is followed back, over
 * all ways that lead to it, to a compare of the index with a constant, and to the
 * constant address of a table which cannot be written.  The table's entries up to that
 * index must all lead to instructions of the same function, and none of them may be
 * another jump's.  Bounds that only follow from the width of a number or a mask are not
 * enough: a compiler that knows a default case to be impossible leaves the end of the
 * table out.
 *
 * What is listed is what the code can do, like the two ways of a conditional branch.
 * The gaps between cases are entries as well, which lead to the default.
 */
#ifndef CFLOW_JUMPS_JUMPS_H
#define CFLOW_JUMPS_JUMPS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/profile/query.h"
#include "lib/symbols/symbols.h"

struct cflow_jump_table {
    uint64_t jump;       /* the instruction */
    uint64_t start, end; /* the table, @end behind it; both 0 if the entries are jumps */
    size_t entries;
    uint64_t *targets; /* without repetition, sorted */
    size_t n_targets;
};

/* The number of the target @address of @table; -1. */
ssize_t cflow_jump_table_find(const struct cflow_jump_table *table, uint64_t address);

/*
 * Whether the jump, of which the @n edges at @edges are, went nowhere else in a profile.
 * If it did the table is not what it seems to be: the code was changed while it ran, say.
 */
bool cflow_jump_table_allows(const struct cflow_jump_table *table, const struct cflow_edge *edges,
                             size_t n);

typedef struct cflow_jumps cflow_jumps;

/*
 * The tables of the module @path with @build_id, whose file @symbols finds, in the
 * instruction set @isa.  The strings and @symbols must outlive it.  Free with
 * cflow_jumps_free(), or g_autoptr(cflow_jumps).
 */
cflow_jumps *cflow_jumps_new(cflow_symbols *symbols, const struct isa *isa, const char *path,
                             const char *build_id);
void cflow_jumps_free(cflow_jumps *jumps);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_jumps, cflow_jumps_free)

/*
 * The table of the jump at @address; NULL if there is none, or if it is not certain
 * what it holds.  Valid as long as @jumps.
 */
const struct cflow_jump_table *cflow_jumps_at(cflow_jumps *jumps, uint64_t address);

/*
 * Reads all functions.  Without that a table whose end is another's beginning, which
 * makes it uncertain, is only noticed within a function and those asked about before.
 */
void cflow_jumps_read_all(cflow_jumps *jumps);

#endif
