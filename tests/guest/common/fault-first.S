/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The very first instruction of a block faults; a branch leads to it.  The
 * branch's count is not touched by what becomes of its destination.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 2
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> loop syscall 1
 * edge: loop_branch -> first taken 2
 * edge: loop_branch -> done not-taken 1
 * edge: first -> handler signal 2
 * edge: handler_ret -> restorer return 2
 * edge: sigreturn_insn -> loop signal-return 2
 * edge: exit_insn -> outside exit 1
 *
 * disc: first -> handler signal SIGSEGV 2 mid-block
 * insn: first left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
loop:
    aim_at_nothing
    countdown loop_branch, turns, first
done:
    finish_with exit_insn, handled

first:
    load_aimed
    finish never_insn, 9

handler:
    inc handled
    resume_at loop
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_SIGINFO
turns:
    word 3
handled:
    word 0
