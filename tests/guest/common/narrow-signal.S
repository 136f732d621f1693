/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals across the border of what is recorded.  A fault in the middle of a
 * recorded block is handled outside, and so is left and come back from; a signal
 * that arrives outside has a recorded handler, which is entered and left, and is
 * no signal there.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * record: --symbol part_*
 * exit: 3
 *
 * edge: outside -> part_fault enter-region 3
 * edge: fault_load -> outside leave-region 3
 * edge: outside -> after_load enter-region 3
 * edge: fault_ret -> outside leave-region 3
 * edge: outside -> part_handler enter-region 3
 * edge: handler_ret -> outside leave-region 3
 *
 * disc: fault_load -> outside leave-region interrupted 3 mid-block
 * insn: fault_load left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys action_insn, __NR_rt_sigaction, SIGSEGV, fault_action, 0, 8
    sys action2_insn, __NR_rt_sigaction, SIGUSR1, action, 0, 8
loop:
    call_to main_call, part_fault
    sys gettid_insn, __NR_gettid
    sys_again tkill_insn, __NR_tkill, SIGUSR1
after_kill:
    countdown loop_end, turns, loop
done:
    finish_with exit_insn, handled

fault_handler:
    resume_at after_load
    ret_from fault_handler_ret

    restorer_rt
    literals

    .balign 32
    .type part_fault, %function
part_fault:
    inc before
    load_from fault_load, pointer
after_load:
    inc before
    ret_from fault_ret
    .size part_fault, . - part_fault
    literals

    .balign 32
    .type part_handler, %function
part_handler:
    inc handled
    ret_from handler_ret
    .size part_handler, . - part_handler
    literals

    .data
    sigaction fault_action, fault_handler, SA_SIGINFO
    sigaction action, part_handler
pointer:
    word 16
turns:
    word 3
before:
    word 0
handled:
    word 0
