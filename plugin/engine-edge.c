/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reference engine: a callback at the start of every block counts the edge
 * that led there.  No cleverness, so that others can be checked against it.
 *
 * Before each instruction that could leave its block in the middle, and before
 * the last one, an inline store notes that it was reached (its mark).  At the
 * next arrival the mark tells whether the block ran to its end and, if not,
 * which instruction left it.
 *
 * Where only a region of the code is recorded, a block outside has nothing but an
 * inline store that says that control was there; the mark still says how far the
 * last block inside got.
 */
#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/engine.h"
#include "plugin/flight.h"
#include "plugin/machine.h"
#include "plugin/narrow.h"
#include "plugin/region.h"
#include "plugin/until.h"

/* What generated code writes, of each vCPU. */
struct slot {
    uint64_t mark;
    uint64_t strayed; /* 1: it was outside since */
};

static struct qemu_plugin_scoreboard *slots;
static bool timed; /* recording begins or ends in the middle of the run */

static struct slot *slot_of(unsigned index)
{
    return qemu_plugin_scoreboard_find(slots, index);
}

static void begin(qemu_plugin_id_t id)
{
    (void)id;
    slots = qemu_plugin_scoreboard_new(MAX(CACHE_LINE, sizeof(struct slot)));
    timed = narrow_has_triggers();
}

static void vcpu_init(unsigned index)
{
    /* The slot may hold what a thread before this one left there. */
    *slot_of(index) = (struct slot){0};
    if (recorder_vcpu_at(index)) {
        until_vcpu_init(recorder_vcpu_at(index));
    }
}

/* How far did @v get in its block? */
static void take_mark(struct vcpu *v, uint64_t mark)
{
    if (!v->at) {
        return;
    }
    v->completed = mark == v->expected || !v->at->n_insns;
    v->insn = mark && mark >> 10 == block_more(v->at)->end_mark >> 10 ? mark & 1023 : 0;
}

/* Has the vCPU been outside since it was in its block? */
static bool away(unsigned index)
{
    const struct vcpu *v = recorder_vcpu_at(index);

    return (v && v->outside) || slot_of(index)->strayed;
}

/* @v is outside, or has been since it was in its block. */
static void stray(struct vcpu *v, uint64_t mark)
{
    take_mark(v, mark);
    if (recorder.system && v->at) {
        machine_finish(v); /* what was announced took it there */
    }
    v->pending = 0;
    if (recorder.system) {
        machine_leave_region(v);
    }
    region_leave(v);
}

static void settle(struct vcpu *v, unsigned index)
{
    uint64_t mark = slot_of(index)->mark;

    if (away(index)) {
        stray(v, mark);
    } else {
        take_mark(v, mark);
    }
}

/* Control begins @b, which is to be recorded. */
static inline void begin_block(struct vcpu *v, const struct block *b, uint64_t *mark)
{
    if (G_LIKELY(*mark == v->expected && v->at && !v->pending && !b->handler)) {
        recorder_count_edge(v, b);
        until_complete(v, b);
    } else {
        take_mark(v, *mark);
        arrival_classify(v, b);
    }
    *mark = 0;
    v->at = b;
    v->shared->block = b->id;
    v->expected = block_more(b)->end_mark;
}

static void on_block(unsigned int index, void *data)
{
    const struct block *b = data;
    struct vcpu *v = recorder_vcpu_at(index);
    uint64_t *mark = &slot_of(index)->mark;

    if (G_UNLIKELY(!v)) {
        recorder.process->lost++;
        return;
    }
    if (recorder.system && machine_may_be_alias(v, b)) {
        b = machine_actual(v, data);
    }
    begin_block(v, b, mark);
}

/* What comes now is all outside, and need not be looked at each time. */
static void stop_looking(void)
{
    static _Atomic bool done;

    if (narrow_is_over() && !atomic_exchange(&done, true)) {
        engine_translate_anew();
    }
}

/* Is a block with @triggers, which begins now, to be recorded?  Does recording begin with it? */
static bool is_recorded(unsigned triggers, unsigned n_insns, bool *begins)
{
    bool record = true;

    *begins = triggers && narrow_arrived(triggers, &record);
    if (!triggers) {
        return !timed || narrow_recording(n_insns);
    }
    return record && narrow_within(n_insns);
}

