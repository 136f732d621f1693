/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop that runs often, with one indirect jump that is taken once in a thousand turns,
 * each time to another place: also to where only direct branches had led for long.
 *
 * edge: outside -> _start entry 1
 * edge: loop_br -> odd taken 5247
 * edge: odd_br -> next taken 5993
 * edge: next_br -> loop taken 5994
 * edge: loop_br -> even not-taken 750
 * edge: odd_br -> rare not-taken 6
 * edge: rare_jump -> even indirect-jump 1
 * edge: rare_jump -> odd indirect-jump 1
 * edge: rare_jump -> loop indirect-jump 2
 * edge: rare_jump -> next indirect-jump 2
 * edge: next_br -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov $6001, %ebx
    mov $1000, %ecx
loop:
    test $7, %bl
loop_br:
    jnz odd
even:
    nop
odd:
    mov %ebx, %eax
    xor %edx, %edx
    div %ecx                    /* a turn in which nothing is left over is rare */
    test %edx, %edx
odd_br:
    jnz next
rare:
    dec %ebx
rare_jump:
#ifdef __x86_64__
    jmp *table(,%rax,8)
#else
    jmp *table(,%eax,4)
#endif
next:
    dec %ebx
next_br:
    jnz loop
done:
    finish exit_insn, 0

    .data
table:
    word 0
    word loop
    word next
    word next
    word loop
    word odd
    word even
