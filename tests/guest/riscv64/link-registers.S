/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What jal and jalr mean depends on their registers: with ra (or t0, the other
 * link register) as destination they call, jalr x0 from a link register
 * returns, anything else jumps.
 *
 * edge: outside -> _start entry 1
 * edge: jal_ra -> function call 3
 * edge: function_ret -> after_jal_ra return 3
 * edge: jal_t0 -> millicode call 3
 * edge: millicode_ret -> after_jal_t0 return 3
 * edge: jal_zero -> after_jump jump 3
 * edge: jalr_ra -> function indirect-call 3
 * edge: function_ret -> after_jalr_ra return 3
 * edge: jalr_t0 -> millicode indirect-call 3
 * edge: millicode_ret -> after_jalr_t0 return 3
 * edge: jalr_same -> function indirect-call 3
 * edge: function_ret -> after_same return 3
 * edge: jalr_zero -> landed indirect-jump 3
 * edge: jalr_offset -> past indirect-jump 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .option norvc
    .globl _start
_start:
    li s1, 3
loop:
jal_ra:
    jal ra, function
after_jal_ra:
jal_t0:
    jal t0, millicode
after_jal_t0:
jal_zero:
    jal zero, after_jump
    unimp
after_jump:
    la t1, function
jalr_ra:
    jalr ra, 0(t1)
after_jalr_ra:
    la t1, millicode
jalr_t0:
    jalr t0, 0(t1)
after_jalr_t0:
    la ra, function
jalr_same:
    jalr ra, 0(ra)
after_same:
    la t1, landed
jalr_zero:
    jalr zero, 0(t1)
    unimp
landed:
    la t1, past - 8
jalr_offset:
    jalr zero, 8(t1)
    unimp
past:
    addi s1, s1, -1
loop_end:
    bnez s1, loop
done:
    finish exit_insn, 0

function:
    nop
function_ret:
    ret

millicode:
    nop
millicode_ret:
    jr t0
