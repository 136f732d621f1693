/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function that the program calls like any other, and that becomes a signal
 * handler afterwards, when QEMU has long translated it.  Later the program
 * calls it again.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 8
 *
 * edge: outside -> _start entry 1
 * edge: first_call -> handler call 3
 * edge: handler_ret -> called_first return 3
 * edge: first_end -> _start taken 2
 * edge: first_end -> install not-taken 1
 * edge: sigaction_insn -> again syscall 1
 * edge: gettid_insn -> got_tid syscall 3
 * edge: tkill_insn -> after_kill syscall 3
 * edge: after_kill -> handler signal 3
 * edge: handler_ret -> restorer return 3
 * edge: sigreturn_insn -> after_kill signal-return 3
 * edge: loop_end -> again taken 2
 * edge: loop_end -> second_call not-taken 1
 * edge: second_call -> handler call 2
 * edge: handler_ret -> called_second return 2
 * edge: second_end -> second_call taken 1
 * edge: second_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: after_kill -> handler signal SIGUSR1 3
 */
#include "abi.h"

    .globl _start
_start:
    call_to first_call, handler
called_first:
    countdown first_end, first, _start
install:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
again:
    sys gettid_insn, __NR_gettid
got_tid:
    sys_again tkill_insn, __NR_tkill, SIGUSR1
after_kill:
    countdown loop_end, turns, again
    call_to second_call, handler
called_second:
    countdown second_end, second, second_call
done:
    finish_with exit_insn, handled

handler:
    inc handled
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
first:
    word 3
turns:
    word 3
second:
    word 2
handled:
    word 0
