/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/whereabouts.h"

#include "lib/profile/cause.h"
#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/machine-cause.h"

static unsigned flags_of(const struct block *b, unsigned i)
{
    uint64_t pc = block_insn_pc(b, i);
    struct isa_insn insn;

    isa_decode_exact(b->record->flags & CFLOW_BLOCK_OPAQUE ? NULL : recorder.isa, pc,
                     b->record->data + b->n_insns + (pc - block_pc(b)), b->record->data[i],
                     CFLOW_BLOCK_MODE(b->record->mode), &insn);
    return insn.flags;
}

/* The number of the instruction of @b at @pc; -1 if there is none. */
static int insn_at(const struct block *b, uint64_t pc)
{
    uint64_t at = block_pc(b);

    for (unsigned i = 0; i < b->n_insns; at += b->record->data[i++]) {
        if (at == pc) {
            return (int)i;
        }
    }
    return -1;
}

static void left_at(struct vcpu *v, int insn)
{
    v->adrift = false;
    v->completed = false;
    v->insn = (uint16_t)insn;
}

void whereabouts_guess(struct vcpu *v)
{
    int insn = 0;

    while (insn + 2 < v->at->n_insns && (flags_of(v->at, (unsigned)insn) & ISA_NO_FAULT)) {
        insn++;
    }
    left_at(v, insn);
}

/*
 * Control is at the instruction @insn: to begin it again, by itself (code that
 * writes to itself, an atomic access), or behind an access to a device, which was
 * done elsewhere.
 */
static void stopped_before(struct vcpu *v, int insn, bool alone)
{
    unsigned last = v->at->n_insns - 1u;
    bool again =
        insn == 0 ||
        (alone && (unsigned)insn < last && !(flags_of(v->at, (unsigned)insn) & ISA_NO_FAULT) &&
         (machine_kind == MACHINE_X86 || (flags_of(v->at, (unsigned)insn) & ISA_ATOMIC)));

    left_at(v, again ? insn : insn - 1);
}

void whereabouts_went_on(struct vcpu *v, const struct block *to)
{
    int insn = insn_at(v->at, block_pc(to));

    if (insn < 0) {
        whereabouts_guess(v);
    } else {
        stopped_before(v, insn, to->n_insns == 1);
    }
}

/* Was it raised where control arrived, before anything was done there? */
static bool before_it_began(unsigned kind, unsigned cause)
{
    unsigned class = cause & 0x3f;

    if (kind != CFLOW_EXCEPTION) {
        return true;
    }
    if (!(cause & CFLOW_CAUSE_KNOWN)) {
        return false;
    }
    switch (machine_kind) {
    case MACHINE_X86: /* a breakpoint or single step; the fetch of an instruction */
        return (cause & 0xff) == 1 || ((cause & 0xff) == 14 && (cause & 0x1000));
    case MACHINE_RISCV:
        return class <= 1 || class == 12 || class == 20;
    case MACHINE_AARCH64:
        return (class >= 0x20 && class <= 0x22) || (class >= 0x30 && class <= 0x33);
    case MACHINE_ARM:
        return (cause & 7) == 3;
    default:
        return false;
    }
}

void whereabouts_interrupted(struct vcpu *v,
                             const struct block *(*silent_at)(uint64_t pc, const uint8_t *host))
{
    const struct block *left;
    unsigned i = v->n_discon - 1u, kind = v->discon[i].kind;
    uint64_t from = v->discon[i].from;
    bool before = before_it_began(kind, v->discon[i].cause);

    if (v->adrift) {
        int insn = insn_at(v->at, from);
        if (insn < 0) {
            whereabouts_guess(v);
        } else if (before || insn + 1 == v->at->n_insns) {
            stopped_before(v, insn, false);
        } else {
            left_at(v, insn);
        }
    } else if (v->silent) {
        bool there = before || v->target == from;
        left = there ? NULL : silent_at(from, v->discon[i].host);
        if (left) { /* what was to go on silently did not complete */
            v->at = left;
            v->insn = (uint16_t)(left->n_insns - 1u);
            v->completed = true;
            v->silent = false;
        } else {
            arrival_at_point(v, from);
        }
    }
}

/* Intel SDM volume 2, IN and OUT, after an operand-size prefix. */
bool whereabouts_is_port(const uint8_t *bytes, unsigned n)
{
    unsigned i = machine_kind == MACHINE_X86 && n > 1 && bytes[0] == 0x66;

    return machine_kind == MACHINE_X86 && n > i &&
           ((bytes[i] & 0xfc) == 0xe4 || (bytes[i] & 0xfc) == 0xec);
}
