/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two threads at the same time in a loop with a locked instruction on
 * misaligned memory.  QEMU has each of them do it alone, in the same block of
 * one instruction; what is counted must be the thread's that runs it.  A call
 * in the loop leaves something to be mixed up: where each thread comes from.
 *
 * isa: x86_64 i386
 *
 * edge: outside -> _start entry 1
 * edge: pipe_insn -> create syscall 1
 * edge: clone_insn -> after_clone syscall 2
 * edge: child_branch -> parent not-taken 2
 * edge: create_loop -> create taken 1
 * edge: create_loop -> wait not-taken 1
 * edge: read_insn -> after_read syscall 2
 * edge: wait_loop -> wait taken 1
 * edge: wait_loop -> nap not-taken 1
 * edge: nap_insn -> after_nap syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 2
 * edge: child_branch -> thread taken 2
 * edge: work_call -> function call 40000
 * edge: function_ret -> locked return 40000
 * edge: thread_loop -> work taken 39998
 * edge: thread_loop -> tell not-taken 2
 * edge: write_insn -> after_write syscall 2
 * edge: thread_exit -> outside exit 2
 *
 * insn: locked left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys pipe_insn, __NR_pipe2, fds, 0
create:
    clone_thread clone_insn, stack_top, ctid
after_clone:
    if_result_zero child_branch, thread
parent:
    countdown create_loop, to_create, create
wait:
    sys_cell read_insn, __NR_read, fds, byte, 1
after_read:
    countdown wait_loop, to_wait, wait
nap:
    sys nap_insn, __NR_nanosleep, tenth, 0
after_nap:
    finish exit_insn, 0

thread:
    /* The stacks are apart: the threads call. */
    mov $1, %eax
    lock xadd %eax, next
    shl $12, %eax
#ifdef __x86_64__
    lea stacks(%rax), %rsp
#else
    lea stacks(%eax), %esp
#endif
    reg_put 20000
work:
work_call:
    call function
locked:
    lock incl line + 62
    reg_countdown thread_loop, work
tell:
    sys_cell write_insn, __NR_write, fds + 4, byte, 1
after_write:
    sys thread_exit, __NR_exit, 0

function:
function_ret:
    ret

    .data
fds:
    .long 0, 0
ctid:
    word 1
to_create:
    word 2
to_wait:
    word 2
next:
    .long 1
byte:
    word 0
tenth:
    word 0, 100000000
    .balign 64
line:
    .skip 128

    .bss
    .balign 4096
stacks:
    .skip 4 * 4096
    .skip 32768
stack_top:
