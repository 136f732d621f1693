/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls: direct, through a register, through the link register itself; returns
 * through the link register and another one; a call to the next instruction.
 *
 * edge: outside -> _start entry 1
 * edge: direct_call -> function call 4
 * edge: register_call -> function indirect-call 4
 * edge: link_call -> function indirect-call 4
 * edge: function_ret -> after_direct return 4
 * edge: function_ret -> after_register return 4
 * edge: function_ret -> after_link return 4
 * edge: getpc_call -> after_getpc call 4
 * edge: other_call -> other call 4
 * edge: other_ret -> after_other return 4
 * edge: loop_end -> loop taken 3
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov x0, #4
loop:
direct_call:
    bl function
after_direct:
    adr x9, function
register_call:
    blr x9
after_register:
    adr x30, function
link_call:
    blr x30
after_link:
getpc_call:
    bl after_getpc
after_getpc:
other_call:
    bl other
after_other:
    subs x0, x0, #1
loop_end:
    b.ne loop
done:
    finish exit_insn, 0

function:
    add x1, x1, #1
function_ret:
    ret

other:
    mov x10, x30
    mov x30, #0
other_ret:
    ret x10
