/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thumb's table branches, by bytes and by halfwords.
 *
 * edge: outside -> _start entry 1
 * edge: to_thumb -> thumb indirect-jump 1
 * edge: tbb_insn -> a0 indirect-jump 2
 * edge: tbb_insn -> a1 indirect-jump 2
 * edge: tbb_insn -> a2 indirect-jump 2
 * edge: a0_end -> second jump 2
 * edge: a1_end -> second jump 2
 * edge: tbh_insn -> b0 indirect-jump 2
 * edge: tbh_insn -> b1 indirect-jump 2
 * edge: tbh_insn -> b2 indirect-jump 2
 * edge: b0_end -> next jump 2
 * edge: b1_end -> next jump 2
 * edge: wrap -> keep taken 4
 * edge: wrap -> reset not-taken 2
 * edge: loop_end -> loop taken 5
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    adr r3, thumb + 1
to_thumb:
    bx r3

    .thumb
    .balign 4
thumb:
    movs r5, #6
    movs r4, #0
loop:
tbb_insn:
    tbb [pc, r4]
tbb_table:
    .byte (a0 - tbb_table) / 2, (a1 - tbb_table) / 2, (a2 - tbb_table) / 2, 0
a0:
    nop
a0_end:
    b second
a1:
    nop
a1_end:
    b second
a2:
    nop
second:
tbh_insn:
    tbh [pc, r4, lsl #1]
tbh_table:
    .hword (b0 - tbh_table) / 2, (b1 - tbh_table) / 2, (b2 - tbh_table) / 2
b0:
    nop
b0_end:
    b next
b1:
    nop
b1_end:
    b next
b2:
    nop
next:
    adds r4, #1
    cmp r4, #3
wrap:
    bne keep
reset:
    movs r4, #0
keep:
    subs r5, #1
loop_end:
    bne loop
done:
    movs r0, #0
    movs r7, #__NR_exit_group
exit_insn:
    svc #0
