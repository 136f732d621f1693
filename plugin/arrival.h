/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control arrived at a block, and not simply from the end of another: why?
 */
#ifndef CFLOW_ARRIVAL_H
#define CFLOW_ARRIVAL_H

#include "plugin/recorder.h"

/*
 * Account for how @v got from where it was to @to; @mark is the last mark it
 * left (0: none since it entered its block).  The caller then moves it to @to.
 * In a callback that may read registers.
 */
void arrival_classify(struct vcpu *v, const struct block *to, uint64_t mark);

/* Note how far @v got, before its exit is counted; @mark as above. */
void arrival_settle(struct vcpu *v, uint64_t mark);

/* QEMU announced a discontinuity on @v's thread: keep it for the next arrival. */
void arrival_discon(struct vcpu *v, int type, uint64_t from, uint64_t to);

#endif
