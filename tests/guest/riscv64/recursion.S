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
 * edge: test_n -> one_ret taken 89
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
    li a0, 10
start_call:
    jal fib
after_start:
    save_result result
    finish_with exit_insn, result

fib:
    li t0, 2
test_n:
    blt a0, t0, one_ret
more:
    addi sp, sp, -16
    sd ra, 8(sp)
    sd a0, (sp)
    addi a0, a0, -1
call1:
    jal fib
after1:
    ld t1, (sp)
    sd a0, (sp)
    addi a0, t1, -2
call2:
    jal fib
after2:
    ld t1, (sp)
    ld ra, 8(sp)
    addi sp, sp, 16
    add a0, a0, t1
more_ret:
    ret
one_ret:
    ret

    .data
result:
    word 0
