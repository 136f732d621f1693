/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One loop in another.
 *
 * edge: outside -> _start entry 1
 * edge: inner_end -> inner taken 27
 * edge: inner_end -> outer_end not-taken 3
 * edge: outer_branch -> outer taken 2
 * edge: outer_branch -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $3, %esi
outer:
    mov $10, %ecx
inner:
    dec %ecx
inner_end:
    jnz inner
outer_end:
    dec %esi
outer_branch:
    jnz outer
done:
    finish exit_insn, 0
