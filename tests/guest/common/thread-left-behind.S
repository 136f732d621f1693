/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program ends while a thread waits in a system call for ever.  Its last
 * edges are known all the same: it sits in that call and leaves from there.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: pipe_insn -> create syscall 1
 * edge: clone_insn -> after_clone syscall 1
 * edge: child_branch -> parent not-taken 1
 * edge: nap_insn -> after_nap syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 1
 * edge: child_branch -> thread taken 1
 * edge: thread_loop -> work taken 4
 * edge: thread_loop -> block not-taken 1
 * edge: block_insn -> outside exit 1
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
    sys nap_insn, __NR_nanosleep, tenth, 0
after_nap:
    finish exit_insn, 0

thread:
    reg_put 5
work:
    reg_countdown thread_loop, work
block:
    sys_cell block_insn, __NR_read, fds, byte, 1
    finish never_insn, 1

    .data
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
