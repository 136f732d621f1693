/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals in user mode.  QEMU does not announce them, so handlers are learned
 * from the guest's sigaction calls, and when one starts, the frame that QEMU
 * put on the guest's stack says which instruction was interrupted.
 */
#ifndef CFLOW_SIGNALS_H
#define CFLOW_SIGNALS_H

#include "plugin/recorder.h"

#define SIGNALS_MAX_NESTED 16

/* One signal about to be handled: it interrupted @pc; its frame is at @sp. */
struct signal_entry {
    int signum;
    uint64_t handler, pc, sp;
};

/* Pick the ABI for QEMU's target name; without one, signals are unexplained. */
void signals_init(const char *target);

/* On a vCPU's own thread, once registers can be listed. */
void signals_vcpu_init(void);

enum signals_syscall {
    SYSCALL_OTHER,
    SYSCALL_SIGRETURN,
    SYSCALL_EXEC,
    SYSCALL_MAPPING,
    SYSCALL_PROTECT,
    SYSCALL_EXIT,
    SYSCALL_KILL, /* a signal, perhaps to oneself */
};

/* What the guest's system call @num is to us; learns handlers on the way. */
enum signals_syscall signals_syscall(int64_t num, const uint64_t args[4]);

/* The same without looking at arguments: for a call that has returned. */
enum signals_syscall signals_syscall_class(int64_t num);

/* Is @num execveat, and not execve? */
bool signals_is_execveat(int64_t num);

/* Size of a pointer in the guest, bytes; 0 if the ABI is not known. */
unsigned signals_word(void);

/* Read @n bytes of guest memory in a system call's callback. */
bool signals_read(uint64_t addr, void *buf, size_t n);

/*
 * Control arrived at @handler_pc, where a handler starts.  Fills @entries, the
 * newest signal first, and returns how many frames QEMU stacked; 0 if the
 * guest itself went there.  In a callback that may read registers.
 */
unsigned signals_entered(uint64_t handler_pc, struct signal_entry *entries);

/* The stack pointer, in a callback that may read registers; 0 if unknown. */
uint64_t signals_stack(void);

/* Does a handler start at @pc?  The recorder's lock is held. */
bool signals_is_handler(uint64_t pc);

/* May an instruction raise @signum by itself? */
bool signals_synchronous(int signum);

#endif
