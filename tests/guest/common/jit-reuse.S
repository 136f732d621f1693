/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made code whose place is used again: one function is made, called and then
 * overwritten by another of a different shape.  The rows of both are there.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: mmap_insn -> after_mmap syscall 1
 * edge: pipe_insn -> after_pipe syscall 1
 * edge: write1_insn -> after_write1 syscall 1
 * edge: read1_insn -> flush1 syscall 1
 * edge@arm: flush1_insn -> first syscall 1
 * edge: first_call -> anon!+0 indirect-call 3
 * edge: anon!one_end-one -> anon!one_loop-one taken 12
 * edge: anon!one_end-one -> anon!one_ret-one not-taken 3
 * edge: anon!one_ret-one -> after_first return 3
 * edge: first_loop -> first taken 2
 * edge: first_loop -> remake not-taken 1
 * edge: write2_insn -> after_write2 syscall 1
 * edge: read2_insn -> flush2 syscall 1
 * edge@arm: flush2_insn -> second syscall 1
 * edge: second_call -> anon!+0 indirect-call 4
 * edge: anon!two_jump-two -> anon!two_back-two jump 4
 * edge: anon!two_again-two -> anon!two_ret-two jump 4
 * edge: anon!two_ret-two -> after_second return 4
 * edge: second_loop -> second taken 3
 * edge: second_loop -> done not-taken 1
 * edge: exit_insn -> outside exit 1
 */
#include "abi.h"

#define MAP_FIXED 0x10
#define HERE 0x20000000

    .globl _start
_start:
    sys mmap_insn, MMAP, HERE, 4096, PROT_RWX, MAP_PRIVATE_ANON | MAP_FIXED, -1, 0
after_mmap:
    sys pipe_insn, __NR_pipe2, fds, 0
after_pipe:
    sys_cell write1_insn, __NR_write, fds + 4, one, one_size
after_write1:
    sys_cell read1_insn, __NR_read, fds, HERE, one_size
flush1:
    new_code flush1_insn, HERE, one_size
first:
    call_cell first_call, pointer
after_first:
    countdown first_loop, first_turns, first
remake:
    sys_cell write2_insn, __NR_write, fds + 4, two, two_size
after_write2:
    sys_cell read2_insn, __NR_read, fds, HERE, two_size
flush2:
    new_code flush2_insn, HERE, two_size
second:
    call_cell second_call, pointer
after_second:
    countdown second_loop, second_turns, second
done:
    finish exit_insn, 0
    literals

one:
    reg_put 5
one_loop:
    reg_countdown one_end, one_loop
    ret_from one_ret
    .equ one_size, . - one

two:
    go two_jump, two_back
    ret_from two_ret
two_back:
    nop
    go two_again, two_ret
    .equ two_size, . - two

    .data
    .balign 8
pointer:
    word HERE
fds:
    .long 0, 0
first_turns:
    word 3
second_turns:
    word 4
