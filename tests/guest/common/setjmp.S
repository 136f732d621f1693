/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C library's setjmp, which returns once by itself and three times because
 * of longjmp.  (How longjmp makes its jump is its own affair.)
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * build: -static -no-pie
 * scope: main
 *
 * edge: * -> main * 1
 * edge@!riscv64: call_setjmp -> * call 1
 * edge@riscv64: call_setjmp -> * indirect-call 1
 * edge: * -> after_setjmp * 4
 * edge: loop_end -> leap taken 3
 * edge: loop_end -> done not-taken 1
 * edge@!riscv64: call_longjmp -> * call 3
 * edge@riscv64: call_longjmp -> * indirect-call 3
 * edge: main_ret -> * return 1
 */
#include "abi.h"

    .globl main
    .type main, %function
main:
    c_enter
    c_call call_setjmp, _setjmp, buffer
after_setjmp:
    countdown loop_end, turns, leap
done:
    c_leave main_ret
leap:
    c_call call_longjmp, longjmp, buffer, 1
    .size main, . - main
    literals

    .data
turns:
    word 4

    .bss
    .balign 16
buffer:
    .skip 1024
