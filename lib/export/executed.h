/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each instruction ran, from how often blocks did.
 *
 * A block that was completed ran each of its instructions once.  One that was
 * left before, by a fault say, ran those before the instruction at which it was
 * left, which the profile's discontinuities tell.  An instruction counts when
 * it has completed, as processors count retired instructions; so an x86 string
 * instruction with a rep prefix counts once, not once per repetition.
 *
 * A profile has a block's first and last address and the number of
 * instructions between; where these begin is found by decoding the module's
 * file.
 */
#ifndef CFLOW_EXPORT_EXECUTED_H
#define CFLOW_EXPORT_EXECUTED_H

#include "lib/export/export.h"
#include "lib/profile/blocks.h"

/* The sum of two counts; saturates. */
static inline int64_t cflow_add_counts(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}

/* An instruction that ran. */
struct cflow_executed {
    uint64_t address;
    int64_t count;
};

/* What cflow_export_executed() could not do exactly; to be added up over modules. */
struct cflow_inexact {
    int64_t lumped;   /* instructions counted at the first of their block: no code to decode */
    int64_t unplaced; /* times a block was left at an instruction that is not known */
};

/*
 * The instructions of @module, sorted by address, from its @n blocks at @blocks
 * (as cflow_query_blocks() sorts them) and the faults in @flow: a GArray of
 * struct cflow_executed.  Where the code of a block is not to be had, or is not
 * what ran, all of its instructions are counted at its first one.  Adds to
 * *@inexact.  Returns NULL and sets @error if the profile is damaged.
 */
GArray *cflow_export_executed(const struct cflow_export *export, const cflow_flow *flow,
                              const struct cflow_module *module, const struct cflow_block *blocks,
                              size_t n, struct cflow_inexact *inexact, GError **error);

/* Says in @export's notes what is not exact; nothing if all is. */
void cflow_export_note_inexact(const struct cflow_export *export,
                               const struct cflow_inexact *inexact);

#endif
