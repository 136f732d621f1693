/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * If and else; branches that are always or never taken, short and near; and
 * branches to the next instruction, where taken and not taken are the same
 * transfer (counted as not taken).
 *
 * edge: outside -> _start entry 1
 * edge: if -> else taken 5
 * edge: if -> then not-taken 5
 * edge: then_end -> endif jump 5
 * edge: never -> endif2 not-taken 10
 * edge: always -> endif3 taken 10
 * edge: near_always -> far taken 10
 * edge: far_back -> nearby jump 10
 * edge: conditional_to_next -> after_conditional not-taken 10
 * edge: jump_to_next -> after_jump jump 10
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $10, %ecx
loop:
    test $1, %cl
if:
    jz else
then:
    inc %esi
then_end:
    jmp endif
else:
    dec %esi
endif:
    cmp %ecx, %ecx
never:
    jne loop
endif2:
    cmp %ecx, %ecx
always:
    je endif3
    ud2
endif3:
    test %ecx, %ecx
near_always:
    .byte 0x0f, 0x89            /* jns, in its long form */
    .long far - nearby
nearby:
    nop
conditional_to_next:
    .byte 0x74, 0x00            /* jz .+2 */
after_conditional:
    nop
jump_to_next:
    .byte 0xeb, 0x00            /* jmp .+2 */
after_jump:
    dec %ecx
loop_end:
    jnz loop
done:
    finish exit_insn, 0

far:
    nop
far_back:
    jmp nearby
