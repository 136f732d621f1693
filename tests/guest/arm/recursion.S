/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tenth Fibonacci number, the slow way: fib is called 177 times in all,
 * 89 times with n of 0 (always by the second call) or 1.  Each return has
 * several destinations.
 *
 * exit: 55
 *
 * edge: outside -> _start entry 1
 * edge: start_call -> fib call 1
 * edge: early_ret -> after1 return 34
 * edge: early_ret -> after2 return 55
 * edge: early_ret -> more not-taken 88
 * edge: call1 -> fib call 88
 * edge: call2 -> fib call 88
 * edge: more_ret -> after1 return 54
 * edge: more_ret -> after2 return 33
 * edge: more_ret -> after_start return 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r0, #10
start_call:
    bl fib
after_start:
    save_result result
    finish_with exit_insn, result

fib:
    cmp r0, #2
early_ret:
    bxlt lr
more:
    push {r0, lr}
    sub r0, r0, #1
call1:
    bl fib
after1:
    ldr r1, [sp]
    str r0, [sp]
    sub r0, r1, #2
call2:
    bl fib
after2:
    pop {r1, lr}
    add r0, r0, r1
more_ret:
    bx lr

    .data
result:
    word 0
