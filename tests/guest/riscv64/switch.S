/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A switch through a jump table: one indirect jump, four destinations.
 *
 * edge: outside -> _start entry 1
 * edge: dispatch -> case0 indirect-jump 3
 * edge: dispatch -> case1 indirect-jump 2
 * edge: dispatch -> case2 indirect-jump 2
 * edge: dispatch -> case3 indirect-jump 2
 * edge: case0_end -> next jump 3
 * edge: case1_end -> next jump 2
 * edge: case2_end -> next jump 2
 * edge: loop_end -> loop taken 8
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    li s1, 0
    li s2, 9
loop:
    andi t0, s1, 3
    slli t0, t0, 3
    la t1, table
    add t0, t0, t1
    ld t2, (t0)
dispatch:
    jr t2
case0:
    nop
case0_end:
    j next
case1:
    nop
case1_end:
    j next
case2:
    nop
case2_end:
    j next
case3:
    nop
next:
    addi s1, s1, 1
loop_end:
    bne s1, s2, loop
done:
    finish exit_insn, 0

    .section .rodata
    .balign 8
table:
    word case0, case1, case2, case3
