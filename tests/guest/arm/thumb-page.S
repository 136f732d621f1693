/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four-byte Thumb instructions that lie half on one page and half on the next:
 * a plain one, and a branch that goes both ways.
 *
 * edge: outside -> _start entry 1
 * edge: to_thumb -> loop indirect-jump 1
 * edge: to_plain -> plain_block jump 5
 * edge: plain_end -> branch_block jump 5
 * edge: branch -> loop taken 4
 * edge: branch -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r4, #5
    ldr r3, =loop + 1
to_thumb:
    bx r3
    literals

    .thumb
    .balign 4096
    .skip 4096 - 2
plain_block:
    movw r0, #0x1234            /* 2 bytes here, 2 on the next page */
plain_end:
    b.w branch_block

    .balign 4096
    .skip 4096 - 8
loop:
    subs r4, #1
to_plain:
    b.w plain_block
branch_block:
branch:
    bne.w loop                  /* likewise */
done:
    movs r0, #0
    movs r7, #__NR_exit_group
exit_insn:
    svc #0
