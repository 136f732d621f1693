/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of a machine without firmware (-bios none), and its two vectors. */
    .section .text.start, "ax"
    .globl _start
_start:
    csrr a0, mhartid
    la sp, stacks
    addi t1, a0, 1
    slli t1, t1, 14
    add sp, sp, t1
    la t0, m_vector
    csrw mtvec, t0
    bnez a0, 1f
    call main
0:  j 0b
1:  call second
    j 0b

/* void X_trap(u64 cause, u64 *frame): frame[31] is where to go on */
    .macro vector name, handler, cause, epc, ret, status
    .globl \name
    .balign 4
\name:
    addi sp, sp, -256
    sd x1, 8(sp)
    .irp n, 5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    sd x\n, 8*\n(sp)
    .endr
    csrr t0, \epc
    sd t0, 0(sp)
    csrr t0, \status
    sd t0, 16(sp)
    csrr a0, \cause
    mv a1, sp
    call \handler
    ld t0, 0(sp)
    csrw \epc, t0
    ld t0, 16(sp)
    csrw \status, t0
    ld x1, 8(sp)
    .irp n, 5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    ld x\n, 8*\n(sp)
    .endr
    addi sp, sp, 256
    .globl \name\()_return
\name\()_return:
    \ret
    .endm

    vector m_vector, m_trap, mcause, mepc, mret, mstatus
    vector s_vector, s_trap, scause, sepc, sret, sstatus

    .weak s_trap
    .weak second
s_trap:
second:
    wfi
    j second

    .bss
    .balign 16
stacks:
    .skip 4 << 14
