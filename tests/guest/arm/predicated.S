/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Predicated transfers: calls, returns and jumps that happen or not.  One that
 * does not happen goes to the next instruction, not taken; one that happens
 * is a call, a return, an indirect jump.
 *
 * edge: outside -> _start entry 1
 * edge: cond_call -> function call 4
 * edge: cond_call -> after_cond_call not-taken 4
 * edge: cond_blx -> function indirect-call 4
 * edge: cond_blx -> after_cond_blx not-taken 4
 *
 * edge: early_bx -> after_cond_call return 2
 * edge: early_bx -> after_cond_blx return 2
 * edge: early_bx -> try_pop not-taken 4
 * edge: early_pop -> after_cond_call return 1
 * edge: early_pop -> after_cond_blx return 1
 * edge: early_pop -> try_mov not-taken 2
 * edge: early_mov -> after_cond_call return 1
 * edge: early_mov -> after_cond_blx return 1
 *
 * edge: cond_load -> landed indirect-jump 2
 * edge: cond_load -> not_loaded not-taken 6
 * edge: loop_end -> loop taken 7
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #8
loop:
    tst r8, #1
cond_call:
    bleq function               /* r8 = 8, 6, 4, 2 */
after_cond_call:
    adr r3, function
    tst r8, #1
cond_blx:
    blxeq r3
after_cond_blx:
    adr r3, target
    tst r8, #3
cond_load:
    ldreq pc, [r3]              /* r8 = 8, 4 */
not_loaded:
    nop
landed:
    subs r8, r8, #1
loop_end:
    bne loop
done:
    finish exit_insn, 0

target:
    .word landed

function:
    tst r8, #2
early_bx:
    bxne lr                     /* r8 = 6, 2 */
try_pop:
    push {r4, lr}
    tst r8, #4
early_pop:
    popne {r4, pc}              /* r8 = 4 */
try_mov:
    pop {r4, lr}
    cmp r8, #8
early_mov:
    moveq pc, lr                /* r8 = 8 */
    udf #0
