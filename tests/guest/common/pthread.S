/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POSIX threads: five come and go, each calls the worker once.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * build: -static -no-pie -pthread
 * scope: main, worker
 *
 * edge: * -> main * 1
 * edge@!riscv64: call_create -> * call 5
 * edge@riscv64: call_create -> * indirect-call 5
 * edge: * -> after_create return 5
 * edge@!riscv64: call_join -> * call 5
 * edge@riscv64: call_join -> * indirect-call 5
 * edge: * -> after_join return 5
 * edge: loop_end -> loop taken 4
 * edge: loop_end -> done not-taken 1
 * edge: main_ret -> * return 1
 *
 * edge: * -> worker indirect-call 5
 * edge: work_loop -> work taken 495
 * edge: work_loop -> work_done not-taken 5
 * edge: worker_ret -> * return 5
 */
#include "abi.h"

    .globl main
    .type main, %function
main:
    c_enter
loop:
    c_call call_create, pthread_create, thread, 0, worker, 0
after_create:
    c_call_cell call_join, pthread_join, thread, 0
after_join:
    countdown loop_end, turns, loop
done:
    c_leave main_ret
    .size main, . - main
    literals

    .type worker, %function
worker:
    c_enter
    put left, 100
work:
    countdown work_loop, left, work
work_done:
    c_leave worker_ret
    .size worker, . - worker
    literals

    .data
turns:
    word 5
thread:
    word 0
left:
    word 0
