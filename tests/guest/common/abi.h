/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few assembler macros with one meaning on every instruction set, so that a
 * program about signals or threads need be written only once.
 *
 * A macro that contains a branch or a system call takes as its first argument
 * the label to put on that very instruction: the name by which the expected
 * edges call it.  No macro contains any other branch.  All of them may change
 * the registers that a function call may change.
 *
 *   sys L, NR, A0...        system call NR with constant or address arguments
 *   sys_again L, NR, A1...  the same; argument 0 is the last call's result
 *   sys_cell L, NR, CELL, A1...   the same; argument 0 is the 32-bit word in CELL
 *   clone_thread L, STACK, CTID   clone(2) as for a thread; CTID is zeroed and
 *                           woken when it ends
 *   go L, TARGET            jump
 *   call_to L, TARGET       call
 *   call_cell L, CELL       call the function whose address is in memory
 *   ret_from L              return from a leaf function or signal handler
 *   if_zero L, CELL, T      branch to T if the word in memory is 0
 *   if_result_zero L, T     branch to T if the last system call gave 0
 *   countdown L, CELL, T    CELL -= 1, branch to T unless it is now 0
 *   reg_put V; reg_countdown L, T   the same with a register of the thread's own
 *                           (a system call with five arguments may change it)
 *   inc CELL; put CELL, V   memory word += 1; = constant or address
 *   load_from L, CELL       follow the pointer in CELL; L is the load from
 *                           where it points to
 *   aim_at_nothing          a register := an address where nothing is
 *   load_aimed              one instruction: load from there
 *   save_result CELL        store the last system call's result
 *   finish L, STATUS        exit_group(STATUS)
 *   finish_with L, CELL     exit_group(the word in memory)
 *   resume_at LABEL         in an SA_SIGINFO handler: continue at LABEL
 *   take_stack CELL_TOP     stack pointer = address
 *   undefined_insn L        an instruction that raises SIGILL
 *   new_code L, START, SIZE make sure that code written to there is seen (L is a
 *                           system call on arm and means nothing elsewhere)
 *   restorer_rt             what SA_RESTORER asks for: labels restorer and
 *                           sigreturn_insn (nothing where the kernel's own is
 *                           always used)
 *   sigaction NAME, HANDLER, FLAGS, MASK    data: struct sigaction
 *   c_enter; c_leave L      prologue, and epilogue that returns 0, of a function
 *                           that calls C functions
 *   c_call L, FUNC, A0...   call a C function, constant or address arguments
 *   c_call_cell L, FUNC, CELL, A1...   the same, argument 0 from memory
 *   literals                where the assembler may put constants (after a
 *                           branch that is always taken)
 *   word V...               data: C's long
 */
#ifndef CFLOW_GUEST_ABI_H
#define CFLOW_GUEST_ABI_H

#include <asm/unistd.h>

#define SIGILL 4
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGALRM 14
#define SIGCHLD 17

#define SA_SIGINFO 4
#define SA_RESTORER 0x04000000
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1

#define PROT_NONE 0
#define PROT_RW 3
#define PROT_RWX 7
#define MAP_PRIVATE_ANON 0x22

#define THREAD_FLAGS 0x250f00 /* VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID */

#define FUTEX_WAIT 0

    .section .note.GNU-stack, "", %progbits
    .text

#ifdef __x86_64__

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

#elif defined(__i386__)

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

#elif defined(__aarch64__)
#define WORD_SIZE 8
#define MMAP __NR_mmap
#define NOP_SIZE 4

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
    ldr x1, =\a1
    .endif
    .ifnb \a2
    ldr x2, =\a2
    .endif
    .ifnb \a3
    ldr x3, =\a3
    .endif
    .ifnb \a4
    ldr x4, =\a4
    .endif
    .ifnb \a5
    ldr x5, =\a5
    .endif
