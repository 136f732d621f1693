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
    mov w1, #3
outer:
    mov w0, #10
inner:
    subs w0, w0, #1
inner_end:
    b.ne inner
outer_end:
    subs w1, w1, #1
outer_branch:
    b.ne outer
done:
    finish exit_insn, 0
