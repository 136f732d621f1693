/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same with SA_RESTART: the interrupted read begins again after the
 * handler, which has put a byte into the pipe by then.  The instruction that
 * is interrupted is the system call itself; its one completed execution is
 * what goes on to the next instruction.
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
 * edge: read_insn -> handler signal 1
 * edge: write_insn -> after_write syscall 1
 * edge: handler_ret -> restorer return 1
 * edge: sigreturn_insn -> read_insn signal-return 1
 * edge: read_insn -> after_read syscall 1
 * edge: exit_insn -> outside exit 1
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
    finish_with exit_insn, buffer

handler:
    sys_cell write_insn, __NR_write, fds + 4, one, 1
after_write:
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_RESTART
timer:
    word 0, 0, 0, 200000
fds:
    .long 0, 0
one:
    word 1
buffer:
    word 0
