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
 * edge: test_n -> one taken 89
 * edge: test_n -> more not-taken 88
 * edge: call1 -> fib call 88
 * edge: call2 -> fib call 88
 * edge: one_ret -> after1 return 34
 * edge: one_ret -> after2 return 55
 * edge: more_ret -> after1 return 54
 * edge: more_ret -> after2 return 33
 * edge: more_ret -> after_start return 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov x0, #10
start_call:
    bl fib
after_start:
    save_result result
    finish_with exit_insn, result

fib:
    cmp x0, #2
test_n:
    b.lt one
more:
    stp x0, x30, [sp, #-16]!
    sub x0, x0, #1
call1:
    bl fib
after1:
    ldr x1, [sp]
    str x0, [sp]
    sub x0, x1, #2
call2:
    bl fib
after2:
    ldp x1, x30, [sp], #16
    add x0, x0, x1
more_ret:
    ret
one:
    nop
one_ret:
    ret

    .data
result:
    word 0
