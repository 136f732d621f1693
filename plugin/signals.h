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
    SYSCALL_EXIT,       /* of a thread */
    SYSCALL_EXIT_GROUP, /* of all */
    SYSCALL_KILL,       /* a signal, perhaps to oneself */
    SYSCALL_CLONE,      /* a process or a thread */
    SYSCALL_SIGACTION,
};

/* What the guest's system call @num is to us; learns handlers on the way. */
enum signals_syscall signals_syscall(int64_t num, const uint64_t args[4]);

/*
 * May other threads or processes use the guest's memory after this call?  Then
 * QEMU translates everything anew (begin_parallel_context() in linux-user).
 */
bool signals_shares_memory(int64_t num, const uint64_t args[4]);

/* Does this call, of the class SYSCALL_CLONE, make a thread of this process? */
bool signals_makes_thread(int64_t num, const uint64_t args[4]);

/* As signals_syscall(), without looking at arguments: for a call that has returned. */
enum signals_syscall signals_syscall_class(int64_t num);

/* Is @num execveat, and not execve? */
bool signals_is_execveat(int64_t num);

/* Does @num map memory, and its second argument say how much? */
bool signals_is_mmap(int64_t num);

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
