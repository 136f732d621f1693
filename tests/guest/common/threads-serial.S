/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that come and go, one at a time: each is waited for before the next
 * begins, so that QEMU uses the same vCPU number again and again.  How often
 * the main thread has to ask whether a thread has ended is a matter of luck
 * (J times in all); everything else is not.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * exit: 12
 *
 * edge: outside -> _start entry 1
 * edge: clone_insn -> after_clone syscall 3
 * edge: child_branch -> join not-taken 3
 * edge: join_branch -> wait not-taken J
 * edge: wait_insn -> after_wait syscall J
 * edge: join_again -> join jump J
 * edge: join_branch -> joined taken 3
 * edge: loop_end -> _start taken 2
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 *
 * edge: outside -> after_clone entry 3
 * edge: child_branch -> thread taken 3
 * edge: thread_loop -> thread_work taken 9
 * edge: thread_loop -> thread_done not-taken 3
 * edge: thread_exit -> outside exit 3
 */
#include "abi.h"

    .globl _start
_start:
    put running, 1
    clone_thread clone_insn, stack_top, running
after_clone:
    if_result_zero child_branch, thread
join:
    if_zero join_branch, running, joined
wait:
    sys wait_insn, __NR_futex, running, FUTEX_WAIT, 1, 0
after_wait:
    go join_again, join
joined:
    countdown loop_end, turns, _start
done:
    finish_with exit_insn, work

thread:
    put thread_turns, 4
thread_work:
    inc work
    countdown thread_loop, thread_turns, thread_work
thread_done:
    sys thread_exit, __NR_exit, 0

    .data
running:
    word 0
turns:
    word 3
thread_turns:
    word 0
work:
    word 0

    .bss
    .balign 16
    .skip 32768
stack_top:
