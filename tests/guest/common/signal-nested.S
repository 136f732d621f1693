/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two signals become pending while both are blocked, and are unblocked at
 * once.  Both handlers' frames are stacked before any instruction runs: the
 * first handler's very first instruction is what the second one interrupts.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 2
 *
 * edge: outside -> _start entry 1
 * edge: sigaction1_insn -> after_sigaction1 syscall 1
 * edge: sigaction2_insn -> after_sigaction2 syscall 1
 * edge: block_insn -> after_block syscall 1
 * edge: gettid1_insn -> after_gettid1 syscall 1
 * edge: tkill1_insn -> after_tkill1 syscall 1
 * edge: gettid2_insn -> after_gettid2 syscall 1
 * edge: tkill2_insn -> after_tkill2 syscall 1
 * edge: unblock_insn -> after_unblock syscall 1
 *
 * edge: after_unblock -> handler1 signal 1
 * edge: handler1 -> handler2 signal 1
 * edge: handler2_ret -> restorer return 1
 * edge: sigreturn_insn -> handler1 signal-return 1
 * edge: handler1_ret -> restorer return 1
 * edge: sigreturn_insn -> after_unblock signal-return 1
 *
 * edge: exit_insn -> outside exit 1
 *
 * disc: after_unblock -> handler1 signal SIGUSR1 1
 * disc: handler1 -> handler2 signal SIGUSR2 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction1_insn, __NR_rt_sigaction, SIGUSR1, action1, 0, 8
after_sigaction1:
    sys sigaction2_insn, __NR_rt_sigaction, SIGUSR2, action2, 0, 8
after_sigaction2:
    sys block_insn, __NR_rt_sigprocmask, SIG_BLOCK, both, 0, 8
after_block:
    sys gettid1_insn, __NR_gettid
after_gettid1:
    sys_again tkill1_insn, __NR_tkill, SIGUSR1
after_tkill1:
    sys gettid2_insn, __NR_gettid
after_gettid2:
    sys_again tkill2_insn, __NR_tkill, SIGUSR2
after_tkill2:
    sys unblock_insn, __NR_rt_sigprocmask, SIG_UNBLOCK, both, 0, 8
after_unblock:
    finish_with exit_insn, handled

handler1:
    inc handled
    ret_from handler1_ret

handler2:
    inc handled
    ret_from handler2_ret

    restorer_rt

    .data
    sigaction action1, handler1
    sigaction action2, handler2
    .balign 8
both:
    .quad 1 << (SIGUSR1 - 1) | 1 << (SIGUSR2 - 1)
handled:
    word 0
