/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compressed transfers: c.beqz, c.bnez, c.j, c.jr, c.jalr, and a return
 * that is a c.jr.
 *
 * edge: outside -> _start entry 1
 * edge: beqz_insn -> even taken 4
 * edge: beqz_insn -> odd not-taken 4
 * edge: j_insn -> join jump 4
 * edge: jalr_insn -> function indirect-call 8
 * edge: ret_insn -> after_call return 8
 * edge: jr_insn -> landed indirect-jump 8
 * edge: beqz_to_next -> after_beqz not-taken 8
 * edge: loop_end -> loop taken 7
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    li s1, 8
loop:
    andi a5, s1, 1
beqz_insn:
    c.beqz a5, even
odd:
    c.addi a4, 1
j_insn:
    c.j join
even:
    c.addi a4, -1
join:
    la a3, function
jalr_insn:
    c.jalr a3
after_call:
    la a3, landed
jr_insn:
    c.jr a3
    unimp
landed:
    andi a5, s1, 1
beqz_to_next:
    c.beqz a5, after_beqz
after_beqz:
    c.addi s1, -1
loop_end:
    c.bnez s1, loop
done:
    finish exit_insn, 0

function:
    c.nop
ret_insn:
    c.jr ra
