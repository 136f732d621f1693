/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A switch through a table of distances: one indirect jump, four
 * destinations.
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
    mov x0, #0
loop:
    and x1, x0, #3
    adr x2, table
    ldrb w1, [x2, x1]
    adr x2, case0
    add x2, x2, x1, lsl #2
dispatch:
    br x2
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
    add x0, x0, #1
    cmp x0, #9
loop_end:
    b.ne loop
done:
    finish exit_insn, 0

table:
    .byte 0, (case1 - case0) / 4, (case2 - case0) / 4, (case3 - case0) / 4
