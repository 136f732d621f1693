/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tail calls, direct and indirect: jumps, and the return goes back to the
 * first caller.
 *
 * edge: outside -> _start entry 1
 * edge: call_insn -> first call 3
 * edge: tail_jump -> second jump 3
 * edge: indirect_tail -> third indirect-jump 3
 * edge: third_ret -> after_call return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $3, %esi
loop:
call_insn:
    call first
after_call:
    dec %esi
loop_end:
    jnz loop
done:
    finish exit_insn, 0

first:
    mov $third, %eax
tail_jump:
    jmp second
second:
    nop
indirect_tail:
    jmp *XAX
third:
    nop
third_ret:
    ret
