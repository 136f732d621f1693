/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process has a profile of its own; the parent's does not count what
 * the child does, and the child's does not count what came before the fork.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * oracle: no
 *
 * edge: outside -> _start entry 1
 * edge: before_loop -> _start taken 4
 * edge: before_loop -> split_up not-taken 1
 * edge: fork_insn -> after_fork syscall 1
 * edge: child_branch -> parent not-taken 1
 * edge: wait_insn -> after_wait syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * child-edge: outside -> after_fork entry 1
 * child-edge: child_branch -> child taken 1
 * child-edge: child_loop -> child taken 9
 * child-edge: child_loop -> child_done not-taken 1
 * child-edge: child_exit -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    countdown before_loop, before_turns, _start
split_up:
    sys fork_insn, __NR_clone, SIGCHLD, 0, 0, 0, 0
after_fork:
    if_result_zero child_branch, child
parent:
    sys wait_insn, __NR_wait4, -1, 0, 0, 0
after_wait:
    finish exit_insn, 0

child:
    countdown child_loop, child_turns, child
child_done:
    sys child_exit, __NR_exit_group, 7

    .data
before_turns:
    word 5
child_turns:
    word 10
