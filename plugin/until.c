/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/until.h"

#include <string.h>

#include "lib/profile/schema.h"

/* So many can be outstanding; then the oldest is forgotten. */
#define MAX_OUTSTANDING 64

/* Outstanding discontinuities of a vCPU, the newest last. */
struct until {
    unsigned n;
    struct {
        struct cflow_arena_event event; /* its key */
        uint64_t pc, next;              /* where it interrupted, and the instruction behind */
        uint64_t instructions;          /* of the vCPU's, at that moment */
    } at[MAX_OUTSTANDING];
};

void until_vcpu_init(struct vcpu *v)
{
    if (!v->until) {
        v->until = g_new(struct until, 1);
    }
    v->until->n = 0;
}

void until_forget(struct vcpu *v)
{
    if (v->until) {
        v->until->n = 0;
    }
}

void until_translate(struct block *b, enum isa_class class)
{
    block_more(b)->returns = class == ISA_SYSTEM;
}

void until_leave(struct vcpu *v, bool ran)
{
    if (v->at && v->at->n_insns) {
        v->instructions += v->insn + (ran ? 1u : 0u);
    }
}

/* A system call or a trap has done its work when it raises its exception. */
static bool raises(const struct block *b, unsigned insn)
{
    const uint8_t *bytes = b->record->data + b->n_insns;
    uint64_t pc = block_insn_pc(b, insn);
    bool opaque = b->record->flags & CFLOW_BLOCK_OPAQUE;
    struct isa_insn out;

    isa_decode_exact(opaque ? NULL : recorder.isa, pc, bytes + (pc - block_pc(b)),
                     b->record->data[insn], CFLOW_BLOCK_MODE(b->record->mode), &out);
    return out.class == ISA_SYSCALL || out.class == ISA_TRAP;
}

void until_interrupt(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause,
                     bool aborted)
{
    const struct block *at = v->at;
    struct until *until = v->until;

    if (!until || !at) {
        return;
    }
    until_leave(v, !aborted || (kind == CFLOW_EXCEPTION && at->n_insns && raises(at, v->insn)));
    bool counts = kind == CFLOW_EXCEPTION || kind == CFLOW_INTERRUPT || kind == CFLOW_SIGNAL;
    if (!counts || (at->n_insns && !aborted)) { /* M-profile: instead of a handler's return */
        return;
    }
    if (until->n == MAX_OUTSTANDING) {
        memmove(&until->at[0], &until->at[1], sizeof(until->at) - sizeof(until->at[0]));
        until->n--;
    }
    uint64_t pc = block_insn_pc(at, v->insn);
    until->at[until->n].event = (struct cflow_arena_event){
        .src = at->id,
        .dst = to->id,
        .src_insn = v->insn,
        .kind = (uint16_t)kind,
        .cause = (uint16_t)cause,
        .aborted = aborted,
    };
    until->at[until->n].pc = pc;
    until->at[until->n].next = pc + (at->n_insns ? at->record->data[v->insn] : 0);
    until->at[until->n++].instructions = v->instructions;
}

void until_return(struct vcpu *v, uint64_t pc)
{
    struct until *until = v->until;
    unsigned i = until ? until->n : 0;

    while (i && until->at[i - 1].pc != pc && until->at[i - 1].next != pc) {
        i--;
    }
    if (!i--) {
        return;
    }
    until->n = i; /* those taken later did not return before it */
    struct cflow_arena_event *event =
        cflow_arena_event_add(&recorder.arena, &v->shared->events, &until->at[i].event);
    if (event) {
        event->instructions += v->instructions - until->at[i].instructions;
        event->returned++;
    }
}
