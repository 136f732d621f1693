/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A switch through a jump table: one indirect jump, four destinations.
 *
 * edge: outside -> _start entry 1
 * edge: dispatch -> case0 indirect-jump 3
 * edge: dispatch -> case1 indirect-jump 2
 * edge: dispatch -> case2 indirect-jump 2
 * edge: dispatch -> case3 indirect-jump 2
 * edge: case0_end -> next jump 3
 * edge: case1_end -> next jump 2
 * edge: case2_end -> next jump 2
 * edge: loop_end -> loop taken 8
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    xor %ecx, %ecx
loop:
    mov %ecx, %eax
    and $3, %eax
dispatch:
#ifdef __x86_64__
    jmp *table(,%rax,8)
#else
    jmp *table(,%eax,4)
#endif
case0:
    nop
case0_end:
    jmp next
case1:
    nop
case1_end:
    jmp next
case2:
    nop
case2_end:
    jmp next
case3:
    nop
next:
    inc %ecx
    cmp $9, %ecx
loop_end:
    jne loop
done:
    finish exit_insn, 0

    .section .rodata
table:
    word case0, case1, case2, case3
