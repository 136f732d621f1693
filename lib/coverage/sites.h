/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conditional branches and indirect jumps in the code of a module, those that
 * never ran among them.  Private to lib/coverage.
 *
 * The code is decoded one instruction after the other.  Each row of a line table
 * is where an instruction begins, so that whatever leads decoding astray (data
 * between code, an instruction that the decoder does not know) does so up to the
 * next row at most; what mapping symbols call data is skipped.
 */
#ifndef CFLOW_COVERAGE_SITES_H
#define CFLOW_COVERAGE_SITES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/profile/profile.h"
#include "lib/symbols/symbols.h"

/* A conditional branch, a predicated call, jump or return, or an indirect jump. */
struct cflow_static_site {
    uint64_t address;
    uint64_t target; /* 0 if the instruction does not name it */
    unsigned size;   /* bytes */
    bool conditional;
    bool indirect; /* a jump through a table or pointer: its destinations are not known */
};

/* A walk through code, from lower to higher addresses. */
struct cflow_sweep {
    cflow_symbols *symbols;
    const struct cflow_module *module;
    const struct isa *isa;
    /* private */
    unsigned predicated; /* instructions that a Thumb IT still governs */
};

/*
 * Appends to @sites, an array of struct cflow_static_site, the branches and
 * indirect jumps from @start up to, not including, @end; at both an instruction begins.
 */
void cflow_static_sites(struct cflow_sweep *sweep, uint64_t start, uint64_t end, GArray *sites);

#endif