.endm
.macro sys insn, nr, a0, a1, a2, a3, a4, a5
    .ifnb \a0
    ldr x0, =\a0
    .endif
    load_args \a1, \a2, \a3, \a4, \a5
    mov x8, #\nr
\insn:
    svc #0
.endm
.macro sys_again insn, nr, a1, a2, a3
    load_args \a1, \a2, \a3
    mov x8, #\nr
\insn:
    svc #0
.endm
.macro sys_cell insn, nr, cell, a1, a2, a3
    ldr x9, =\cell
    ldr w0, [x9]
    sys \insn, \nr, , \a1, \a2, \a3
.endm
.macro clone_thread insn, stack, ctid
    sys \insn, __NR_clone, THREAD_FLAGS, \stack, 0, 0, \ctid
.endm
.macro go insn, target
\insn:
    b \target
.endm
.macro call_to insn, target
\insn:
    bl \target
.endm
.macro call_cell insn, cell
    ldr x9, =\cell
    ldr x9, [x9]
\insn:
    blr x9
.endm
.macro ret_from insn
\insn:
    ret
.endm
.macro if_zero insn, cell, target
    ldr x9, =\cell
    ldr w9, [x9]
\insn:
    cbz w9, \target
.endm
.macro if_result_zero insn, target
\insn:
    cbz x0, \target
.endm
.macro countdown insn, cell, target
    ldr x9, =\cell
    ldr w10, [x9]
    subs w10, w10, #1
    str w10, [x9]
\insn:
    b.ne \target
.endm
.macro reg_put v
    mov x19, #\v
.endm
.macro reg_countdown insn, target
    subs x19, x19, #1
\insn:
    b.ne \target
.endm
.macro inc cell
    ldr x9, =\cell
    ldr w10, [x9]
    add w10, w10, #1
    str w10, [x9]
.endm
.macro put cell, v
    ldr x9, =\cell
    ldr x10, =\v
    str x10, [x9]
.endm
.macro load_from insn, cell
    ldr x9, =\cell
    ldr x9, [x9]
\insn:
    ldr w9, [x9]
.endm
.macro aim_at_nothing
    mov x19, #16
.endm
.macro load_aimed
    ldr w9, [x19]
.endm
.macro save_result cell
    ldr x9, =\cell
    str x0, [x9]
.endm
.macro finish_with insn, cell
    ldr x9, =\cell
    ldr w0, [x9]
    sys \insn, __NR_exit_group
