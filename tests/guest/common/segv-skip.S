/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load in the middle of a block faults; the handler moves the saved program
 * counter on, so that control comes back behind the load.
 *
 * On x86_64 a return takes 4 instructions: mov, ret, and mov, syscall of the restorer.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> loop syscall 1
 * edge: fault_load -> handler signal 3
 * edge: handler_ret -> restorer return 3
 * edge: sigreturn_insn -> after_load signal-return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: fault_load -> handler signal SIGSEGV 3 mid-block
 * until@x86_64: fault_load -> handler 4
 * insn: fault_load left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
loop:
    inc before
    load_from fault_load, pointer
after_load:
    countdown loop_end, turns, loop
done:
    finish_with exit_insn, before

handler:
    resume_at after_load
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_SIGINFO
pointer:
    word 16
turns:
    word 3
before:
    word 0
