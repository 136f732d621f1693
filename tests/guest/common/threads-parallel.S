/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four threads that run at the same time, each through the same loop with a
 * counter of its own: the counts of different vCPUs add up and none is lost.
 * Each thread tells that it is done by a byte in a pipe; the main thread
 * reads four of them, and then gives the threads time to end.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: pipe_insn -> create syscall 1
 * edge: clone_insn -> after_clone syscall 4
 * edge: child_branch -> parent not-taken 4
 * edge: create_loop -> create taken 3
 * edge: create_loop -> wait not-taken 1
 * edge: read_insn -> after_read syscall 4
 * edge: wait_loop -> wait taken 3
 * edge: wait_loop -> nap not-taken 1
 * edge: nap_insn -> after_nap syscall 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 4
 * edge: child_branch -> thread taken 4
 * edge: thread_loop -> work taken 79996
 * edge: thread_loop -> tell not-taken 4
 * edge: write_insn -> after_write syscall 4
 * edge: thread_exit -> outside exit 4
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
    reg_put 20000
work:
    reg_countdown thread_loop, work
tell:
    sys_cell write_insn, __NR_write, fds + 4, byte, 1
after_write:
    sys thread_exit, __NR_exit, 0

    .data
fds:
    .long 0, 0
ctid:
    word 1
to_create:
    word 4
to_wait:
    word 4
byte:
    word 0
tenth:
    word 0, 100000000

    .bss
    .balign 16
    .skip 32768
stack_top:
