/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory limit.
 *
 * What a recording takes grows with the code that runs, and a guest that generates
 * code runs more and more.  At the limit, code that was not seen before is passed by:
 * it gets no record and no counters, control leaves what is recorded when it goes
 * there (leave-region), enters again when it comes back (enter-region), and the blocks
 * begun meanwhile are counted, all in one number.  What was recorded before stays exact.
 */
#ifndef CFLOW_LIMIT_H
#define CFLOW_LIMIT_H

#include "plugin/recorder.h"

/* Is there no room for new code of @module (its place in the log)?  Recorder's lock held. */
bool limit_reached(uint32_t module);

/* Write down how much memory this process has for itself. */
void limit_account(void);

/*
 * The flow engine: what a vCPU's word `src` says while it is in code that is passed by,
 * and instrumentation for @tb, which is such code.  The engine's lock is held.
 */
#define LIMIT_TOKEN (1ull << 53)
void limit_pass_by(struct qemu_plugin_tb *tb);

/* A forked child: what it has from its parent is not its own. */
void limit_forked(void);

#endif
