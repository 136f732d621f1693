/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine: exceptions, interrupts, resets, and devices that end a block.
 *
 * QEMU 10.2 announces exceptions and interrupts; older ones do not, and then
 * the registers and the stack at a vector say what came there and from where.
 */
#ifndef CFLOW_MACHINE_H
#define CFLOW_MACHINE_H

#include "plugin/recorder.h"

/*
 * The rights (enum cflow_privilege) of what @v goes on with behind the instruction that
 * it reached; CFLOW_PRIVILEGE_UNKNOWN where that instruction may have changed them.
 */
unsigned machine_privilege(const struct vcpu *v);

/* For QEMU's target name; @announced: QEMU tells of discontinuities. */
void machine_init(const char *target, bool announced);

/* On a vCPU's own thread, once registers can be listed. */
void machine_vcpu_init(struct vcpu *v);

/*
 * In the translation callback: may an exception or interrupt lead to @pc without
 * being announced?
 */
bool machine_takes_to(uint64_t pc);

/* In the translation callback: watch in @tb, outside or not, where vectors are set. */
void machine_watch(struct qemu_plugin_tb *tb);

/* In the translation callback: @b is the block of @tb. */
void machine_translate(struct qemu_plugin_tb *tb, struct block *b);

/*
 * One translation of QEMU's serves all virtual addresses of a page of memory.
 * Control that leaves the page, or goes anywhere, may thus be at another address
 * than @b says; the pc tells.
 */
static inline bool machine_may_be_alias(const struct vcpu *v, const struct block *b)
{
    const struct block *at = v->at;

    return !at || block_more(at)->free_exit || !at->n_insns || v->pending ||
           ((block_more(at)->last_pc ^ block_more(b)->pc) & ~0xfffull);
}

/* The block that @v really is in: @b, or the same code at another address. */
const struct block *machine_actual(struct vcpu *v, struct block *b);

/*
 * QEMU announced a discontinuity on @v's thread: keep it for the next arrival.  False
 * if that is not the whole of it (x86), or without room.
 */
bool machine_announce(struct vcpu *v, int type, uint64_t from, uint64_t to);

/* Has @v once begun at @pc? */
bool machine_began_at(const struct vcpu *v, uint64_t pc);

/* The address at which this vCPU goes on, between blocks; false if it is not known. */
bool machine_address(uint64_t *pc);

/* @v slept: it may have been reset meanwhile. */
void machine_slept(struct vcpu *v);

/*
 * Account for what came between where @v is and @to.  True if that took it to
 * @to; false if it has yet to arrive there by itself.
 */
bool machine_arrive(struct vcpu *v, const struct block *to);

/* An exception or interrupt takes @v, which is on its way to @from, to @to. */
void machine_take(struct vcpu *v, unsigned kind, unsigned cause, uint64_t from,
                  const struct block *to);

/* @v went on in code that is not recorded: forget what was announced. */
void machine_leave_region(struct vcpu *v);

/* @v is about to come back from there, to @to. */
void machine_enter_region(struct vcpu *v, const struct block *to);

/* @v ends: account for what was announced and led to no block any more. */
void machine_finish(struct vcpu *v);

#endif