/* The same where only a part is recorded, and @data may be outside after all. */
static void on_block_of_part(unsigned int index, void *data)
{
    const struct block *b = data;
    struct vcpu *v = recorder_vcpu_at(index);
    struct slot *slot = slot_of(index);
    uint64_t *mark = &slot->mark, *strayed = &slot->strayed;

    if (G_UNLIKELY(!v)) {
        recorder.process->lost++;
        return;
    }
    if (recorder.system && machine_may_be_alias(v, b)) {
        b = machine_actual(v, data);
    }
    if (G_LIKELY(!(*strayed | v->outside | b->outside | block_more(b)->triggers | timed))) {
        begin_block(v, b, mark);
        return;
    }
    bool begins;
    bool record = is_recorded(block_more(b)->triggers, b->n_insns, &begins);
    if (begins) {
        engine_translate_anew(); /* up to here there is nothing in code but of places */
    }
    if (b->outside || !record) {
        if (b->outside && b->handler && !(v->pending & PENDING_DISCON) && v->at && !*strayed) {
            /* A signal, or an exception that nothing announced: the transfer to where it was
             * interrupted may be inside. */
            take_mark(v, *mark);
            arrival_classify(v, b);
        }
        stray(v, *mark);
        stop_looking();
    } else if (v->outside || *strayed) {
        stray(v, *mark);
        *mark = 0;
        arrival_enter_region(v, b);
        v->shared->block = b->id;
        v->expected = block_more(b)->end_mark;
    } else {
        begin_block(v, b, mark);
    }
    *strayed = 0;
}

/* A block that is not recorded begins, for want of memory; @data has what pass_beyond() says. */
static void on_beyond(unsigned int index, void *data)
{
    struct vcpu *v = recorder_vcpu_at(index);
    struct slot *slot = slot_of(index);
    uintptr_t what = (uintptr_t)data;

    if (G_UNLIKELY(!v)) {
        recorder.process->lost++;
        return;
    }
    if (!v->outside || slot->strayed) {
        stray(v, slot->mark);
        slot->strayed = 0;
    }
    bool begins;
    v->shared->beyond += is_recorded((unsigned)(what >> 16), what & 0xffff, &begins);
}

/* The number of instructions and, above bit 16, what is to begin or end here. */
static void pass_beyond(struct qemu_plugin_tb *tb)
{
    uintptr_t triggers = recorder.narrowed ? region_triggers(tb) : 0;

    if (!recorder.system) {
        qemu_plugin_register_vcpu_tb_exec_cb(
            tb, on_beyond, QEMU_PLUGIN_CB_NO_REGS,
            (void *)(triggers << 16 | MIN(qemu_plugin_tb_n_insns(tb), 0xffffu)));
    }
}

/* A child did not begin the handlers that it is in. */
static void forked(void)
{
    if (recorder_vcpu_at(this_vcpu)) {
        until_forget(recorder_vcpu_at(this_vcpu));
    }
}

/* Is @tb outside of what is recorded, and done with? */
static bool pass_by(struct qemu_plugin_tb *tb)
{
    bool watched;

    if (!region_is_outside(tb, &watched) || watched) {
        return false;
    }
    if (recorder.system) {
        machine_watch(tb);
    }
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
        tb, QEMU_PLUGIN_INLINE_STORE_U64,
        qemu_plugin_scoreboard_u64_in_struct(slots, struct slot, strayed), 1);
    return true;
}

static void translate(struct qemu_plugin_tb *tb)
{
    uint8_t flags[1024];

    if (recorder.narrowed && pass_by(tb)) {
        return;
    }
    struct block *b = recorder_block(tb);
    if (!b) {
        pass_beyond(tb);
        return;
    }
    recorder_flags(b, flags);
    if (recorder.system) {
        machine_translate(tb, b);
    }
    /* At a block's start all registers are in memory: being able to read them is free. */
    qemu_plugin_register_vcpu_tb_exec_cb(tb, recorder.narrowed ? on_block_of_part : on_block,
                                         QEMU_PLUGIN_CB_R_REGS, b);
    flight_watch(tb, b);
    for (unsigned i = 0; i < b->n_insns; i++) {
        if (!(flags[i] & ISA_NO_FAULT) || i == b->n_insns - 1u) {
            qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
                qemu_plugin_tb_get_insn(tb, i), QEMU_PLUGIN_INLINE_STORE_U64,
                qemu_plugin_scoreboard_u64_in_struct(slots, struct slot, mark),
                block_mark(b->id, i));
        }
    }
}

const struct engine engine_edge = {
    .name = "edge",
    .begin = begin,
    .translate = translate,
    .vcpu_init = vcpu_init,
    .settle = settle,
    .away = away,
    .forked = forked,
};
