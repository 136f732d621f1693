/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All but the handler of a signal is recorded.  The signal's own edge leads outside,
 * and where its handler's return goes is entered; the transfer to the instruction that
 * was interrupted is counted as in a recording of everything.  The handler has been
 * called as a function before it became one.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * record: --symbol !skipped_handler --range 0-0x7fffffff
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: plain_call -> outside leave-region 1
 * edge: outside -> after_plain enter-region 1
 * edge: sigaction_insn -> again syscall 1
 * edge: gettid_insn -> got_tid syscall 3
 * edge: tkill_insn -> after_kill syscall 3
 * edge: after_kill -> outside leave-region 3
 * name@riscv64: restorer = vdso!*
 * edge@!riscv64: outside -> restorer enter-region 3
 * edge@!riscv64: sigreturn_insn -> after_kill signal-return 3
 * edge@riscv64: outside -> after_kill enter-region 3
 * edge: loop_end -> again taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    call_to plain_call, skipped_handler
after_plain:
    put handled, 0
    sys sigaction_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
again:
    sys gettid_insn, __NR_gettid
got_tid:
    sys_again tkill_insn, __NR_tkill, SIGUSR1
after_kill:
    countdown loop_end, turns, again
done:
    finish_with exit_insn, handled

    .balign 32
    .type skipped_handler, %function
skipped_handler:
    inc handled
    ret_from handler_ret
    .size skipped_handler, . - skipped_handler
    literals

    .balign 32
    restorer_rt

    .data
    sigaction action, skipped_handler
turns:
    word 3
handled:
    word 0
