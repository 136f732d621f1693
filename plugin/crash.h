/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User mode, a signal that dumps core: did an instruction of the guest's raise it, or did
 * somebody send it?  QEMU calls plugins when such a signal ends the process, but tells
 * nothing about it.
 */
#ifndef CFLOW_CRASH_H
#define CFLOW_CRASH_H

#include <stdbool.h>

/*
 * See how @signum (the host's number; 0: all that dump core) comes, before QEMU does.
 * Called when QEMU may have installed a handler of its own.
 */
void crash_watch(int signum);

/* None of them was sent so far: if one ends the process, its own code has faulted. */
bool crash_is_fault(void);

#endif
