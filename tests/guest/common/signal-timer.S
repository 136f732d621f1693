/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A timer's signals strike anywhere, N times.  However often that is, every
 * handler returns, and the loop's counts are exact.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * oracle: no
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> after_sigaction syscall 1
 * edge: timer_insn -> loop syscall 1
 * edge: loop_end -> loop taken 3999999
 * edge: loop_end -> stop not-taken 1
 * edge: stop_insn -> after_stop syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: * -> handler signal N
 * edge: handler_ret -> restorer return N
 * edge: sigreturn_insn -> * signal-return N
 *
 * disc: * -> handler signal SIGALRM N
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGALRM, action, 0, 8
after_sigaction:
    sys timer_insn, __NR_setitimer, 0, timer, 0
loop:
    countdown loop_end, turns, loop
stop:
    sys stop_insn, __NR_setitimer, 0, no_timer, 0
after_stop:
    finish exit_insn, 0

handler:
    inc handled
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_RESTART
timer:
    word 0, 1000, 0, 1000
no_timer:
    word 0, 0, 0, 0
turns:
    word 4000000
handled:
    word 0
