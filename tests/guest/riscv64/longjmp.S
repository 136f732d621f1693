/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handmade setjmp and longjmp: setjmp returns once by its return and three
 * times by longjmp's indirect jump, out of a function two calls deep.
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
    li s1, 4
setjmp_call:
    jal setjmp
after_setjmp:
    addi s1, s1, -1
enough:
    beqz s1, done
deeper:
    nop
deeper_call:
    jal deep
    unimp
done:
    finish exit_insn, 0

deep:
    addi sp, sp, -16
longjmp_call:
    jal longjmp
    unimp

setjmp:
    mv s2, ra
    mv s3, sp
setjmp_ret:
    ret

longjmp:
    mv sp, s3
longjmp_jump:
    jr s2
