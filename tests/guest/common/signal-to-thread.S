/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main thread sends a signal to another, which sits in a blocking read:
 * the handler runs in that thread, the read fails, and the thread ends.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> after_sigaction syscall 1
 * edge: pipe_insn -> create syscall 1
 * edge: clone_insn -> after_clone syscall 1
 * edge: child_branch -> parent not-taken 1
 * edge: nap1_insn -> after_nap1 syscall 1
 * edge: tkill_insn -> after_tkill syscall 1
 * edge: nap2_insn -> after_nap2 syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 1
 * edge: child_branch -> thread taken 1
 * edge: read_insn -> after_read syscall 1
 * edge: after_read -> handler signal 1
 * edge: handler_ret -> restorer return 1
 * edge: sigreturn_insn -> after_read signal-return 1
 * edge: thread_exit -> outside exit 1
 *
 * disc: after_read -> handler signal SIGUSR1 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
after_sigaction:
    sys pipe_insn, __NR_pipe2, fds, 0
create:
    clone_thread clone_insn, stack_top, ctid
after_clone:
    if_result_zero child_branch, thread
parent:
    save_result child
    sys nap1_insn, __NR_nanosleep, tenth, 0
after_nap1:
    sys_cell tkill_insn, __NR_tkill, child, SIGUSR1
after_tkill:
    sys nap2_insn, __NR_nanosleep, tenth, 0
after_nap2:
    finish exit_insn, 0
    literals

thread:
    sys_cell read_insn, __NR_read, fds, byte, 1
after_read:
    inc ended
    sys thread_exit, __NR_exit, 0
    literals

handler:
    inc handled
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
fds:
    .long 0, 0
ctid:
    word 1
child:
    word 0
byte:
    word 0
handled:
    word 0
ended:
    word 0
tenth:
    word 0, 100000000

    .bss
    .balign 16
    .skip 32768
stack_top:
