/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * If and else; branches that never and always go; and branches to the next
 * instruction, where taken and not taken are the same transfer (counted as
 * not taken).  Instructions that are merely predicated make no edges.
 *
 * edge: outside -> _start entry 1
 * edge: if -> else taken 5
 * edge: if -> then not-taken 5
 * edge: then_end -> endif jump 5
 * edge: never -> after_never not-taken 10
 * edge: always -> after_always taken 10
 * edge: conditional_to_next -> after_conditional not-taken 10
 * edge: jump_to_next -> after_jump jump 10
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r0, #10
loop:
    tst r0, #1
if:
    beq else
then:
    add r1, r1, #1
then_end:
    b endif
else:
    sub r1, r1, #1
endif:
    addeq r1, r1, #1
    movne r2, #1
    ldreq r3, [sp]
    strne r3, [sp]
    cmp r0, r0
never:
    bne loop
after_never:
always:
    beq after_always
    udf #0
after_always:
    cmp r0, #5
conditional_to_next:
    blt after_conditional
after_conditional:
jump_to_next:
    b after_jump
after_jump:
    subs r0, r0, #1
loop_end:
    bne loop
done:
    finish exit_insn, 0
