/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four-byte instructions that lie half on one page and half on the next, as
 * compressed code allows: a plain one, and a branch that goes both ways.
 *
 * edge: outside -> _start entry 1
 * edge: to_loop -> loop jump 1
 * edge: to_plain -> plain_block jump 5
 * edge: plain_end -> branch_block jump 5
 * edge: branch -> loop taken 4
 * edge: branch -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    li s1, 5
to_loop:
    j loop

    .option rvc
    .balign 4096
    .skip 4096 - 2
plain_block:
    lui t0, 0x12345             /* 2 bytes here, 2 on the next page */
plain_end:
    j branch_block

    .option rvc
    .balign 4096
    .skip 4096 - 10
loop:
    c.addi s1, -1
    .option norvc
to_plain:
    j plain_block
    .option rvc
branch_block:
    c.nop
    .option norvc
branch:
    bne s1, zero, loop          /* likewise */
done:
    finish exit_insn, 0
