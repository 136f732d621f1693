/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handler on an alternate stack.  The program's own stack pointer is bad
 * when the signal comes, so nothing works unless the other stack is used.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 2
 *
 * edge: outside -> _start entry 1
 * edge: altstack_insn -> after_altstack syscall 1
 * edge: sigaction_insn -> again syscall 1
 * edge: gettid_insn -> got_tid syscall 2
 * edge: tkill_insn -> after_kill syscall 2
 * edge: after_kill -> handler signal 2
 * edge: handler_ret -> restorer return 2
 * edge: sigreturn_insn -> after_kill signal-return 2
 * edge: loop_end -> again taken 1
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    sys altstack_insn, __NR_sigaltstack, altstack, 0
after_altstack:
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
again:
    take_stack 4096
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
    sigaction action, handler, SA_ONSTACK
    .balign 8
altstack:
    word stack, 0, 32768
turns:
    word 2
handled:
    word 0

    .bss
    .balign 16
stack:
    .skip 32768
