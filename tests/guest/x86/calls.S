/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls: direct, through a register, through memory; to the next instruction
 * (how old code finds its own address: a call without a return); and a return
 * that also drops its argument.
 *
 * edge: outside -> _start entry 1
 * edge: direct_call -> function call 4
 * edge: register_call -> function indirect-call 4
 * edge: memory_call -> function indirect-call 4
 * edge: function_ret -> after_direct return 4
 * edge: function_ret -> after_register return 4
 * edge: function_ret -> after_memory return 4
 * edge: getpc_call -> after_getpc call 4
 * edge: argument_call -> dropping call 4
 * edge: dropping_ret -> after_argument return 4
 * edge: loop_end -> loop taken 3
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $4, %ecx
loop:
direct_call:
    call function
after_direct:
    mov $function, %eax
register_call:
    call *XAX
after_register:
memory_call:
    call *pointer
after_memory:
getpc_call:
    call after_getpc
after_getpc:
    pop XAX
    push XAX
argument_call:
    call dropping
after_argument:
    dec %ecx
loop_end:
    jnz loop
done:
    finish exit_insn, 0

function:
    inc %esi
function_ret:
    ret

dropping:
    inc %esi
dropping_ret:
#ifdef __x86_64__
    ret $8
#else
    ret $4
#endif

    .data
pointer:
    word function
