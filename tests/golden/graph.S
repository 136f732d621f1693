# SPDX-License-Identifier: GPL-2.0-or-later
# The program of graph.sql: 3 rounds of 5 turns, a switch, a call through a table.
        .text
        .globl  _start
        .type   _start, @function
_start:
        mov     $3, %r12d               # three rounds
round:
        mov     $5, %ebx                # of five turns
turn:
        mov     %ebx, %edi
        call    choose
        add     %eax, %r13d
        dec     %ebx
        jnz     turn
        mov     %r12d, %edi
        call    *table(, %rdi, 8)
        dec     %r12d
        jnz     round
        test    %r13d, %r13d
        js      impossible
        mov     $60, %eax               # exit(0)
        xor     %edi, %edi
        syscall
impossible:
        ud2
        .size   _start, .-_start

        .type   choose, @function
choose:                                 # a way each for 1 to 4, one for all else
        cmp     $4, %edi
        ja      other
        jmp     *ways(, %rdi, 8)
one:    mov     $1, %eax
        ret
two:    mov     $2, %eax
        ret
three:  jmp     shared                  # a tail call
four:   mov     $4, %eax
        ret
other:  xor     %eax, %eax
        ret
        .size   choose, .-choose

        .type   shared, @function
shared:
        mov     $3, %eax
        ret
        .size   shared, .-shared

        .type   descend, @function
descend:                                # calls itself until 0
        dec     %edi
        jle     1f
        call    descend
1:      ret
        .size   descend, .-descend

        .section .rodata
table:  .quad   0, descend, descend, shared
ways:   .quad   other, one, two, three, four
