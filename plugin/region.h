/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The region of the code that a narrowed recording is about, and crossing its border.
 *
 * A block is inside if any of its instructions is, so that no execution of an
 * instruction inside is missed.  Blocks outside are not recorded and have no
 * callback: all of them together are what profiles call outside.
 */
#ifndef CFLOW_REGION_H
#define CFLOW_REGION_H

#include "plugin/recorder.h"

/* Fill outside and triggers of the new @b.  The recorder's lock is held. */
void region_place(struct block *b);

/*
 * In the translation callback, before anything else: has @tb no instruction that is to
 * be recorded?  *@watched says whether it needs a callback all the same: the same code
 * may also be at an address inside, or it begins a signal handler, and the signal may
 * have come between two blocks inside.  Has triggers that are not at a callback's
 * place watched.  Locks.
 */
bool region_is_outside(struct qemu_plugin_tb *tb, bool *watched);

/* The triggers of the first instruction of @tb, as in a block.  Locks. */
unsigned region_triggers(struct qemu_plugin_tb *tb);

/* Was a block at @pc translated without a callback?  User mode; recorder's lock held. */
bool region_was_passed_by(uint64_t pc);

/*
 * Take @v to @to, whose start it then has reached, and count the event that this is.
 * Where @v or @to is outside, it leaves or enters instead, or does nothing.
 */
void region_go(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause, bool aborted);

/* @v, of which is known how far it got, has gone on outside. */
void region_leave(struct vcpu *v);

#endif
