/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a jump through a table back to the compare that bounds its index.  Private to
 * lib/jumps.
 */
#ifndef CFLOW_JUMPS_FOLLOW_H
#define CFLOW_JUMPS_FOLLOW_H

#include "lib/jumps/code.h"
#include "lib/jumps/constant.h"

/*
 * Where a jump goes: base + factor * entry, the entry being the number 0 to highest
 * itself (entry_bits is 0), or that entry of a table.
 */
struct followed {
    uint64_t base, factor;
    uint64_t table;      /* address of entry 0 */
    unsigned entry_bits; /* of an entry, and their distance */
    unsigned part_bits;  /* of these are taken, and extended */
    bool is_signed;
    uint64_t highest; /* the last entry's number */
};

/*
 * Whether it is certain where the indirect jump @i goes, whatever way control came
 * there.  @constants are of the same code.
 */
bool follow(struct code *code, struct constants *constants, uint32_t i, struct followed *out);

/* Whether both say the same. */
bool follow_is_same(const struct followed *a, const struct followed *b);

#endif
