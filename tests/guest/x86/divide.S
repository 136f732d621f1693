/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A division by zero in the middle of a block: the handler sets things right
 * and the division is done again.
 *
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> loop syscall 1
 * edge: division -> handler signal 3
 * edge: handler_ret -> restorer return 3
 * edge: sigreturn_insn -> division signal-return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: division -> handler signal SIGFPE 3 mid-block
 * insn: division left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGFPE, action, 0, 8
loop:
    movl $0, divisor
    mov $7, %eax
    xor %edx, %edx
division:
    divl divisor
    incl divided
    countdown loop_end, turns, loop
done:
    finish_with exit_insn, divided

handler:
    movl $2, divisor
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
turns:
    word 3
divisor:
    word 0
divided:
    word 0
