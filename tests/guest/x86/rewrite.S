/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that is rewritten between its runs: the same address holds a jump, then
 * a conditional branch that is not taken, then a return, and is called each
 * time.  Every transfer is counted under what the instruction was when it was
 * made.
 *
 * edge: outside -> _start entry 1
 * edge: mprotect_insn -> begin syscall 1
 * edge: first_call -> code call 5
 * edge: patched -> jumped jump 5
 * edge: jumped_ret -> after_first return 5
 * edge: first_loop -> first taken 4
 * edge: first_loop -> rewrite1 not-taken 1
 * edge: second_call -> code call 6
 * edge: patched -> straight not-taken 6
 * edge: straight_ret -> after_second return 6
 * edge: second_loop -> second taken 5
 * edge: second_loop -> rewrite2 not-taken 1
 * edge: third_call -> code call 7
 * edge: patched -> after_third return 7
 * edge: third_loop -> third taken 6
 * edge: third_loop -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * insn: patched bytes-changed
 */
#include "abi.h"

    .globl _start
_start:
    sys mprotect_insn, __NR_mprotect, code, 4096, PROT_RWX
begin:
    mov $5, %ecx
first:
first_call:
    call code
after_first:
    dec %ecx
first_loop:
    jnz first
rewrite1:
    movb $0x75, patched         /* jmp becomes jnz */
    mov $6, %ecx
second:
second_call:
    call code
after_second:
    dec %ecx
second_loop:
    jnz second
rewrite2:
    movb $0xc3, patched         /* and then ret */
    mov $7, %ecx
third:
third_call:
    call code
after_third:
    dec %ecx
third_loop:
    jnz third
done:
    finish exit_insn, 0

    .balign 4096
code:
    xor %eax, %eax              /* zero: jnz is not taken */
patched:
    .byte 0xeb, jumped - straight
straight:
    nop
straight_ret:
    ret
jumped:
    nop
jumped_ret:
    ret
