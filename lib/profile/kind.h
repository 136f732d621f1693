/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of transfer was it?  From the instruction and where control went. */
#ifndef CFLOW_PROFILE_KIND_H
#define CFLOW_PROFILE_KIND_H

#include "isa/isa.h"
#include "lib/arena/arena.h"
#include "lib/profile/schema.h"

/*
 * The kind of the transfer from @insn at @pc, which completed, to @dst.
 * @known: the instruction set has a decoder.  A conditional branch to the next
 * instruction cannot be told from one not taken, and counts as not taken.
 */
enum cflow_kind cflow_kind_of(const struct isa_insn *insn, bool known, uint64_t pc, uint64_t dst);

/*
 * @insn is instruction @i of the block @b, at @offset.  Its decoder does not see what comes
 * before: put right, for Thumb, whether an IT predicates it.
 */
void cflow_kind_predicate(const struct cflow_arena_block *b, unsigned i, uint32_t offset,
                          struct isa_insn *insn);

#endif
