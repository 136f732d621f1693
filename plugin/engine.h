/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine: how control flow is measured.  One file and one table row each. */
#ifndef CFLOW_ENGINE_H
#define CFLOW_ENGINE_H

#include "plugin/recorder.h"

/* What two processors write to must not share one: bytes. */
#define CACHE_LINE 64

struct engine {
    const char *name;

    /* Before the guest starts.  May be NULL, as may all but translate. */
    void (*begin)(qemu_plugin_id_t id);

    /* Instrument a block just translated; in QEMU's translation callback. */
    void (*translate)(struct qemu_plugin_tb *tb);

    /* A vCPU starts, on its own thread: forget what its slot held. */
    void (*vcpu_init)(unsigned index);

    /* Where is the vCPU, and how far did it get?  Fills at, insn, completed. */
    void (*settle)(struct vcpu *v, unsigned index);

    /* Has the vCPU gone on in code that is not recorded? */
    bool (*away)(unsigned index);

    /* The vCPU's next arrival is to be looked at with care. */
    void (*expect)(unsigned index);

    /*
     * A whole machine: a discontinuity, the first since the last arrival, is the
     * newest in @v's list; @v sleeps.  On the vCPU's thread; registers can be read.
     */
    void (*interrupted)(struct vcpu *v, unsigned index);
    void (*slept)(struct vcpu *v, unsigned index);

    /* In a forked child: all counts start again from nothing. */
    void (*forked)(void);

    /* QEMU has dropped all translations; no vCPU runs. */
    void (*flushed)(void);

    /*
     * For an engine whose counts have to be brought into the arena
     * (plugin/checkpoint.h); all four or none.
     */

    /* Have the vCPU call checkpoint_park() before its next block; from any thread. */
    void (*summon)(unsigned index);

    /* Where the vCPU stands, which does not move: fills the stop of @out. */
    void (*stop)(const struct vcpu *v, unsigned index, struct cflow_arena_vcpu *out);

    /* Copy all counts, quickly.  No vCPU moves. */
    void (*freeze)(void);

    /*
     * Write what freeze() copied, of the blocks that ran.  A block may have two counts, to
     * be added.  vCPUs may run.
     */
    void (*counts)(struct cflow_arena_count_writer *out);
};

/*
 * Have QEMU forget its translations, as soon as no vCPU runs one; counts stay.  In
 * plugin.c, for an engine's callbacks.
 */
void engine_translate_anew(void);

extern const struct engine engine_edge; /* engine-edge.c: a callback for every block */
extern const struct engine engine_flow; /* engine-flow.c: counters, and few callbacks */

#endif
