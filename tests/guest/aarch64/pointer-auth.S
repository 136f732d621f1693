/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Branches that check a pointer's signature: authenticated return, call and
 * jump are what they would be without it.  (The processor that QEMU
 * takes by default has none of this.)
 *
 * env: QEMU_CPU=max
 *
 * edge: outside -> _start entry 1
 * edge: call_insn -> function indirect-call 3
 * edge: function_ret -> after_call return 3
 * edge: jump_insn -> landed indirect-jump 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .arch armv8.5-a
    .globl _start
_start:
    mov x19, #3
loop:
    adr x9, function
    paciza x9
call_insn:
    blraaz x9
after_call:
    mov x10, #77
    adr x9, landed
    pacib x9, x10
jump_insn:
    brab x9, x10
    udf #0
landed:
    bti j
    subs x19, x19, #1
loop_end:
    b.ne loop
done:
    finish exit_insn, 0

function:
    paciasp
    nop
function_ret:
    retaa
