/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two switches: one loads the program counter from a table of addresses, one
 * adds to it and lands in a table of branches.
 *
 * edge: outside -> _start entry 1
 * edge: dispatch -> case0 indirect-jump 3
 * edge: dispatch -> case1 indirect-jump 2
 * edge: dispatch -> case2 indirect-jump 2
 * edge: dispatch -> case3 indirect-jump 2
 * edge: case0_end -> next jump 3
 * edge: case1_end -> next jump 2
 * edge: case2_end -> next jump 2
 * edge: add_pc -> branch0 indirect-jump 3
 * edge: add_pc -> branch1 indirect-jump 2
 * edge: add_pc -> branch2 indirect-jump 2
 * edge: add_pc -> branch3 indirect-jump 2
 * edge: branch0 -> after jump 3
 * edge: branch1 -> after jump 2
 * edge: branch2 -> after jump 2
 * edge: branch3 -> after jump 2
 * edge: loop_end -> loop taken 8
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r0, #0
loop:
    and r1, r0, #3
    adr r2, table
dispatch:
    ldr pc, [r2, r1, lsl #2]
table:
    .word case0, case1, case2, case3
case0:
    nop
case0_end:
    b next
case1:
    nop
case1_end:
    b next
case2:
    nop
case2_end:
    b next
case3:
    nop
next:
    and r1, r0, #3
add_pc:
    add pc, pc, r1, lsl #2
    udf #0
branch0:
    b after
branch1:
    b after
branch2:
    b after
branch3:
    b after
after:
    add r0, r0, #1
    cmp r0, #9
loop_end:
    bne loop
done:
    finish exit_insn, 0
