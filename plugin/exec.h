/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest executes another program.  QEMU hands that to the host's kernel, and
 * the new program would run without QEMU; so, just before, the plugin executes
 * QEMU with that program in the guest's stead.
 */
#ifndef CFLOW_EXEC_H
#define CFLOW_EXEC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The guest calls execve, or execveat if @at, with @args; called before QEMU has
 * done anything about it.  Returns if QEMU is to go on: the call will fail, or the
 * program cannot be recorded, which the arena then counts.
 */
void exec_begins(bool at, const uint64_t args[5]);

/* The call has returned to the guest, so it failed. */
void exec_failed(void);

#endif
