/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal that a program sends to itself, three times over.  It arrives when
 * the system call is done: control comes back to the instruction after tkill
 * (as it does with no signal), is interrupted there before that runs, and the
 * handler's return goes back to the very same place.  Branch counts know
 * nothing of it.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> again syscall 1
 * edge: gettid_insn -> got_tid syscall 3
 * edge: tkill_insn -> after_kill syscall 3
 * edge: after_kill -> handler signal 3
 * edge: handler_ret -> restorer return 3
 * edge: sigreturn_insn -> after_kill signal-return 3
 * edge: loop_end -> again taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: after_kill -> handler signal SIGUSR1 3
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
again:
    sys gettid_insn, __NR_gettid
got_tid:
    sys_again tkill_insn, __NR_tkill, SIGUSR1
after_kill:
    countdown loop_end, turns, again
done:
    finish_with exit_insn, handled

handler:
    inc handled
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
turns:
    word 3
handled:
    word 0
