/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handler without SA_RESTORER, as C libraries install them here: it returns
 * into the vdso, whose code returns from the signal.
 *
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> again syscall 1
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

    .data
    .balign 8
action:
    word handler, 0, 0, 0
turns:
    word 3
handled:
    word 0
