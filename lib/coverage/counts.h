/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often the instruction at an address ran, from the translation blocks of a
 * profile.
 *
 * A block that was entered N times ran its first instruction N times, and those
 * after it as often, but for the times that it was left in its middle: a fault
 * at an instruction takes the ones behind it away.  Where the profile knows of
 * such a departure, from a discontinuity or a retry, but not from which of
 * several overlapping blocks, the sums are the same for all of them.
 *
 * An instruction counts when it is begun.  One that was interrupted in its
 * middle and begun again (a page fault that a handler mended, an iteration of a
 * repeated string instruction) counts once.
 */
#ifndef CFLOW_COVERAGE_COUNTS_H
#define CFLOW_COVERAGE_COUNTS_H

#include <glib.h>
#include <stdint.h>

#include "lib/profile/profile.h"
#include "lib/profile/query.h"

typedef struct cflow_counts cflow_counts;

/*
 * The counts of @module; @flow is what cflow_query() found in @profile.  Returns
 * NULL and sets @error if the profile is damaged.  Free with
 * cflow_counts_free(), or g_autoptr(cflow_counts).
 */
cflow_counts *cflow_counts_new(cflow_profile *profile, const cflow_flow *flow, int64_t module,
                               GError **error);
void cflow_counts_free(cflow_counts *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_counts, cflow_counts_free)

/*
 * How often the instruction that begins at @address was begun; for an address
 * within one, its count or that of a neighbour.  Saturates at INT64_MAX.
 */
int64_t cflow_counts_at(const cflow_counts *counts, uint64_t address);

/*
 * How often a block was left in its middle nobody knows where.  The instructions
 * behind its first are then taken not to have run.
 */
int64_t cflow_counts_unplaced(const cflow_counts *counts);

#endif
