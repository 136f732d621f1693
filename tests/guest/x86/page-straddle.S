/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that lie partly on one page and partly on the next: a plain
 * one, a call, and a branch that goes both ways.
 *
 * edge: outside -> _start entry 1
 * edge: to_loop -> loop jump 1
 * edge: plain_end -> call_block jump 5
 * edge: call_insn -> function call 5
 * edge: function_ret -> after_call return 5
 * edge: call_end -> branch_block jump 5
 * edge: branch -> loop taken 4
 * edge: branch -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $5, %ecx
to_loop:
    jmp loop

function:
    nop
function_ret:
    ret

    .balign 4096
    .skip 4096 - 3
loop:
    nop
plain:
    mov $0x12345678, %eax       /* 2 bytes here, 3 on the next page */
plain_end:
    jmp call_block

    .balign 4096
    .skip 4096 - 1
call_block:
call_insn:
    call function               /* 1 byte here */
after_call:
    nop
call_end:
    jmp branch_block

    .balign 4096
    .skip 4096 - 5
branch_block:
    dec %ecx
branch:
    jnz loop                    /* 0f 85 and its distance */
done:
    finish exit_insn, 0
