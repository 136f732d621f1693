/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal that the program sends to itself and that nobody handles: its last
 * instruction is the system call that sent it.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * exit: signal 15
 *
 * edge: outside -> _start entry 1
 * edge: loop_end -> _start taken 2
 * edge: loop_end -> suicide not-taken 1
 * edge: gettid_insn -> got_tid syscall 1
 * edge: tkill_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    countdown loop_end, turns, _start
suicide:
    sys gettid_insn, __NR_gettid
got_tid:
    sys_again tkill_insn, __NR_tkill, 15
    finish never_insn, 0

    .data
turns:
    word 3
