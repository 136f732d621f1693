/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One loop in another, without compressed instructions.
 *
 * edge: outside -> _start entry 1
 * edge: inner_end -> inner taken 27
 * edge: inner_end -> outer_end not-taken 3
 * edge: outer_branch -> outer taken 2
 * edge: outer_branch -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .option norvc
    .globl _start
_start:
    li s1, 3
outer:
    li s2, 10
inner:
    addi s2, s2, -1
inner_end:
    bnez s2, inner
outer_end:
    addi s1, s1, -1
outer_branch:
    bnez s1, outer
done:
    finish exit_insn, 0
