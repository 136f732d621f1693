/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block that begins on one page and ends on the next.  It is entered five
 * times at its beginning and three times in its middle, where the page ends.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: first_call -> begin call 5
 * edge: block_ret -> after_first return 5
 * edge: first_loop -> _start taken 4
 * edge: first_loop -> second not-taken 1
 * edge: second_call -> middle call 3
 * edge: block_ret -> after_second return 3
 * edge: second_loop -> second taken 2
 * edge: second_loop -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    call_to first_call, begin
after_first:
    countdown first_loop, first_turns, _start
second:
    call_to second_call, middle
after_second:
    countdown second_loop, second_turns, second
done:
    finish exit_insn, 0
    literals

    .data
first_turns:
    word 5
second_turns:
    word 3

    .text
    .balign 4096
    .skip 4096 - 16
begin:
    .rept (16 / NOP_SIZE)
    nop
    .endr
middle:
    nop
    nop
    ret_from block_ret
