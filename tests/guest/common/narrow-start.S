/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording begins with the second call of a function, and ends where another is
 * called for the second time since.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * record: --start-at first:2 --stop-at second:2
 *
 * edge: outside -> first enter-region 1
 * edge: first_ret -> after_first return 2
 * edge: second_call -> second call 1
 * edge: second_ret -> after_second return 1
 * edge: loop_end -> loop taken 1
 * edge: first_call -> first call 1
 * edge: second_call -> outside leave-region 1
 */
#include "abi.h"

    .globl _start
_start:
loop:
    call_to first_call, first
after_first:
    call_to second_call, second
after_second:
    countdown loop_end, turns, loop
done:
    finish exit_insn, 0

    .type first, %function
first:
    ret_from first_ret
    .size first, . - first

    .type second, %function
second:
    ret_from second_ret
    .size second, . - second

    .data
turns:
    word 9
