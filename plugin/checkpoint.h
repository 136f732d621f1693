/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing counts from QEMU's scoreboards into the arena, at a moment at which
 * they agree with each other.
 *
 * A thread does it every so often, and the guest's own threads do it in system
 * calls that may be their last.  Every vCPU is summoned: the next block that it
 * arrives at calls checkpoint_park(), which keeps it there until the counts are
 * copied.  A vCPU in a system call may stay in it; it will be summoned when it
 * is back.  If they do not all stand still within a few milliseconds, they go
 * on and nothing is copied.
 */
#ifndef CFLOW_CHECKPOINT_H
#define CFLOW_CHECKPOINT_H

#include "plugin/engine.h"

/* @interval in milliseconds; 0: only when told to.  Nothing without engine->counts. */
void checkpoint_begin(const struct engine *engine, unsigned interval);

enum checkpoint_why {
    CHECKPOINT_ROUTINE,
    CHECKPOINT_DEADLY, /* the caller is in a call that may end the process */
    CHECKPOINT_FINAL,  /* the process ends: vCPUs are left where they stand, the last one counts */
    CHECKPOINT_FROZEN, /* the same, and nothing counts any more: no need to stop anyone */
};

/* Take one.  False if the vCPUs did not stand still, or there was no room. */
bool checkpoint_take(enum checkpoint_why why);

/*
 * CHECKPOINT_FINAL, with all other vCPUs standing still from then on, for good.  False if
 * they do not: QEMU then ends the process.
 */
bool checkpoint_final(void);

/*
 * The caller is about to execute another program, which ends all other threads: the same
 * as CHECKPOINT_DEADLY, and they go on standing still until that is done or
 * checkpoint_survived().
 */
void checkpoint_exec(void);

/*
 * All signals are blocked, and a program is about to be executed: if one has come that
 * ends this one, wait for that.
 */
void checkpoint_let_die(void);

/* The deadly call did not end the process. */
void checkpoint_survived(void);

/* On @v's own thread, about to begin @b: stand still if that is wanted. */
void checkpoint_park(struct vcpu *v, const struct block *b);

/* vCPUs come and go under this lock; whoever holds it keeps checkpoints away. */
void checkpoint_lock(void);
void checkpoint_unlock(void);

/*
 * Have the deadly signal @signum (0: all of them) take a checkpoint first, where
 * its disposition is the default one.  On a vCPU's thread, when the guest's own
 * dispositions have been set up, and whenever it has changed one.
 */
void checkpoint_watch(int signum);

/*
 * @n threads more are being made: until their vCPUs have begun, scoreboards may grow.
 * How many there are now.
 */
int checkpoint_expect_vcpu(int n);

/* The engine that counts was exchanged before anything ran: there is nothing to copy. */
void checkpoint_cancel(void);

/* In a forked child, which has none of the parent's threads. */
void checkpoint_forked(void);

#endif
