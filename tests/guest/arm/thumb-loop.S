/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thumb: branches of two and four bytes, cbz and cbnz, in one loop inside
 * another.
 *
 * edge: outside -> _start entry 1
 * edge: to_thumb -> thumb indirect-jump 1
 * edge: inner_end -> inner taken 27
 * edge: inner_end -> test not-taken 3
 * edge: cbz_insn -> even taken 1
 * edge: cbz_insn -> odd not-taken 2
 * edge: odd_end -> even jump 2
 * edge: wide -> after_wide not-taken 3
 * edge: outer_branch -> outer taken 2
 * edge: outer_branch -> done not-taken 1
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
    movs r1, #3
outer:
    movs r0, #10
inner:
    subs r0, #1
inner_end:
    bne.n inner
test:
    and r2, r1, #1
cbz_insn:
    cbz r2, even
odd:
    nop
odd_end:
    b.w even
    udf #0
even:
    cmp r1, r1
wide:
    bne.w outer
after_wide:
    subs r1, #1
outer_branch:
    bne.n outer
done:
    movs r0, #0
    movs r7, #__NR_exit_group
exit_insn:
    svc #0
