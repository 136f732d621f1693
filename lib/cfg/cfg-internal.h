/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of cflow_cfg_new(), in their order.  Private to lib/cfg. */
#ifndef CFLOW_CFG_INTERNAL_H
#define CFLOW_CFG_INTERNAL_H

#include "lib/cfg/cfg.h"

/* code.c: finds and decodes the instructions. */
bool cfg_find_insns(cflow_cfg *cfg, GError **error);

/* blocks.c: counts, blocks and edges. */
void cfg_find_blocks(cflow_cfg *cfg);

/* loops.c: dominators, loops, irreducible regions. */
void cfg_find_loops(cflow_cfg *cfg);

/* Sums that stay at the ends of their range, where a made-up profile exceeds it. */
static inline int64_t cfg_add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

static inline int64_t cfg_sub(int64_t a, int64_t b)
{
    int64_t difference;

    return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN) : difference;
}

/* Whether @insn can only be left by a transfer that is an edge of the profile. */
static inline bool cfg_never_goes_on(const struct cflow_cfg_insn *insn)
{
    switch (insn->class) {
    case ISA_JUMP:
    case ISA_RETURN:
    case ISA_INDIRECT_JUMP:
        return !(insn->isa_flags & ISA_MAY_SKIP);
    case ISA_TRAP:
        return true;
    default:
        return false;
    }
}

/* Where the indirect jump @insn can go, as far as it is known; *@n addresses. */
static inline const uint64_t *cfg_targets(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn,
                                          size_t *n)
{
    *n = 0;
    return cfg->what.targets && insn->class == ISA_INDIRECT_JUMP
               ? cfg->what.targets(insn->address, n, cfg->what.data)
               : NULL;
}

/* Index of the instruction at @address; CFLOW_CFG_NONE. */
size_t cfg_insn_index(const cflow_cfg *cfg, uint64_t address);

/* Index of the one that follows instruction @i without a branch; CFLOW_CFG_NONE. */
size_t cfg_next_insn(const cflow_cfg *cfg, size_t i);

#endif
