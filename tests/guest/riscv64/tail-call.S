/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tail calls: near, far (auipc and jalr through a scratch register, an
 * indirect jump as far as the instruction goes) and indirect; the return goes
 * back to the first caller, who made a far call of the same kind.
 *
 * edge: outside -> _start entry 1
 * edge: far_call -> first indirect-call 3
 * edge: tail_jump -> second jump 3
 * edge: far_tail -> third indirect-jump 3
 * edge: indirect_tail -> fourth indirect-jump 3
 * edge: fourth_ret -> after_call return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    li s1, 3
loop:
upper1:
    auipc ra, %pcrel_hi(first)
far_call:
    jalr ra, %pcrel_lo(upper1)(ra)
after_call:
    addi s1, s1, -1
loop_end:
    bnez s1, loop
done:
    finish exit_insn, 0

first:
    nop
tail_jump:
    j second
second:
    nop
upper2:
    auipc t1, %pcrel_hi(third)
far_tail:
    jalr zero, %pcrel_lo(upper2)(t1)
third:
    la t1, fourth
indirect_tail:
    jr t1
fourth:
    nop
fourth_ret:
    ret
