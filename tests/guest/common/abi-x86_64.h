/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The macros of abi.h, for x86_64. */

/* Registers as wide as an address. */
#define XAX %rax
#define XBX %rbx
#define XCX %rcx
#define XDX %rdx
#define XSI %rsi
#define XDI %rdi
#define XSP %rsp
#define XBP %rbp
#define NOP_SIZE 1
#define MMAP __NR_mmap
#define WORD_SIZE 8

.macro word v:vararg
    .quad \v
.endm
.macro sigaction name, handler, flags=0, mask=0
    .balign 8
\name:
    .quad \handler, (\flags) | SA_RESTORER, restorer, \mask
.endm
.macro load_args a1, a2, a3, a4, a5
    .ifnb \a1
    mov $\a1, %esi
    .endif
    .ifnb \a2
    mov $\a2, %edx
    .endif
    .ifnb \a3
    mov $\a3, %r10d
    .endif
    .ifnb \a4
    mov $\a4, %r8d
    .endif
    .ifnb \a5
    mov $\a5, %r9d
    .endif
.endm
.macro sys insn, nr, a0, a1, a2, a3, a4, a5
    .ifnb \a0
    mov $\a0, %edi
    .endif
    load_args \a1, \a2, \a3, \a4, \a5
    mov $\nr, %eax
\insn:
    syscall
.endm
.macro sys_again insn, nr, a1, a2, a3
    mov %rax, %rdi
    load_args \a1, \a2, \a3
    mov $\nr, %eax
\insn:
    syscall
.endm
.macro sys_cell insn, nr, cell, a1, a2, a3
    mov \cell, %edi
    sys \insn, \nr, , \a1, \a2, \a3
.endm
.macro clone_thread insn, stack, ctid
    sys \insn, __NR_clone, THREAD_FLAGS, \stack, 0, \ctid, 0
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
    test %rax, %rax
\insn:
    jz \target
.endm
.macro countdown insn, cell, target
    decl \cell
\insn:
    jnz \target
.endm
.macro reg_put v
    mov $\v, %ebx
.endm
.macro reg_countdown insn, target
    dec %ebx
\insn:
    jnz \target
.endm
.macro inc cell
    incl \cell
.endm
.macro put cell, v
    movq $\v, \cell
.endm
.macro load_from insn, cell
    mov \cell, %rax
\insn:
    mov (%rax), %eax
.endm
.macro aim_at_nothing
    mov $16, %ebx
.endm
.macro load_aimed
    mov (%rbx), %eax
.endm
.macro save_result cell
    mov %rax, \cell
.endm
.macro finish_with insn, cell
    mov \cell, %edi
    sys \insn, __NR_exit_group
.endm
.macro resume_at label
    movq $\label, 168(%rdx)
.endm
.macro take_stack top
    mov $\top, %esp
.endm
.macro undefined_insn insn
\insn:
    ud2
.endm
.macro c_enter
    sub $8, %rsp
.endm
.macro c_leave insn
    xor %eax, %eax
    add $8, %rsp
\insn:
    ret
.endm
.macro c_call insn, func, a0, a1, a2, a3
    mov $\a0, %edi
    load_args \a1, \a2
    .ifnb \a3
    mov $\a3, %ecx
    .endif
    xor %eax, %eax
\insn:
    call \func
.endm
.macro c_call_cell insn, func, cell, a1
    mov \cell, %rdi
    load_args \a1
    xor %eax, %eax
\insn:
    call \func
.endm
.macro new_code insn, start, size
.endm
.macro restorer_rt
restorer:
    mov $__NR_rt_sigreturn, %eax
sigreturn_insn:
    syscall
.endm
