/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/successors.h"

unsigned successors_of(const struct block *b, bool careful, uint64_t pcs[2], struct isa_insn *insn)
{
    const struct cflow_arena_block *r = b->record;
    const uint8_t *bytes = r->data + r->n_insns + r->last_offset;
    unsigned size = r->data[r->n_insns - 1];

    isa_decode_exact(r->flags & CFLOW_BLOCK_OPAQUE ? NULL : recorder.isa, block_last_pc(b), bytes,
                     size, CFLOW_BLOCK_MODE(r->mode), insn);
    uint64_t next = block_last_pc(b) + size;
    if (recorder.isa && recorder.isa->address_bits == 32) {
        next = (uint32_t)next;
    }
    bool restarts = (insn->flags & ISA_ATOMIC) || (careful && !(insn->flags & ISA_NO_FAULT));
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
