/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A blocking read, interrupted by an alarm whose handler was installed without
 * SA_RESTART: read fails with EINTR, so control is after it when the handler
 * starts.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 1
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> after_sigaction syscall 1
 * edge: pipe_insn -> after_pipe syscall 1
 * edge: timer_insn -> after_timer syscall 1
 * edge: read_insn -> after_read syscall 1
 * edge: after_read -> handler signal 1
 * edge: handler_ret -> restorer return 1
 * edge: sigreturn_insn -> after_read signal-return 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: after_read -> handler signal SIGALRM 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGALRM, action, 0, 8
after_sigaction:
    sys pipe_insn, __NR_pipe2, fds, 0
after_pipe:
    sys timer_insn, __NR_setitimer, 0, timer, 0
after_timer:
    sys_cell read_insn, __NR_read, fds, buffer, 1
after_read:
    finish_with exit_insn, handled

handler:
    inc handled
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
timer:
    word 0, 0, 0, 200000
fds:
    .long 0, 0
handled:
    word 0
buffer:
    word 0
