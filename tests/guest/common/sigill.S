/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An undefined instruction; the handler moves the saved program counter over
 * it.
 *
 * On x86_64 a return takes 4 instructions: mov, ret, and mov, syscall of the restorer.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 2
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> loop syscall 1
 * edge: undefined -> handler signal 2
 * edge: handler_ret -> restorer return 2
 * edge: sigreturn_insn -> after_undefined signal-return 2
 * edge: loop_end -> loop taken 1
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: undefined -> handler signal SIGILL 2 mid-block
 * until@x86_64: undefined -> handler 4
 * insn: undefined left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGILL, action, 0, 8
loop:
    inc before
    undefined_insn undefined
after_undefined:
    countdown loop_end, turns, loop
done:
    finish_with exit_insn, before

handler:
    resume_at after_undefined
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_SIGINFO
turns:
    word 2
before:
    word 0
