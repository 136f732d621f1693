/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The branches that count or test ecx themselves: loop, loope, loopne, jecxz.
 *
 * edge: outside -> _start entry 1
 * edge: loop_insn -> plain taken 6
 * edge: loop_insn -> second not-taken 1
 * edge: loope_insn -> while_equal taken 4
 * edge: loope_insn -> third not-taken 1
 * edge: loopne_insn -> until_equal taken 3
 * edge: loopne_insn -> fourth not-taken 1
 * edge: jecxz_insn -> empty taken 1
 * edge: jecxz_insn -> body not-taken 3
 * edge: body_end -> fourth_test jump 3
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $7, %ecx
plain:
    nop
loop_insn:
    loop plain
second:
    mov $5, %ecx
while_equal:
    cmp %eax, %eax
loope_insn:
    loope while_equal           /* equal each time, until ecx is 0 */
third:
    mov $100, %ecx
until_equal:
    cmp $97, %ecx
loopne_insn:
    loopne until_equal          /* equal at the fourth */
fourth:
    mov $3, %ecx
fourth_test:
jecxz_insn:
    jecxz empty
body:
    dec %ecx
body_end:
    jmp fourth_test
empty:
    finish exit_insn, 0
