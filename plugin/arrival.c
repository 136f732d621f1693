/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/arrival.h"

#include <string.h>

#include "lib/profile/schema.h"
#include "plugin/signals.h"

/* Take @v to @to, which it reached by itself, and leave it there completed. */
static void arrive(struct vcpu *v, const struct block *to)
{
    if (v->silent) {
        v->silent = false; /* follows from the counters */
    } else if (!v->at) {
        recorder_count_event(v, to, CFLOW_ENTRY, 0, false);
    } else if (v->pending & PENDING_SIGRETURN) {
        v->pending &= (uint8_t)~PENDING_SIGRETURN;
        recorder_count_event(v, to, CFLOW_SIGNAL_RETURN, 0, false);
    } else if (v->completed) {
        recorder_count_edge(v, to);
    } else if (block_insn_pc(v->at, v->insn) == to->pc) {
        /* QEMU stopped in the middle to run this instruction by itself: an
         * atomic access it could not do inline, code that writes to itself. */
        recorder_count_event(v, to, CFLOW_RETRY, 0, true);
    } else {
        recorder_count_event(v, to, CFLOW_UNEXPLAINED, 0, true);
    }
    v->at = to;
    v->insn = 0;
    v->completed = true;
}

/* As arrive(), at an address where no block ran because control was taken away. */
static void arrive_at_point(struct vcpu *v, uint64_t pc)
{
    const struct block *point = recorder_point(pc);

    if (point) {
        arrive(v, point);
    } else {
        recorder.process->lost++;
    }
}

/* Is the instruction reached in @v's block the one at @pc? */
static bool is_at(const struct vcpu *v, uint64_t pc)
{
    return v->at && v->at->n_insns && block_insn_pc(v->at, v->insn) == pc;
}

/* Control at @pc was taken to @to by a signal. */
static void deliver(struct vcpu *v, const struct signal_entry *signal, const struct block *to)
{
    bool raised_here = false;

    if (v->silent && signals_synchronous(signal->signum)) {
        /* Where it was is not known, but the frame says at which instruction. */
        v->at = recorder_point(signal->pc);
        v->silent = false;
        raised_here = true;
    } else if (v->at && !(v->pending & PENDING_SIGRETURN)) {
        if (!v->completed) {
            raised_here = true;
        } else if (is_at(v, signal->pc) && !v->at->last_no_fault) {
            /* Reached, and interrupted at the same place: it raised the signal,
             * unless the signal is of a kind that comes from outside and the
             * instruction goes to itself (rep, a system call begun again). */
            raised_here = signals_synchronous(signal->signum);
        }
    }
    if (!raised_here) {
        arrive_at_point(v, signal->pc);
    }
    recorder_count_event(v, to, CFLOW_SIGNAL, (unsigned)signal->signum, raised_here);
    v->at = to;
    v->insn = 0;
    v->completed = true;
}

/*
 * Back from a handler to another that had been interrupted before its first
 * instruction?  All looks as if a signal had just arrived, but for the stack,
 * on which a new frame would lie below.
 */
static bool resumes_stacked(struct vcpu *v, const struct block *to)
{
    uint64_t sp = signals_stack();

    while (v->n_stacked) {
        v->n_stacked--;
        if (v->stacked[v->n_stacked].pc == to->pc && v->stacked[v->n_stacked].sp == sp) {
            return true;
        }
        if (v->stacked[v->n_stacked].sp > sp) { /* of an outer level: not yet */
            v->n_stacked++;
            return false;
        }
    }
    return false;
}

static bool deliver_signals(struct vcpu *v, const struct block *to)
{
    struct signal_entry entries[SIGNALS_MAX_NESTED];
    unsigned n = signals_entered(to->pc, entries);

    for (unsigned i = n; i-- > 0;) {
        const struct block *next = i ? recorder_point(entries[i].handler) : to;
        if (!next) {
            recorder.process->lost++;
            continue;
        }
        deliver(v, &entries[i], next);
        if (i && v->n_stacked < G_N_ELEMENTS(v->stacked)) {
            v->stacked[v->n_stacked].pc = entries[i].handler;
            v->stacked[v->n_stacked++].sp = entries[i].sp;
        }
    }
    return n > 0;
}

static bool is_x86(void)
{
    return recorder.isa && recorder.isa->name[0] != 'a' && recorder.isa->name[0] != 'r';
}

static void interrupt(struct vcpu *v, int type, uint64_t from, const struct block *to)
{
    unsigned kind = type == QAPI_INTERRUPT   ? CFLOW_INTERRUPT
                    : type == QAPI_HOST_CALL ? CFLOW_HOST_CALL
                                             : CFLOW_EXCEPTION;
    bool raised_here = false;

    if (v->at && type != QAPI_INTERRUPT) {
        uint64_t pc = v->at->n_insns ? block_insn_pc(v->at, v->insn) : v->at->pc;
        uint64_t next = v->at->n_insns ? pc + v->at->record->data[v->insn] : pc;
        /* The instruction itself, or the next when it has retired (svc). */
        raised_here = !v->completed || from == pc || from == next;
    }
    if (!raised_here) {
        arrive_at_point(v, from);
    }
    recorder_count_event(v, to, kind, 0, raised_here);
    v->at = to;
    v->insn = 0;
    v->completed = true;
}

static bool deliver_discon(struct vcpu *v, const struct block *to)
{
    unsigned n = v->n_discon;

    v->pending &= (uint8_t)~PENDING_DISCON;
    v->n_discon = 0;
    for (unsigned i = 0; i < n; i++) {
        int type = v->discon[i].type;
        /* x86 announces an exception twice, first with a stale address. */
        if (is_x86() && type == QAPI_EXCEPTION && i + 1 < n &&
            v->discon[i + 1].type == QAPI_INTERRUPT) {
            i++;
        }
        bool last = i + 1 == n;
        const struct block *next =
            last && v->discon[i].to == to->pc ? to : recorder_point(v->discon[i].to);
        if (next) {
            interrupt(v, type, v->discon[i].from, next);
        } else {
            recorder.process->lost++;
        }
    }
    return v->at == to;
}

void arrival_discon(struct vcpu *v, int type, uint64_t from, uint64_t to)
{
    if (v->n_discon == G_N_ELEMENTS(v->discon)) {
        memmove(v->discon, v->discon + 1, sizeof(v->discon) - sizeof(v->discon[0]));
        v->n_discon--;
        recorder.process->lost++;
    }
    v->discon[v->n_discon].type = type;
    v->discon[v->n_discon].from = from;
    v->discon[v->n_discon].to = to;
    v->n_discon++;
    v->pending |= PENDING_DISCON;
}

void arrival_classify(struct vcpu *v, const struct block *to)
{
    if ((v->pending & PENDING_DISCON) && deliver_discon(v, to)) {
        return;
    }
    if (to->handler && !((v->pending & PENDING_SIGRETURN) && resumes_stacked(v, to)) &&
        deliver_signals(v, to)) {
        return;
    }
    arrive(v, to);
}
