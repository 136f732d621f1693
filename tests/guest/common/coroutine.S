/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two coroutines of the C library's making: main and coro hand control to each
 * other with swapcontext, which is called and returns somewhere else.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * build: -static -no-pie
 * scope: main, coro
 *
 * edge: * -> main * 1
 * edge@!riscv64: call_get -> * call 1
 * edge@riscv64: call_get -> * indirect-call 1
 * edge: * -> after_get return 1
 * edge@!riscv64: call_make -> * call 1
 * edge@riscv64: call_make -> * indirect-call 1
 * edge: * -> after_make return 1
 * edge@!riscv64: call_swap -> * call 3
 * edge@riscv64: call_swap -> * indirect-call 3
 * edge: * -> after_swap * 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: main_ret -> * return 1
 *
 * edge: * -> coro * 1
 * edge@!riscv64: call_back -> * call 3
 * edge@riscv64: call_back -> * indirect-call 3
 * edge: * -> after_back * 2
 * edge: coro_again -> coro jump 2
 */
#include "abi.h"

    .globl main
    .type main, %function
main:
    c_enter
    c_call call_get, getcontext, other
after_get:
    put other+WORD_SIZE, 0                /* uc_link */
    put other+2*WORD_SIZE, stack        /* uc_stack.ss_sp */
    put other+4*WORD_SIZE, 65536        /* uc_stack.ss_size */
    c_call call_make, makecontext, other, coro, 0
after_make:
loop:
    c_call call_swap, swapcontext, here, other
after_swap:
    countdown loop_end, turns, loop
done:
    c_leave main_ret
    .size main, . - main
    literals

    .type coro, %function
coro:
    inc work
    c_call call_back, swapcontext, other, here
after_back:
    go coro_again, coro
    .size coro, . - coro
    literals

    .data
turns:
    word 3
work:
    word 0

    .bss
    .balign 16
here:
    .skip 8192
other:
    .skip 8192
stack:
    .skip 65536
