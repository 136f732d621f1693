/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Straight-line code of 1500 instructions: QEMU cuts it in pieces, because a
 * block is too long or a page ends; a profile does not show that as control
 * flow.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: loop_end -> _start taken 6
 * edge: loop_end -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    .rept 1500
    nop
    .endr
    countdown loop_end, turns, _start
done:
    finish exit_insn, 0

    .data
turns:
    word 7
