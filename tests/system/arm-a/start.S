/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Armv7-A processor in supervisor mode; every exception is handled in it. */
    .syntax unified
    .arm
    .section .text.start, "ax"
    .globl _start
_start:
    ldr sp, =stack + 0x8000
    ldr r0, =vectors
    mcr p15, 0, r0, c12, c0, 0
    bl main
0:  b 0b

    .balign 32
    .globl vectors, und_vector, svc_vector, pabt_vector, dabt_vector, irq_vector
vectors:
    b _start
und_vector:
    b und
svc_vector:
    b svc
pabt_vector:
    b pabt
dabt_vector:
    b dabt
    nop
irq_vector:
    b irq
    b _start

/* void trap(u32 vector, u32 *frame): frame[0] is where to go on, frame[1] cpsr */
    .macro handler name, number, behind
\name:
    sub lr, lr, #\behind
    srsdb sp!, #0x13
    cps #0x13
    push {r0-r3, r12, lr}
    mov r0, #\number
    add r1, sp, #24
    bl trap
    pop {r0-r3, r12, lr}
    .globl \name\()_return
\name\()_return:
    rfeia sp!
    .endm
    handler und 1 4
    handler svc 2 0
    handler pabt 3 4
    handler dabt 4 8
    handler irq 6 4

    .bss
    .balign 16
stack:
    .skip 0x8000
