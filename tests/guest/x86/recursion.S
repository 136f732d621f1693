/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tenth Fibonacci number, the slow way: fib is called 177 times in all,
 * 89 times with n of 0 (always by the second
 * call) or 1.  Each return has several destinations.
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
    mov $10, %ecx
start_call:
    call fib
after_start:
    mov %eax, result
    finish_with exit_insn, result

fib:
    cmp $2, %ecx
test_n:
    jl one
more:
    push XCX
    dec %ecx
call1:
    call fib
after1:
    pop XCX
    push XAX
    sub $2, %ecx
call2:
    call fib
after2:
    pop XCX
    add %ecx, %eax
more_ret:
    ret
one:
    mov %ecx, %eax
one_ret:
    ret

    .data
result:
    word 0
