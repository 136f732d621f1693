/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/flow/successors.h"

unsigned flow_successors(const struct isa *isa, const struct cflow_arena_block *b, uint64_t pcs[2],
                         struct isa_insn *insn)
{
    uint64_t pc = b->pc + b->last_offset;
    unsigned size = b->data[b->n_insns - 1];

    isa_decode_exact(b->flags & CFLOW_BLOCK_OPAQUE ? NULL : isa, pc,
                     b->data + b->n_insns + b->last_offset, size, CFLOW_BLOCK_MODE(b->mode), insn);
    uint64_t next = pc + size;
    if (isa && isa->address_bits == 32) {
        next = (uint32_t)next;
    }
    bool restarts = (insn->flags & ISA_ATOMIC) ||
                    ((b->flags & CFLOW_BLOCK_CAREFUL) && !(insn->flags & ISA_NO_FAULT));
    unsigned n = 0;

    switch (insn->class) {
    case ISA_PLAIN:
        if (!restarts) {
            pcs[n++] = next;
        }
        return n;
    case ISA_COND:
    case ISA_JUMP:
    case ISA_CALL:
        if (!(insn->flags & ISA_HAS_TARGET) || restarts) {
            return 0;
        }
        pcs[n++] = insn->target;
        if ((insn->class == ISA_COND || (insn->flags & ISA_MAY_SKIP)) && next != insn->target) {
            pcs[n++] = next;
        }
        return n;
    default:
        return 0;
    }
}
