/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control arrived at a block, and not simply from the end of another: why?
 */
#ifndef CFLOW_ARRIVAL_H
#define CFLOW_ARRIVAL_H

#include "plugin/recorder.h"

/*
 * Account for how @v got from where it is (at, insn, completed: the engine has
 * filled them) to @to, and move it there.  In a callback that may read
 * registers.
 */
void arrival_classify(struct vcpu *v, const struct block *to);

/* @v comes back from code that is not recorded, and begins @to. */
void arrival_enter_region(struct vcpu *v, const struct block *to);

/* As arrival_classify(), to @pc, where no block ran because control was taken away again. */
void arrival_at_point(struct vcpu *v, uint64_t pc);

#endif
