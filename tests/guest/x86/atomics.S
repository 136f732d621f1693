/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locked instructions on misaligned memory while there are two threads.  QEMU
 * cannot do these in place: it leaves the block there, and does the one
 * instruction while every other thread stands still.  Two loops, one that
 * begins with such an instruction and one with it in the middle, are counted
 * exactly.  The misaligned words cross a cache line.
 *
 * edge: outside -> _start entry 1
 * edge: pipe_insn -> after_pipe syscall 1
 * edge: clone_insn -> after_clone syscall 1
 * edge: child_branch -> parent not-taken 1
 * edge: parent_call -> work call 1
 * edge: work_ret -> after_parent return 1
 * edge: read_insn -> after_read syscall 1
 * edge: check -> right taken 1
 * edge: nap_insn -> after_nap syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 1
 * edge: child_branch -> child taken 1
 * edge: child_call -> work call 1
 * edge: work_ret -> after_child return 1
 * edge: write_insn -> after_write syscall 1
 * edge: thread_exit -> outside exit 1
 *
 * edge: head_branch -> head taken 1998
 * edge: head_branch -> middle not-taken 2
 * edge: middle_branch -> middle_loop taken 1998
 * edge: middle_branch -> work_ret not-taken 2
 *
 * insn: head left-mid-block
 * insn: locked left-mid-block
 */
#include "abi.h"

    .globl _start
_start:
    sys pipe_insn, __NR_pipe2, fds, 0
after_pipe:
    clone_thread clone_insn, stack_top, ctid
after_clone:
    if_result_zero child_branch, child
parent:
parent_call:
    call work
after_parent:
    sys_cell read_insn, __NR_read, fds, byte, 1
after_read:
    cmpl $4000, line + 62
check:
    je right
    ud2
right:
    sys nap_insn, __NR_nanosleep, tenth, 0
after_nap:
    finish exit_insn, 0

child:
child_call:
    call work
after_child:
    sys_cell write_insn, __NR_write, fds + 4, byte, 1
after_write:
    sys thread_exit, __NR_exit, 0

work:
    mov $1000, %ecx
head:
    lock incl line + 62
    dec %ecx
head_branch:
    jnz head
middle:
    mov $1000, %ecx
middle_loop:
    nop
locked:
    lock incl line + 62
    dec %ecx
middle_branch:
    jnz middle_loop
work_ret:
    ret

    .data
    .balign 64
line:
    .skip 128
fds:
    .long 0, 0
ctid:
    word 1
byte:
    word 0
tenth:
    word 0, 100000000

    .bss
    .balign 16
    .skip 32768
stack_top:
