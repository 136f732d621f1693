/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load in the middle of a block faults; the handler makes the page readable
 * and returns, and the load is tried again.  Three times over.  The load is
 * the source of an edge although it is no branch.
 *
 * On x86_64 a return takes 8 instructions: 4 mov, syscall, ret, and mov, syscall of
 * the restorer.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * name@riscv64: restorer = vdso!*
 * name@riscv64: sigreturn_insn = vdso!*
 * exit: 3
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> loop syscall 1
 * edge: protect_insn -> block syscall 3
 * edge: fault_load -> handler signal 3
 * edge: allow_insn -> after_allow syscall 3
 * edge: handler_ret -> restorer return 3
 * edge: sigreturn_insn -> fault_load signal-return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: fault_load -> handler signal SIGSEGV 3 mid-block
 * until@x86_64: fault_load -> handler 8
 * insn: fault_load left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
loop:
    sys protect_insn, __NR_mprotect, page, 4096, PROT_NONE
block:
    inc before
    load_from fault_load, pointer
    inc after
    countdown loop_end, turns, loop
done:
    finish_with exit_insn, after

handler:
    sys allow_insn, __NR_mprotect, page, 4096, PROT_RW
after_allow:
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
pointer:
    word page
turns:
    word 3
before:
    word 0
after:
    word 0

    .bss
    .balign 4096
page:
    .skip 4096
