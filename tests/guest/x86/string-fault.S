/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A string instruction that faults half way, when it comes to a page that
 * cannot be read; the handler cures that, and the rest is done.
 *
 * exit: 100
 *
 * edge: outside -> _start entry 1
 * edge: sigaction_insn -> after_sigaction syscall 1
 * edge: protect_insn -> block syscall 1
 * edge: copy -> handler signal 1
 * edge: allow_insn -> after_allow syscall 1
 * edge: handler_ret -> restorer return 1
 * edge: sigreturn_insn -> copy signal-return 1
 * edge: exit_insn -> outside exit 1
 *
 * disc: copy -> handler signal SIGSEGV 1 mid-block
 * insn: copy left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
after_sigaction:
    sys protect_insn, __NR_mprotect, page, 4096, PROT_NONE
block:
    mov $page - 50, %esi
    mov $target, %edi
    mov $100, %ecx
    cld
copy:
    rep movsb
    sub $target, %edi
    mov %edi, copied
    finish_with exit_insn, copied

handler:
    sys allow_insn, __NR_mprotect, page, 4096, PROT_RW
after_allow:
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler
copied:
    word 0

    .bss
    .balign 4096
    .skip 4096
page:
    .skip 4096
target:
    .skip 4096
