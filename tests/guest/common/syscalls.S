/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls: control comes back behind each, whether it succeeds, fails or
 * does not exist, and whether it sleeps or not.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * stdout: hello
 *
 * edge: outside -> _start entry 1
 * edge: getpid_insn -> after_getpid syscall 10
 * edge: loop_end -> _start taken 9
 * edge: loop_end -> done not-taken 1
 * edge: write_insn -> after_write syscall 1
 * edge: bad_write_insn -> after_bad_write syscall 1
 * edge: no_such_insn -> after_no_such syscall 1
 * edge: nap_insn -> after_nap syscall 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    sys getpid_insn, __NR_getpid
after_getpid:
    countdown loop_end, turns, _start
done:
    sys write_insn, __NR_write, 1, hello, 6
after_write:
    sys bad_write_insn, __NR_write, -1, hello, 6
after_bad_write:
    sys no_such_insn, 1999
after_no_such:
    sys nap_insn, __NR_nanosleep, millisecond, 0
after_nap:
    finish exit_insn, 0

    .data
turns:
    word 10
millisecond:
    word 0, 1000000
hello:
    .ascii "hello\n"
