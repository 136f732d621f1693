/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The macros of abi.h, for i386. */

/* Registers as wide as an address. */
#define XAX %eax
#define XBX %ebx
#define XCX %ecx
#define XDX %edx
#define XSI %esi
#define XDI %edi
#define XSP %esp
#define XBP %ebp
#define MMAP __NR_mmap2
#define WORD_SIZE 4
#define NOP_SIZE 1

.macro word v:vararg
    .long \v
.endm
.macro sigaction name, handler, flags=0, mask=0
    .balign 8
\name:
    .long \handler, (\flags) | SA_SIGINFO | SA_RESTORER, restorer, \mask, 0
.endm
.macro load_args a1, a2, a3, a4, a5
    .ifnb \a1
    mov $\a1, %ecx
    .endif
    .ifnb \a2
    mov $\a2, %edx
    .endif
    .ifnb \a3
    mov $\a3, %esi
    .endif
    .ifnb \a4
    mov $\a4, %edi
    .endif
    .ifnb \a5
    mov $\a5, %ebp
    .endif
.endm
.macro sys insn, nr, a0, a1, a2, a3, a4, a5
    .ifnb \a0
    mov $\a0, %ebx
    .endif
    load_args \a1, \a2, \a3, \a4, \a5
    mov $\nr, %eax
\insn:
    int $0x80
.endm
.macro sys_again insn, nr, a1, a2, a3
    mov %eax, %ebx
    load_args \a1, \a2, \a3
    mov $\nr, %eax
\insn:
    int $0x80
.endm
.macro sys_cell insn, nr, cell, a1, a2, a3
    mov \cell, %ebx
    sys \insn, \nr, , \a1, \a2, \a3
.endm
.macro clone_thread insn, stack, ctid
    sys \insn, __NR_clone, THREAD_FLAGS, \stack, 0, 0, \ctid
.endm
.macro go insn, target
\insn:
    jmp \target
.endm
.macro call_to insn, target
\insn:
    call \target
.endm
.macro call_cell insn, cell
\insn:
    call *\cell
.endm
.macro ret_from insn
\insn:
    ret
.endm
.macro if_zero insn, cell, target
    cmpl $0, \cell
\insn:
    jz \target
.endm
.macro if_result_zero insn, target
    test %eax, %eax
\insn:
    jz \target
.endm
.macro countdown insn, cell, target
    decl \cell
\insn:
    jnz \target
.endm
.macro reg_put v
    mov $\v, %edi
.endm
.macro reg_countdown insn, target
    dec %edi
\insn:
    jnz \target
.endm
.macro inc cell
    incl \cell
.endm
.macro put cell, v
    movl $\v, \cell
.endm
.macro load_from insn, cell
    mov \cell, %eax
\insn:
    mov (%eax), %eax
.endm
.macro aim_at_nothing
    mov $16, %esi
.endm
.macro load_aimed
    mov (%esi), %eax
.endm
.macro save_result cell
    mov %eax, \cell
.endm
.macro finish_with insn, cell
    mov \cell, %ebx
    sys \insn, __NR_exit_group
.endm
.macro resume_at label
    mov 12(%esp), %eax
    movl $\label, 76(%eax)
.endm
.macro take_stack top
    mov $\top, %esp
.endm
.macro undefined_insn insn
\insn:
    ud2
.endm
.macro c_enter
    sub $28, %esp
.endm
.macro c_leave insn
    xor %eax, %eax
    add $28, %esp
\insn:
    ret
.endm
.macro c_call insn, func, a0, a1, a2, a3
    movl $\a0, (%esp)
    .ifnb \a1
    movl $\a1, 4(%esp)
    .endif
    .ifnb \a2
    movl $\a2, 8(%esp)
    .endif
    .ifnb \a3
    movl $\a3, 12(%esp)
    .endif
\insn:
    call \func
.endm
.macro c_call_cell insn, func, cell, a1
    mov \cell, %eax
    mov %eax, (%esp)
    .ifnb \a1
    movl $\a1, 4(%esp)
    .endif
\insn:
    call \func
.endm
.macro new_code insn, start, size
.endm
.macro restorer_rt
restorer:
    mov $__NR_rt_sigreturn, %eax
sigreturn_insn:
    int $0x80
.endm
