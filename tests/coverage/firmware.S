/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aarch64: a stack, run(), and the end through semihosting (SYS_EXIT, status 0). */
    .globl _start
_start:
    ldr x0, =0x40100000
    mov sp, x0
    bl run
    ldr x1, =arguments
    mov w0, #0x18
    hlt #0xf000
    b .
    .data
    .balign 8
arguments:
    .quad 0x20026, 0
