/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that nobody handles ends the program where it stands.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * exit: signal 11
 *
 * edge: outside -> _start entry 1
 * edge: loop_end -> _start taken 2
 * edge: loop_end -> bad not-taken 1
 * edge: fault_load -> outside exit 1
 *
 * insn: fault_load left-mid-block
 *
 * The flow engine sees that a block was left, not at which of its loads.
 * admits: flow
 */
#include "abi.h"

    .globl _start
_start:
    countdown loop_end, turns, _start
bad:
    load_from fault_load, pointer
    finish never_insn, 0

    .data
pointer:
    word 16
turns:
    word 3
