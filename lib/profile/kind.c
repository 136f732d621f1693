/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/kind.h"

/* A transfer that the instruction names: it must go there. */
static enum cflow_kind direct(const struct isa_insn *insn, uint64_t dst, enum cflow_kind kind)
{
    return !(insn->flags & ISA_HAS_TARGET) || insn->target == dst ? kind : CFLOW_UNEXPLAINED;
}

enum cflow_kind cflow_kind_of(const struct isa_insn *insn, bool known, uint64_t pc, uint64_t dst)
{
    bool next = dst == pc + insn->size || dst == (uint32_t)(pc + insn->size);

    if (next && (insn->flags & ISA_MAY_SKIP)) {
        return insn->class == ISA_SYSCALL ? CFLOW_SYSCALL : CFLOW_NOT_TAKEN;
    }
    switch (insn->class) {
    case ISA_PLAIN:
        return next ? CFLOW_SPLIT : dst == pc ? CFLOW_RETRY : CFLOW_UNEXPLAINED;
    case ISA_COND:
        return next ? CFLOW_NOT_TAKEN : direct(insn, dst, CFLOW_TAKEN);
    case ISA_JUMP:
        return direct(insn, dst, CFLOW_JUMP);
    case ISA_CALL:
        return direct(insn, dst, CFLOW_CALL);
    case ISA_RETURN:
        return CFLOW_RETURN;
    case ISA_INDIRECT_JUMP:
        return CFLOW_INDIRECT_JUMP;
    case ISA_INDIRECT_CALL:
        return CFLOW_INDIRECT_CALL;
    case ISA_SYSCALL:
        return dst == pc ? CFLOW_RETRY : CFLOW_SYSCALL; /* begun again after a signal */
    case ISA_TRAP:
        return CFLOW_EXCEPTION;
    case ISA_REPEAT:
        return next ? CFLOW_SPLIT : dst == pc ? CFLOW_RETRY : CFLOW_UNEXPLAINED;
    case ISA_SYSTEM:
        return CFLOW_SYSTEM;
    default:
        return known && next ? CFLOW_SPLIT : CFLOW_UNKNOWN;
    }
}

/* Thumb: is instruction @i, at @offset in @b, predicated by an IT? */
static bool predicated(const struct cflow_arena_block *b, unsigned i, uint32_t offset)
{
    for (unsigned back = 1; back <= 4 && back <= i; back++) {
        offset -= b->data[i - back];
        const uint8_t *bytes = b->data + b->n_insns + offset;
        unsigned mask = bytes[0] & 15;
        if (b->data[i - back] == 2 && bytes[1] == 0xbf && mask) {
            return back <= 4u - (unsigned)__builtin_ctz(mask); /* lowest bit set ends the list */
        }
    }
    return i < CFLOW_BLOCK_IT(b->mode);
}

void cflow_kind_predicate(const struct cflow_arena_block *b, unsigned i, uint32_t offset,
                          struct isa_insn *insn)
{
    if (CFLOW_BLOCK_MODE(b->mode) != ISA_MODE_THUMB || !(insn->flags & ISA_MAY_SKIP) ||
        insn->class == ISA_COND) {
        return;
    }
    if (!predicated(b, i, offset)) {
        insn->flags &= ~(unsigned)ISA_MAY_SKIP;
    } else if (insn->class == ISA_JUMP) {
        insn->class = ISA_COND;
    }
}
