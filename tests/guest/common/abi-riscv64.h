/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The macros of abi.h, for riscv64. */

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
