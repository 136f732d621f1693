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
    xor %esi, %esi
setjmp_call:
    call setjmp
after_setjmp:
    cmp $3, %esi
enough:
    je done
deeper:
    inc %esi
deeper_call:
    call deep
    ud2
done:
    finish exit_insn, 0

deep:
    push XAX
longjmp_call:
    call longjmp
    ud2

setjmp:
    mov (XSP), XAX
    mov XAX, saved_pc
    lea WORD_SIZE(XSP), XAX
    mov XAX, saved_sp
setjmp_ret:
    ret

longjmp:
    mov saved_sp, XSP
longjmp_jump:
    jmp *saved_pc

    .bss
saved_pc:
    word 0
saved_sp:
    word 0
