/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Started at EL1 by QEMU; the second processor by PSCI. */
    .section .text.start, "ax"
    .globl _start, start_second
_start:
    mov x19, #0
    b 0f
start_second:
    mov x19, #1
0:  adrp x0, stacks
    add x0, x0, #0x4000
    add x0, x0, x19, lsl #14
    mov sp, x0
    adrp x0, vectors
    add x0, x0, :lo12:vectors
    msr vbar_el1, x0
    isb
    cbnz x19, 1f
    bl main
1:  bl second
2:  wfi
    b 2b

/* void trap(u64 row, u64 *frame): frame[20] is where to go on */
    .balign 2048
    .globl vectors, sync_vector, irq_vector
vectors:
    .skip 0x200
sync_vector:
    sub sp, sp, #192
    stp x0, x1, [sp]
    mov x0, #0
    b common
    .balign 128
irq_vector:
    sub sp, sp, #192
    stp x0, x1, [sp]
    mov x0, #1
    b common
    .balign 2048
common:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    mrs x2, elr_el1
    mrs x3, spsr_el1
    stp x2, x3, [sp, #160]
    mov x1, sp
    bl trap
    ldp x2, x3, [sp, #160]
    msr elr_el1, x2
    msr spsr_el1, x3
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    ldp x0, x1, [sp]
    add sp, sp, #192
    .globl trap_return
trap_return:
    eret

    .weak second
second:
    wfi
    b second

    .bss
    .balign 4096
stacks:
    .skip 2 * 0x4000
