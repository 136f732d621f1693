/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that changes itself: a store rewrites the constant of an instruction
 * further on in the very block that is running, on each of 100 turns.  The
 * new constant is what must be executed, and the loop is counted exactly.
 *
 * exit: 100
 *
 * edge: outside -> _start entry 1
 * edge: mprotect_insn -> begin syscall 1
 * edge: wrong -> right taken 100
 * edge: loop_end -> loop taken 99
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * insn: store left-mid-block
 * insn: patched bytes-changed
 */
#include "abi.h"

    .globl _start
    .balign 4096
_start:
    sys mprotect_insn, __NR_mprotect, _start, 4096, PROT_RWX
begin:
    xor %esi, %esi
loop:
    inc %esi
store:
    mov %esi, patched + 1
patched:
    mov $0, %eax
    cmp %esi, %eax
wrong:
    je right
    ud2
right:
    cmp $100, %esi
loop_end:
    jne loop
done:
    mov %esi, turns
    finish_with exit_insn, turns

    .data
turns:
    word 0
