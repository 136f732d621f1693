/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that can be loaded anywhere: its rows are those of addresses
 * within the file, wherever it was this time.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * build: -nostdlib -static-pie -Wl,--no-dynamic-linker
 * oracle: no
 *
 * edge: outside -> _start entry 1
 * edge: loop_end -> loop taken 9
 * edge: loop_end -> caller not-taken 1
 * edge: call_insn -> function call 1
 * edge: function_ret -> after_call return 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    reg_put 10
loop:
    reg_countdown loop_end, loop
caller:
    call_to call_insn, function
after_call:
    finish exit_insn, 0

function:
    nop
    ret_from function_ret
