/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arm and Thumb call each other: blx with a fixed target changes state, so do
 * blx through a register, bx, and a return by pop.
 *
 * edge: outside -> _start entry 1
 * edge: arm_blx -> thumb_function call 3
 * edge: thumb_ret -> after_arm_blx return 3
 * edge: arm_blx_register -> thumb_calls indirect-call 3
 * edge: thumb_blx -> arm_function call 3
 * edge: arm_ret -> after_thumb_blx return 3
 * edge: thumb_bl -> thumb_function call 3
 * edge: thumb_ret -> after_thumb_bl return 3
 * edge: thumb_pop -> after_register return 3
 * edge: arm_bx -> thumb_tail indirect-jump 3
 * edge: thumb_bx -> back_in_arm indirect-jump 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #3
loop:
arm_blx:
    blx thumb_function
after_arm_blx:
    ldr r3, =thumb_calls
arm_blx_register:
    blx r3
after_register:
    ldr r3, =thumb_tail
arm_bx:
    bx r3
back_in_arm:
    subs r8, r8, #1
loop_end:
    bne loop
done:
    finish exit_insn, 0

    .type arm_function, %function
arm_function:
    nop
arm_ret:
    bx lr

    .thumb
    .thumb_func
thumb_function:
    nop
thumb_ret:
    bx lr

    .thumb_func
thumb_calls:
    push {r4, lr}
thumb_blx:
    blx arm_function
after_thumb_blx:
thumb_bl:
    bl thumb_function
after_thumb_bl:
    nop
thumb_pop:
    pop {r4, pc}

    .thumb_func
thumb_tail:
    ldr r3, =back_in_arm
thumb_bx:
    bx r3
