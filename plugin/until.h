/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many instructions a vCPU runs from an exception, interrupt or signal until
 * control is back where it was interrupted.
 *
 * Only an engine that sees every block can tell: it calls until_vcpu_init().
 */
#ifndef CFLOW_UNTIL_H
#define CFLOW_UNTIL_H

#include "plugin/recorder.h"

/* From now on, for @v; forgets what was outstanding. */
void until_vcpu_init(struct vcpu *v);

/* @v lost track of where it is: nothing that is outstanding will be seen to return. */
void until_forget(struct vcpu *v);

/*
 * In a whole machine, in the translation callback: may @b, whose last instruction is
 * of the class @class, end with a return from an exception?
 */
void until_translate(struct block *b, enum isa_class class);

/* @v leaves its block at the instruction reached, which ran (@ran) or did not. */
void until_leave(struct vcpu *v, bool ran);

/* The same by a discontinuity, that takes it to @to; as in region_go(). */
void until_interrupt(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause,
                     bool aborted);

/* A return from an exception or a signal handler takes @v to @pc. */
void until_return(struct vcpu *v, uint64_t pc);

/* @v ran its block to the end, and goes to @to. */
static inline void until_complete(struct vcpu *v, const struct block *to)
{
    v->instructions += v->at->n_insns;
    if (G_UNLIKELY(recorder.more && block_more(v->at)->returns)) {
        until_return(v, block_pc(to));
    }
}

#endif
