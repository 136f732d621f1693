/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls: bl, blx through a register, the old pair of moving pc to lr and
 * loading pc; and each way to return: bx lr, mov pc, lr, pop, ldm, ldr.
 *
 * edge: outside -> _start entry 1
 * edge: call1 -> by_bx call 4
 * edge: by_bx_ret -> after1 return 4
 * edge: call2 -> by_mov call 4
 * edge: by_mov_ret -> after2 return 4
 * edge: call3 -> by_pop call 4
 * edge: by_pop_ret -> after3 return 4
 * edge: call4 -> by_ldm call 4
 * edge: by_ldm_ret -> after4 return 4
 * edge: call5 -> by_ldr call 4
 * edge: by_ldr_ret -> after5 return 4
 * edge: register_call -> by_bx indirect-call 4
 * edge: by_bx_ret -> after_register return 4
 * edge: loop_end -> loop taken 3
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #4
loop:
call1:
    bl by_bx
after1:
call2:
    bl by_mov
after2:
call3:
    bl by_pop
after3:
call4:
    bl by_ldm
after4:
call5:
    bl by_ldr
after5:
    adr r3, by_bx
register_call:
    blx r3
after_register:
    subs r8, r8, #1
loop_end:
    bne loop
done:
    finish exit_insn, 0

by_bx:
    nop
by_bx_ret:
    bx lr

by_mov:
    nop
by_mov_ret:
    mov pc, lr

by_pop:
    push {r4, lr}
by_pop_ret:
    pop {r4, pc}

by_ldm:
    mov r12, sp
    push {r11, r12, lr}
by_ldm_ret:
    ldm sp, {r11, sp, pc}

by_ldr:
    push {lr}
by_ldr_ret:
    ldr pc, [sp], #4
