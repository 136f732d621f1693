/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine and the flow engine: at which instruction did control leave?
 *
 * The engine knows the block, or that what came next is deduced.  The address at
 * which QEMU says that control was taken away, or where it goes on, tells the rest.
 */
#ifndef CFLOW_WHEREABOUTS_H
#define CFLOW_WHEREABOUTS_H

#include "plugin/recorder.h"

/* @v is adrift, and goes on at @to by itself: find insn. */
void whereabouts_went_on(struct vcpu *v, const struct block *to);

/* The same with nothing to go by: the first instruction that can leave the block. */
void whereabouts_guess(struct vcpu *v);

/*
 * The first discontinuity since @v's last arrival has been announced: find where
 * that was, whether @v is adrift or silent.  @silent_at: forest_silent_at(), locked.
 */
void whereabouts_interrupted(struct vcpu *v,
                             const struct block *(*silent_at)(uint64_t pc, const uint8_t *host));

/* x86: is this instruction an access to a port, which may end QEMU at once? */
bool whereabouts_is_port(const uint8_t *bytes, unsigned n);

#endif
