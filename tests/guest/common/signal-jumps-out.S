/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handler that never returns but jumps out, as siglongjmp does.  The
 * instruction that was interrupted is arrived at and never executed.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> again syscall 1
 * edge: gettid_insn -> got_tid syscall 3
 * edge: tkill_insn -> after_kill syscall 3
 * edge: after_kill -> handler signal 3
 * edge: handler_leaves -> resumed jump 3
 * edge: loop_end -> again taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: after_kill -> handler signal SIGUSR1 3
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
again:
    sys gettid_insn, __NR_gettid
got_tid:
    sys_again tkill_insn, __NR_tkill, SIGUSR1
after_kill:
    finish never_insn, 1
resumed:
    countdown loop_end, turns, again
done:
    finish exit_insn, 0

handler:
    take_stack stack_top
    go handler_leaves, resumed

    restorer_rt

    .data
    sigaction action, handler, SA_NODEFER
turns:
    word 3

    .bss
    .balign 16
    .skip 32768
stack_top:
