/* SPDX-License-Identifier: GPL-2.0-or-later */
/* About BLOCKS blocks in a row, every other one skipped now and then, run four times. */
        .globl main
        .type main, @function
main:
        mov $4, %esi
        xor %ecx, %ecx
        xor %eax, %eax
again:
        .rept BLOCKS * 2 / 3
        inc %ecx
        test $1, %cl
        jz 1f
        add $2, %eax
1:
        .endr
        dec %esi
        jz 2f
        jmp again
2:      and $127, %eax
        ret
        .size main, . - main
        .section .note.GNU-stack, "", @progbits
