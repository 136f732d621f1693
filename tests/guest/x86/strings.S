/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * String instructions repeat themselves; that is no control flow.  Blocks go
 * on behind them whether they repeat many times, once, not at all, or stop
 * early because a comparison says so.
 *
 * edge: outside -> _start entry 1
 * edge: compare_branch -> same not-taken 3
 * edge: scan_branch -> found taken 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    movl $3, turns
    cld
loop:
    mov $source, %esi
    mov $target, %edi
    mov $200000, %ecx
    rep movsb
    mov $target, %edi
    xor %eax, %eax
    xor %ecx, %ecx
    rep stosb
    mov $1, %ecx
    rep stosb
    mov $77, %ecx
    rep stosb
    mov $source, %esi
    mov $target, %edi
    mov $100, %ecx
    repe cmpsb                  /* all the same */
compare_branch:
    jne bad
same:
    mov $mark, %edi
    mov $1, %al
    mov $100, %ecx
    repne scasb                 /* found at the third */
scan_branch:
    je found
bad:
    ud2
found:
    mov $source, %esi
    lodsb
    decl turns
loop_end:
    jnz loop
done:
    finish exit_insn, 0

    .data
mark:
    .byte 0, 0, 1, 0
    .skip 100
    .bss
turns:
    word 0
source:
    .skip 200000
target:
    .skip 200000
