/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handmade setjmp and longjmp: setjmp returns once by its return and three
 * times by longjmp's indirect jump, out of a function two calls
 * deep.
 *
 * edge: outside -> _start entry 1
 * edge: setjmp_call -> setjmp call 1
 * edge: setjmp_ret -> after_setjmp return 1
 * edge: longjmp_jump -> after_setjmp indirect-jump 3
 * edge: enough -> deeper not-taken 3
 * edge: enough -> done taken 1
 * edge: deeper_call -> deep call 3
 * edge: longjmp_call -> longjmp call 3
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #4
setjmp_call:
    bl setjmp
after_setjmp:
    subs r8, r8, #1
enough:
    beq done
deeper:
    nop
deeper_call:
    bl deep
    udf #0
done:
    finish exit_insn, 0

deep:
    push {r4, lr}
longjmp_call:
    bl longjmp
    udf #0

setjmp:
    mov r9, lr
    mov r10, sp
setjmp_ret:
    bx lr

longjmp:
    mov sp, r10
longjmp_jump:
    bx r9