.endm
.macro resume_at label
    ldr x9, =\label
    str x9, [x2, #440]
.endm
.macro take_stack top
    ldr x9, =\top
    mov sp, x9
.endm
.macro undefined_insn insn
\insn:
    udf #0
.endm
.macro c_enter
    stp x29, x30, [sp, #-16]!
.endm
.macro c_leave insn
    mov x0, #0
    ldp x29, x30, [sp], #16
\insn:
    ret
.endm
.macro c_call insn, func, a0, a1, a2, a3
    ldr x0, =\a0
    load_args \a1, \a2, \a3
\insn:
    bl \func
.endm
.macro c_call_cell insn, func, cell, a1
    ldr x9, =\cell
    ldr x0, [x9]
    load_args \a1
\insn:
    bl \func
.endm
.macro new_code insn, start, size
    ldr x9, =\start
    dc cvau, x9
    dsb ish
    ic ivau, x9
    dsb ish
    isb
.endm
.macro restorer_rt
restorer:
    mov x8, #__NR_rt_sigreturn
sigreturn_insn:
    svc #0
.endm

#elif defined(__arm__)
#define WORD_SIZE 4
#define MMAP __NR_mmap2
#define NOP_SIZE 4

    .syntax unified
    .arch armv7-a
    .arm

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
    ldr r1, =\a1
    .endif
    .ifnb \a2
    ldr r2, =\a2
    .endif
    .ifnb \a3
    ldr r3, =\a3
    .endif
    .ifnb \a4
    ldr r4, =\a4
    .endif
    .ifnb \a5
    ldr r5, =\a5
    .endif
.endm
.macro sys insn, nr, a0, a1, a2, a3, a4, a5
    .ifnb \a0
    ldr r0, =\a0
    .endif
    load_args \a1, \a2, \a3, \a4, \a5
    ldr r7, =\nr
\insn:
    svc #0
.endm
.macro sys_again insn, nr, a1, a2, a3
    load_args \a1, \a2, \a3
    ldr r7, =\nr
\insn:
    svc #0
.endm
.macro sys_cell insn, nr, cell, a1, a2, a3
    ldr r3, =\cell
    ldr r0, [r3]
    sys \insn, \nr, , \a1, \a2, \a3
.endm
.macro clone_thread insn, stack, ctid
    sys \insn, __NR_clone, THREAD_FLAGS, \stack, 0, 0, \ctid
.endm
.macro go insn, target
\insn:
    b \target
.endm
.macro call_to insn, target
\insn:
    bl \target
.endm
.macro call_cell insn, cell
    ldr r3, =\cell
    ldr r3, [r3]
\insn:
    blx r3
.endm
.macro ret_from insn
\insn:
    bx lr
.endm
.macro if_zero insn, cell, target
    ldr r3, =\cell
    ldr r3, [r3]
    cmp r3, #0
\insn:
    beq \target
.endm
.macro if_result_zero insn, target
    cmp r0, #0
\insn:
    beq \target
.endm
.macro countdown insn, cell, target
    ldr r3, =\cell
    ldr r2, [r3]
    subs r2, r2, #1
    str r2, [r3]
\insn:
    bne \target
.endm
.macro reg_put v
    movw r8, #\v
.endm
.macro reg_countdown insn, target
    subs r8, r8, #1
\insn:
    bne \target
.endm
.macro inc cell
    ldr r3, =\cell
    ldr r12, [r3]
    add r12, r12, #1
    str r12, [r3]
.endm
.macro put cell, v
    ldr r3, =\cell
    ldr r12, =\v
    str r12, [r3]
.endm
.macro load_from insn, cell
    ldr r3, =\cell
    ldr r3, [r3]
\insn:
    ldr r3, [r3]
.endm
.macro aim_at_nothing
    mov r8, #16
.endm
.macro load_aimed
    ldr r3, [r8]
.endm
.macro save_result cell
    ldr r3, =\cell
    str r0, [r3]
.endm
.macro finish_with insn, cell
    ldr r3, =\cell
    ldr r0, [r3]
    sys \insn, __NR_exit_group
.endm
.macro resume_at label
    ldr r3, =\label
    str r3, [r2, #92]
.endm
.macro take_stack top
    ldr r3, =\top
    mov sp, r3
.endm
.macro undefined_insn insn
\insn:
    udf #0
.endm
.macro c_enter
    push {r4, lr}
.endm
.macro c_leave insn
    mov r0, #0
\insn:
    pop {r4, pc}
.endm
.macro c_call insn, func, a0, a1, a2, a3
    ldr r0, =\a0
    load_args \a1, \a2, \a3
\insn:
    bl \func
.endm
.macro c_call_cell insn, func, cell, a1
    ldr r3, =\cell
    ldr r0, [r3]
    load_args \a1
\insn:
    bl \func
.endm
.macro new_code insn, start, size
    sys \insn, 0xf0002, \start, \start + \size, 0
.endm
.macro restorer_rt
restorer:
    ldr r7, =__NR_rt_sigreturn
sigreturn_insn:
    svc #0
    .ltorg
.endm

#elif defined(__riscv)
#define WORD_SIZE 8
#define MMAP __NR_mmap
#define NOP_SIZE 2

    .option norelax
    .option nopic

.macro word v:vararg
    .quad \v
.endm
.macro sigaction name, handler, flags=0, mask=0
    .balign 8
\name:
    .quad \handler, \flags, \mask
.endm
.macro load_args a1, a2, a3, a4, a5
    .ifnb \a1
    la a1, \a1
    .endif
    .ifnb \a2
    la a2, \a2
    .endif
    .ifnb \a3
    la a3, \a3
    .endif
    .ifnb \a4
    la a4, \a4
    .endif
    .ifnb \a5
    la a5, \a5
    .endif
.endm
.macro sys insn, nr, a0, a1, a2, a3, a4, a5
    .ifnb \a0
    la a0, \a0
    .endif
    load_args \a1, \a2, \a3, \a4, \a5
    li a7, \nr
\insn:
    ecall
.endm
.macro sys_again insn, nr, a1, a2, a3
    load_args \a1, \a2, \a3
    li a7, \nr
\insn:
    ecall
.endm
.macro sys_cell insn, nr, cell, a1, a2, a3
    la t0, \cell
    lw a0, (t0)
    sys \insn, \nr, , \a1, \a2, \a3
.endm
.macro clone_thread insn, stack, ctid
    sys \insn, __NR_clone, THREAD_FLAGS, \stack, 0, 0, \ctid
.endm
.macro go insn, target
\insn:
    j \target
.endm
.macro call_to insn, target
\insn:
    jal \target
.endm
.macro call_cell insn, cell
    la t0, \cell
    ld t0, (t0)
\insn:
    jalr t0
.endm
.macro ret_from insn
\insn:
    ret
.endm
.macro if_zero insn, cell, target
    la t0, \cell
    lw t0, (t0)
\insn:
    beqz t0, \target
.endm
.macro if_result_zero insn, target
\insn:
    beqz a0, \target
.endm
.macro countdown insn, cell, target
    la t0, \cell
    lw t1, (t0)
    addiw t1, t1, -1
    sw t1, (t0)
\insn:
    bnez t1, \target
.endm
.macro reg_put v
    li s1, \v
.endm
.macro reg_countdown insn, target
    addi s1, s1, -1
\insn:
    bnez s1, \target
.endm
.macro inc cell
    la t0, \cell
    lw t1, (t0)
    addiw t1, t1, 1
    sw t1, (t0)
.endm
.macro put cell, v
    la t0, \cell
    la t1, \v
    sd t1, (t0)
.endm
.macro load_from insn, cell
    la t0, \cell
    ld t0, (t0)
\insn:
    lw t0, (t0)
.endm
.macro aim_at_nothing
    li s1, 16
.endm
.macro load_aimed
    lw t0, (s1)
.endm
.macro save_result cell
    la t0, \cell
    sd a0, (t0)
.endm
.macro finish_with insn, cell
    la t0, \cell
    lw a0, (t0)
    sys \insn, __NR_exit_group
.endm
.macro resume_at label
    la t0, \label
    sd t0, 176(a2)
.endm
.macro take_stack top
    la sp, \top
.endm
.macro undefined_insn insn
\insn:
    unimp
.endm
.macro c_enter
    addi sp, sp, -16
    sd ra, 8(sp)
.endm
.macro c_leave insn
    li a0, 0
    ld ra, 8(sp)
    addi sp, sp, 16
\insn:
    ret
.endm
.macro c_call insn, func, a0, a1, a2, a3
    la a0, \a0
    load_args \a1, \a2, \a3
    la t1, \func
\insn:
    jalr t1
.endm
.macro c_call_cell insn, func, cell, a1
    la t0, \cell
    ld a0, (t0)
    load_args \a1
    la t1, \func
\insn:
    jalr t1
.endm
.macro new_code insn, start, size
    fence.i
.endm
.macro restorer_rt
.endm

#else
#error "no macros for this instruction set"
#endif

.macro literals
#if defined(__arm__) || defined(__aarch64__)
    .ltorg
#endif
.endm
.macro finish insn, status
    sys \insn, __NR_exit_group, \status
.endm

#endif
