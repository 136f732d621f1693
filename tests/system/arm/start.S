/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vector table of a Cortex-M (Armv7-M ARM, "The vector table"). */
    .syntax unified
    .thumb
    .section .text.start, "ax"
    .word 0x20010000
    .word reset
    .word fault             /* NMI */
    .word hard_fault
    .word fault             /* MemManage */
    .word fault             /* BusFault */
    .word usage_fault
    .word fault, fault, fault, fault
    .word sv_call
    .word fault, fault
    .word pend_sv
    .word sys_tick
    .word irq0, irq1
    .rept 62
    .word fault
    .endr

    .globl reset
    .thumb_func
reset:
    bl main
0:  b 0b

    .globl fault
    .thumb_func
fault:
    bkpt 1
    b fault

    .weak irq0, irq1, usage_fault, hard_fault, pend_sv, sys_tick, sv_call
    .thumb_set irq0, fault
    .thumb_set irq1, fault
    .thumb_set usage_fault, fault
    .thumb_set hard_fault, fault
    .thumb_set pend_sv, fault
    .thumb_set sys_tick, fault
    .thumb_set sv_call, fault
