/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/arrival.h"

#include "lib/profile/schema.h"
#include "plugin/machine.h"
#include "plugin/region.h"
#include "plugin/signals.h"
#include "plugin/until.h"

/* Is @pc that of the instruction behind the one reached in @v's block? */
static bool is_behind(const struct vcpu *v, uint64_t pc)
{
    return v->at->n_insns && block_insn_pc(v->at, v->insn) + v->at->record->data[v->insn] == pc;
}

/* Take @v to @to, which it reached by itself, and leave it there completed. */
static void arrive(struct vcpu *v, const struct block *to)
{
    if (v->silent && v->target && v->target != block_pc(to)) {
        /* The page there goes by another name: from where it was to go, to there. */
        v->at = recorder_point(v->target, CFLOW_BLOCK_PRIVILEGE(to->record->flags));
        v->silent = false;
        recorder.process->lost += !v->at;
    }
    if (v->silent) {
        v->silent = false; /* follows from the counters */
    } else if (to->outside || v->outside) {
        v->pending &= (uint8_t)~PENDING_SIGRETURN;
        region_go(v, to, CFLOW_ENTER_REGION, 0, !v->completed);
        return;
    } else if (!v->at) {
        recorder_count_event(v, to, CFLOW_ENTRY, 0, false);
    } else if (v->pending & PENDING_SIGRETURN) {
        v->pending &= (uint8_t)~PENDING_SIGRETURN;
        recorder_count_event(v, to, CFLOW_SIGNAL_RETURN, 0, false);
        until_leave(v, true);
        until_return(v, block_pc(to));
    } else if (v->completed) {
        recorder_count_edge(v, to);
        until_complete(v, to);
    } else if (block_insn_pc(v->at, v->insn) == block_pc(to)) {
        /* QEMU stopped in the middle to run this instruction by itself: an
         * atomic access it could not do inline, code that writes to itself. */
        recorder_count_event(v, to, CFLOW_RETRY, 0, true);
        until_leave(v, false);
    } else if (recorder.system && is_behind(v, block_pc(to))) {
        /* An access to a device: QEMU left the block to run that instruction by
         * itself, without callbacks, and went on behind it. */
        recorder_count_event(v, to, CFLOW_SPLIT, 0, false);
        until_leave(v, true);
    } else {
        recorder_count_event(v, to, CFLOW_UNEXPLAINED, 0, true);
        until_leave(v, false);
    }
    v->at = to;
    v->insn = 0;
    v->completed = true;
}

void arrival_at_point(struct vcpu *v, uint64_t pc)
{
    const struct block *point = recorder_point(pc, machine_privilege(v));

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

/* The number of the instruction of @b at @pc; -1: there is none. */
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

/* A fault at @pc, and how @v got on is deduced: was it in the block begun last? */
static bool faulted_in_begun(struct vcpu *v, uint64_t pc)
{
    int insn = v->begun ? insn_at(v->begun, pc) : -1;

    if (insn < 0) {
        return false; /* what comes next could not be fetched */
    }
    v->at = v->begun;
    v->insn = (uint16_t)insn;
    v->completed = false;
    v->silent = false;
    return true;
}

/* Control at @pc was taken to @to by a signal. */
static void deliver(struct vcpu *v, const struct signal_entry *signal, const struct block *to)
{
    bool raised_here = false;

    if (v->silent && signals_synchronous(signal->signum) && v->begun) {
        raised_here = faulted_in_begun(v, signal->pc);
    } else if (v->silent && signals_synchronous(signal->signum)) {
        /* Where it was is not known, but the frame says at which instruction. */
        v->at = recorder_point(signal->pc, CFLOW_PRIVILEGE_USER);
        v->silent = false;
        raised_here = true;
    } else if (v->at && !(v->pending & PENDING_SIGRETURN)) {
        if (!v->completed) {
            raised_here = true;
        } else if (is_at(v, signal->pc) && !block_last_no_fault(v->at)) {
            /* Reached, and interrupted at the same place: it raised the signal,
             * unless the signal is of a kind that comes from outside and the
             * instruction goes to itself (rep, a system call begun again). */
            raised_here = signals_synchronous(signal->signum);
        }
    }
    if (!raised_here) {
        arrival_at_point(v, signal->pc);
    }
    region_go(v, to, CFLOW_SIGNAL, (unsigned)signal->signum, raised_here);
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
        if (v->stacked[v->n_stacked].pc == block_pc(to) && v->stacked[v->n_stacked].sp == sp) {
            return true;
        }
        if (v->stacked[v->n_stacked].sp > sp) { /* of an outer level: not yet */
            v->n_stacked++;
            return false;
        }
    }
    return false;
}

/* A handler that waits below another, which begins first. */
static void stack(struct vcpu *v, const struct signal_entry *entry)
{
    if (v->n_stacked < G_N_ELEMENTS(v->stacked)) {
        v->stacked[v->n_stacked].pc = entry->handler;
        v->stacked[v->n_stacked++].sp = entry->sp;
    }
}

static bool deliver_signals(struct vcpu *v, const struct block *to)
{
    struct signal_entry entries[SIGNALS_MAX_NESTED];
    unsigned n = signals_entered(block_pc(to), entries);

    for (unsigned i = n; i-- > 0;) {
        const struct block *next =
            i ? recorder_point(entries[i].handler, CFLOW_PRIVILEGE_USER) : to;
        if (!next) {
            recorder.process->lost++;
            continue;
        }
        deliver(v, &entries[i], next);
        if (i) {
            stack(v, &entries[i]);
        }
    }
    return n > 0;
}

void arrival_classify(struct vcpu *v, const struct block *to)
{
    if (recorder.system) {
        if (machine_arrive(v, to)) {
            return;
        }
    } else if (to->handler && !((v->pending & PENDING_SIGRETURN) && resumes_stacked(v, to)) &&
               deliver_signals(v, to)) {
        return;
    }
    arrive(v, to);
}

void arrival_enter_region(struct vcpu *v, const struct block *to)
{
    if (recorder.system) {
        machine_enter_region(v, to);
    } else if (to->handler && !resumes_stacked(v, to)) {
        struct signal_entry entries[SIGNALS_MAX_NESTED];
        for (unsigned i = signals_entered(block_pc(to), entries); i-- > 1;) {
            stack(v, &entries[i]);
        }
    }
    region_go(v, to, CFLOW_ENTER_REGION, 0, false);
}
