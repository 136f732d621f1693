/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal that strikes in Thumb code, and whose handler is Thumb code; no
 * SA_RESTORER, so that the handler returns into the vdso; and a plain frame,
 * not SA_SIGINFO's.
 *
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> go_thumb syscall 1
 * edge: to_thumb -> again indirect-jump 1
 * edge: gettid_insn -> got_tid syscall 3
 * edge: tkill_insn -> after_kill syscall 3
 * edge: after_kill -> handler signal 3
 * edge: handler_ret -> vdso!* return 3
 * edge: vdso!* -> after_kill signal-return 3
 * edge: loop_end -> again taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
go_thumb:
    mov r8, #3
    adr r3, again + 1
to_thumb:
    bx r3
    literals

    .thumb
    .balign 4
again:
    movs r7, #__NR_gettid
gettid_insn:
    svc #0
got_tid:
    movs r1, #SIGUSR1
    movs r7, #__NR_tkill
tkill_insn:
    svc #0
after_kill:
    subs r8, r8, #1
loop_end:
    bne again
done:
    ldr r0, =handled
    ldr r0, [r0]
    movs r7, #__NR_exit_group
exit_insn:
    svc #0

    .thumb_func
handler:
    ldr r0, =handled
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
handler_ret:
    bx lr

    .data
    .balign 8
action:
    word handler, 0, 0, 0, 0
handled:
    word 0
