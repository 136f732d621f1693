/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IT blocks.  Predicated instructions in them make no edges; a predicated
 * branch, call, return or jump at their end is taken or goes on.
 *
 * edge: outside -> _start entry 1
 * edge: to_thumb -> loop indirect-jump 1
 * edge: it_branch -> odd taken 4
 * edge: it_branch -> even not-taken 4
 * edge: even_end -> join jump 4
 * edge: it_call -> function call 2
 * edge: it_call -> after_call not-taken 6
 * edge: function_ret -> after_call return 2
 * edge: it_blx -> early indirect-call 8
 * edge: it_return -> after_blx return 2
 * edge: it_return -> late not-taken 6
 * edge: late_ret -> after_blx return 6
 * edge: loop_end -> loop taken 7
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    mov r8, #8
    adr r3, loop + 1
to_thumb:
    bx r3

    .thumb
    .balign 4
loop:
    tst r8, #1
    itete ne
    addne r4, #1
    addeq r5, #1
    movne r6, #1
    moveq r6, #2
    tst r8, #1
    ite ne
    addne r4, #1
    addeq r5, #1
    tst r8, #1
    it ne
it_branch:
    bne odd
even:
    nop
even_end:
    b join
odd:
    nop
join:
    tst r8, #3
    itt eq
    moveq r0, #1
it_call:
    bleq function               /* r8 = 8, 4 */
after_call:
    adr r3, early + 1
    cmp r8, #99
    it ne
it_blx:
    blxne r3
after_blx:
    subs r8, r8, #1
loop_end:
    bne loop
done:
    movs r0, #0
    movs r7, #__NR_exit_group
exit_insn:
    svc #0

    .thumb_func
function:
    nop
function_ret:
    bx lr

    .balign 4
early:
    push {r4, lr}
    tst r8, #3
    it eq
it_return:
    popeq {r4, pc}              /* r8 = 8, 4 */
late:
    nop
late_ret:
    pop {r4, pc}
