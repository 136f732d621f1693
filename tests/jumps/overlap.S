/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64.  first compares its index with more than its table holds: the entries behind
 * are those of second's table, and they would even be instructions of first, had the
 * other table not shown where this one ends.  twisted is entered behind its compare with
 * an index that nobody knows, changed compares one number and uses another, and spilled
 * compares what is then written over.  plain is in order, and so is aside, which keeps its
 * index in memory across the compare.
 */
        .text
        .macro  function name
        .globl  \name
        .type   \name, @function
\name:
        .endm
        .macro  finish name
        .size   \name, . - \name
        .endm

        function first
        cmp     $5, %edi
        ja      2f
        mov     %edi, %edi
        lea     first_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
        .rept   12              /* so that addresses 12 below are instructions, too */
        nop
        .endr
1:      nop
        nop
        ret
2:      nop
        ret
        cmp     $2, %esi
        ja      2b
        mov     %esi, %esi
        lea     second_table(%rip), %rdx
        movslq  (%rdx, %rsi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
        finish  first

        function twisted
        test    %rsi, %rsi
        je      3f
        cmp     $2, %edi
        ja      4f
        mov     %edi, %edi
3:      lea     twisted_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
4:      ret
        finish  twisted

        function changed
        cmp     $2, %edi
        ja      5f
        add     $1, %edi
        lea     changed_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
5:      ret
        finish  changed

        function spilled
        mov     %edi, -4(%rsp)
        cmpl    $2, -4(%rsp)
        ja      6f
        mov     %rsi, (%rdx)
        mov     -4(%rsp), %edi
        lea     spilled_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
6:      ret
        finish  spilled

        function plain
        cmp     $2, %edi
        ja      7f
        mov     %edi, %edi
        lea     plain_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
7:      ret
8:      nop
        ret
        finish  plain

        function aside
        mov     %edi, -4(%rsp)
        cmpl    $2, -4(%rsp)
        ja      9f
        mov     %rsi, -16(%rsp)
        mov     -4(%rsp), %edi
        lea     aside_table(%rip), %rdx
        movslq  (%rdx, %rdi, 4), %rax
        add     %rdx, %rax
        jmp     *%rax
9:      ret
        finish  aside

        .globl  _start
_start: mov     $60, %eax
        xor     %edi, %edi
        syscall

        .section .rodata
        .balign 4
first_table:
        .long   1b - first_table, 2b - first_table, 1b - first_table
second_table:
        .long   1b - second_table, 1b + 1 - second_table, 1b - second_table
twisted_table:
        .long   4b - twisted_table, 4b - twisted_table, 4b - twisted_table
changed_table:
        .long   5b - changed_table, 5b - changed_table, 5b - changed_table, 5b - changed_table
spilled_table:
        .long   6b - spilled_table, 6b - spilled_table, 6b - spilled_table
plain_table:
        .long   7b - plain_table, 8b - plain_table, 7b - plain_table
aside_table:
        .long   9b - aside_table, 9b - aside_table, 9b - aside_table
        .section .note.GNU-stack, "", @progbits
