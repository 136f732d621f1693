/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call through a pointer to where nothing is.  The call itself is carried
 * out; the fault is that of the instruction it leads to, which is no code of
 * any module.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 1
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> block syscall 1
 * edge: bad_call -> nowhere indirect-call 1
 * edge: nowhere -> handler signal 1
 * edge: handler_ret -> restorer return 1
 * edge: sigreturn_insn -> after_call signal-return 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
block:
    inc before
    call_cell bad_call, pointer
after_call:
    finish_with exit_insn, before

handler:
    resume_at after_call
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_SIGINFO
pointer:
    word 0x40
before:
    word 0
