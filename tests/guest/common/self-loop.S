/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A jump to itself, left by an alarm's handler, which jumps out.  How often
 * it jumped is up to the machine.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> after_sigaction syscall 1
 * edge: timer_insn -> spin syscall 1
 * edge: spin -> spin jump *
 * edge: spin -> handler signal 1
 * edge: handler_leaves -> out jump 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: spin -> handler signal SIGALRM 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGALRM, action, 0, 8
after_sigaction:
    sys timer_insn, __NR_setitimer, 0, timer, 0
    go spin, spin
out:
    finish exit_insn, 0

handler:
    take_stack stack_top
    go handler_leaves, out

    restorer_rt

    .data
    sigaction action, handler
timer:
    word 0, 0, 0, 100000

    .bss
    .balign 16
    .skip 32768
stack_top:
