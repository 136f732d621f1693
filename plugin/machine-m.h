/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arm's M-profile: which exceptions are being handled.
 *
 * QEMU announces neither that a handler returns nor that the next one starts in
 * place of a return (tail-chaining).  IPSR, the stack, and the instruction that
 * control left by say it.
 */
#ifndef CFLOW_MACHINE_M_H
#define CFLOW_MACHINE_M_H

#include "plugin/machine-cause.h"

/* The handler that begins at @entry with @cause (lib/profile/cause.h) is the innermost. */
void machine_m_begins(struct vcpu *v, unsigned cause, uint64_t entry);

/* Is exception @number being handled? */
bool machine_m_handles(const struct machine_state *m, unsigned number);

/*
 * Control is at @to: has the innermost handler ended?  If so this counts the
 * return, or the handler that started instead, and takes @v to @to.  @announced:
 * QEMU tells of all other handlers that start.
 */
bool machine_m_returned(struct vcpu *v, const struct block *to, bool announced);

/*
 * An exception pushed @frame, and control has not begun a block since @v's: count
 * what led from there to where it was pushed, if that is the end of a handler.
 */
void machine_m_settle(struct vcpu *v, const struct m_frame *frame);

/*
 * Without announcements, at the start of a block: count the handlers that were
 * started, and interrupted before their first instruction.
 */
void machine_m_catch_up(struct vcpu *v);

#endif
