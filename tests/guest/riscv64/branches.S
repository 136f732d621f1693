/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * If and else with every conditional branch: beq, bne, blt, bge, bltu, bgeu;
 * and branches to the next instruction, where taken and not taken are the
 * same transfer (counted as not taken).
 *
 * edge: outside -> _start entry 1
 * edge: if -> else taken 5
 * edge: if -> then not-taken 5
 * edge: then_end -> endif jump 5
 * edge: less -> small taken 6
 * edge: less -> not_less not-taken 4
 * edge: unsigned_less -> after_unsigned not-taken 10
 * edge: greater -> after_greater taken 10
 * edge: unsigned_greater -> big taken 3
 * edge: unsigned_greater -> not_big not-taken 7
 * edge: conditional_to_next -> after_conditional not-taken 10
 * edge: jump_to_next -> after_jump jump 10
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .option norvc
    .globl _start
_start:
    li s1, 10
    li s2, 7
    li s3, 8
    li s4, -1
loop:
    andi t0, s1, 1
if:
    beq t0, zero, else
then:
    addi t1, t1, 1
then_end:
    j endif
else:
    addi t1, t1, -1
endif:
less:
    blt s1, s2, small
not_less:
    nop
small:
unsigned_less:
    bltu s4, s1, loop
after_unsigned:
greater:
    bge s1, s4, after_greater
    unimp
after_greater:
unsigned_greater:
    bgeu s1, s3, big
not_big:
    nop
big:
conditional_to_next:
    beq t0, zero, after_conditional
after_conditional:
jump_to_next:
    j after_jump
after_jump:
    addi s1, s1, -1
loop_end:
    bne s1, zero, loop
done:
    finish exit_insn, 0
