/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two jumps lead to one block: the first for a while, then the second for long, then the
 * first for still longer.  An engine that takes some arrivals for granted has to change
 * its mind, and what it took for granted before has to stay counted.
 *
 * edge: outside -> _start entry 1
 * edge: jump_one -> body indirect-jump 33000
 * edge: jump_two -> body indirect-jump 9000
 * edge: body_br -> over taken 3
 * edge: body_br -> jump_back not-taken 41997
 * edge: jump_back -> one indirect-jump 32998
 * edge: jump_back -> two indirect-jump 8999
 * edge: jump_over -> done_one indirect-jump 1
 * edge: jump_over -> done_two indirect-jump 1
 * edge: jump_over -> done indirect-jump 1
 * edge: again -> one jump 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

#ifdef __x86_64__
#define TO(reg) jmp *%r##reg
#else
#define TO(reg) jmp *%e##reg
#endif

    .globl _start
_start:
    mov $body, %esi
    mov $one, %edi
    mov $done_one, %edx
    mov $3000, %ebx
one:
jump_one:
    TO(si)
body:
    dec %ebx
body_br:
    jz over
jump_back:
    TO(di)
over:
jump_over:
    TO(dx)
done_one:
    mov $two, %edi
    mov $done_two, %edx
    mov $9000, %ebx
two:
    nop
jump_two:
    TO(si)
done_two:
    mov $one, %edi
    mov $done, %edx
    mov $30000, %ebx
again:
    jmp one
done:
    finish exit_insn, 0
