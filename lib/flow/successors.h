/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a block's last instruction says that control goes. */
#ifndef CFLOW_FLOW_SUCCESSORS_H
#define CFLOW_FLOW_SUCCESSORS_H

#include "isa/isa.h"
#include "lib/arena/arena.h"

/*
 * Where control can go from the end of @b, if its last instruction, decoded into @last,
 * alone decides that: to one or two of @pcs, different ones.  0: anywhere.
 */
unsigned flow_successors(const struct isa *isa, const struct cflow_arena_block *b, uint64_t pcs[2],
                         struct isa_insn *last);

#endif
