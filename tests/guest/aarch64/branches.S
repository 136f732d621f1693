/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * If and else with every conditional branch: b.cond, cbz, cbnz, tbz, tbnz; one
 * that never and one that always goes; and branches to the next instruction,
 * where taken and not taken are the same transfer (counted as not taken).
 *
 * edge: outside -> _start entry 1
 * edge: if -> else taken 5
 * edge: if -> then not-taken 5
 * edge: then_end -> endif jump 5
 * edge: bit -> bit_set taken 5
 * edge: bit -> bit_clear not-taken 5
 * edge: bit_clear_end -> bit_set jump 5
 * edge: never -> after_never not-taken 10
 * edge: always -> after_always taken 10
 * edge: zero -> is_zero taken 1
 * edge: zero -> not_zero not-taken 9
 * edge: conditional_to_next -> after_conditional not-taken 10
 * edge: cbz_to_next -> after_cbz not-taken 10
 * edge: jump_to_next -> after_jump jump 10
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov x0, #10
loop:
    tst x0, #1
if:
    b.eq else
then:
    add x1, x1, #1
then_end:
    b endif
else:
    sub x1, x1, #1
endif:
bit:
    tbnz x0, #0, bit_set
bit_clear:
    nop
bit_clear_end:
    b bit_set
    udf #0
bit_set:
    cmp x0, x0
never:
    b.ne loop
after_never:
always:
    tbz x0, #40, after_always
    udf #0
after_always:
    sub x2, x0, #1
zero:
    cbz x2, is_zero
not_zero:
    nop
is_zero:
    cmp x0, #5
conditional_to_next:
    b.lt after_conditional
after_conditional:
cbz_to_next:
    cbz x2, after_cbz
after_cbz:
jump_to_next:
    b after_jump
after_jump:
    sub x0, x0, #1
loop_end:
    cbnz x0, loop
done:
    finish exit_insn, 0
