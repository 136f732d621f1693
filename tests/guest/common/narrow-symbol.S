/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only two functions are recorded: they call each other, a third one that is not
 * recorded, and are called back by it.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * record: --symbol part_*
 *
 * edge: outside -> part_outer enter-region 3
 * edge: part_call -> part_inner call 3
 * edge: inner_end -> inner_loop taken 12
 * edge: inner_end -> inner_done not-taken 6
 * edge: inner_ret -> after_part return 3
 * edge: leave_call -> outside leave-region 3
 * edge: outside -> part_inner enter-region 3
 * edge: inner_ret -> outside leave-region 3
 * edge: outside -> after_leave enter-region 3
 * edge: outer_ret -> outside leave-region 3
 */
#include "abi.h"

    .globl _start
_start:
loop:
    call_to main_call, part_outer
after_outer:
    countdown loop_end, turns, loop
done:
    finish exit_insn, 0

    .type other, %function
other:
    c_enter
    call_to other_call, part_inner
after_inner:
    c_leave other_ret
    .size other, . - other
    literals

    .balign 32
    .type part_outer, %function
part_outer:
    c_enter
    call_to part_call, part_inner
after_part:
    call_to leave_call, other
after_leave:
    c_leave outer_ret
    .size part_outer, . - part_outer
    literals

    .balign 32
    .type part_inner, %function
part_inner:
    put rounds, 3
inner_loop:
    countdown inner_end, rounds, inner_loop
inner_done:
    ret_from inner_ret
    .size part_inner, . - part_inner
    literals

    .data
turns:
    word 3
rounds:
    word 0
