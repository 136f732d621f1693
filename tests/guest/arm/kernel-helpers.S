/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper functions that the kernel keeps at the top of memory: version
 * word apart they are called like functions, and QEMU does their work without
 * any code being there.
 *
 * edge: outside -> _start entry 1
 * edge: cmpxchg_call -> nowhere indirect-call 3
 * edge: nowhere -> after_cmpxchg * 3
 * edge: barrier_call -> nowhere indirect-call 3
 * edge: nowhere -> after_barrier * 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #3
loop:
    mov r0, #0
    mov r1, #0
    ldr r2, =word_in_memory
    ldr r3, =0xffff0fc0
cmpxchg_call:
    blx r3
after_cmpxchg:
    ldr r3, =0xffff0fa0
barrier_call:
    blx r3
after_barrier:
    subs r8, r8, #1
loop_end:
    bne loop
done:
    finish exit_insn, 0

    .data
word_in_memory:
    word 0
