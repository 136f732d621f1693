/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The old kind of signal frame, without SA_SIGINFO, in both of its forms: one
 * handler has a restorer in the program, which calls sigreturn; the other has
 * none and returns into the vdso.  A third has the new kind of frame, and none
 * either.
 *
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction1_insn -> after1 syscall 1
 * edge: sigaction2_insn -> after2 syscall 1
 * edge: sigaction3_insn -> after3 syscall 1
 * edge: gettid1_insn -> got_tid1 syscall 1
 * edge: tkill1_insn -> after_kill1 syscall 1
 * edge: gettid2_insn -> got_tid2 syscall 1
 * edge: tkill2_insn -> after_kill2 syscall 1
 * edge: gettid3_insn -> got_tid3 syscall 1
 * edge: tkill3_insn -> after_kill3 syscall 1
 *
 * edge: after_kill1 -> handler1 signal 1
 * edge: handler1_ret -> old_restorer return 1
 * edge: old_sigreturn -> after_kill1 signal-return 1
 * edge: after_kill2 -> handler2 signal 1
 * edge: handler2_ret -> vdso!* return 1
 * edge: vdso!* -> after_kill2 signal-return 1
 * edge: after_kill3 -> handler3 signal 1
 * edge: handler3_ret -> vdso!* return 1
 * edge: vdso!* -> after_kill3 signal-return 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction1_insn, __NR_rt_sigaction, SIGUSR1, action1, 0, 8
after1:
    sys sigaction2_insn, __NR_rt_sigaction, SIGUSR2, action2, 0, 8
after2:
    sys sigaction3_insn, __NR_rt_sigaction, SIGALRM, action3, 0, 8
after3:
    sys gettid1_insn, __NR_gettid
got_tid1:
    sys_again tkill1_insn, __NR_tkill, SIGUSR1
after_kill1:
    sys gettid2_insn, __NR_gettid
got_tid2:
    sys_again tkill2_insn, __NR_tkill, SIGUSR2
after_kill2:
    sys gettid3_insn, __NR_gettid
got_tid3:
    sys_again tkill3_insn, __NR_tkill, SIGALRM
after_kill3:
    finish_with exit_insn, handled

handler1:
    inc handled
    ret_from handler1_ret
handler2:
    inc handled
    ret_from handler2_ret
handler3:
    inc handled
    ret_from handler3_ret

old_restorer:
    pop %eax
    mov $__NR_sigreturn, %eax
old_sigreturn:
    int $0x80

    .data
action1:
    .long handler1, SA_RESTORER, old_restorer, 0, 0
action2:
    .long handler2, 0, 0, 0, 0
action3:
    .long handler3, SA_SIGINFO, 0, 0, 0
handled:
    word 0
