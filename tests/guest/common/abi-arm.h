/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The macros of abi.h, for arm. */

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
