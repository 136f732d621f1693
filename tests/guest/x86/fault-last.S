/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last instruction of a block faults before it has gone anywhere: a call
 * through a pointer that cannot be read, a call that cannot push, a return
 * that cannot pop, a jump through memory.  None of them made its transfer.
 *
 * exit: 4
 *
 * edge: outside -> _start entry 1
 * edge: altstack_insn -> after_altstack syscall 1
 * edge: sigaction_insn -> block1 syscall 1
 * edge: call_memory -> handler signal 1
 * edge: sigreturn_insn -> block2 signal-return 1
 * edge: call_push -> handler signal 1
 * edge: sigreturn_insn -> block3 signal-return 1
 * edge: ret_pop -> handler signal 1
 * edge: sigreturn_insn -> block4 signal-return 1
 * edge: jump_memory -> handler signal 1
 * edge: sigreturn_insn -> done signal-return 1
 * edge: handler_ret -> restorer return 4
 * edge: exit_insn -> outside exit 1
 *
 * insn: call_memory left-mid-block
 * insn: call_push left-mid-block
 * insn: ret_pop left-mid-block
 * insn: jump_memory left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys altstack_insn, __NR_sigaltstack, altstack, 0
after_altstack:
    sys sigaction_insn, __NR_rt_sigaction, SIGSEGV, action, 0, 8
block1:
    movl $block2, resume
    xor %ebx, %ebx
call_memory:
    call *16(XBX)
block2:
    movl $block3, resume
    mov $4096, %esp
call_push:
    call never
block3:
    movl $block4, resume
    mov $4096, %esp
ret_pop:
    ret
block4:
    movl $done, resume
jump_memory:
    jmp *16(XBX)
done:
    finish_with exit_insn, handled

never:
    ud2

handler:
    incl handled
#ifdef __x86_64__
    mov resume, %rax
    mov %rax, 168(%rdx)
#else
    mov 12(%esp), %ecx
    mov resume, %eax
    mov %eax, 76(%ecx)
#endif
    ret_from handler_ret

    restorer_rt

    .data
    sigaction action, handler, SA_SIGINFO | SA_ONSTACK
altstack:
    word stack, 0, 32768
resume:
    word 0
handled:
    word 0

    .bss
    .balign 16
stack:
    .skip 32768
