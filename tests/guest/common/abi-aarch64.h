/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The macros of abi.h, for aarch64. */

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
