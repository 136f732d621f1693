/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that the program makes while it runs: a small function goes through a
 * pipe into anonymous memory and is called there, twice.  Its addresses are
 * offsets into that memory.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 *
 * edge: outside -> _start entry 1
 * edge: mmap_insn -> after_mmap syscall 1
 * edge: pipe_insn -> after_pipe syscall 1
 * edge: write_insn -> after_write syscall 1
 * edge: read_insn -> flush syscall 1
 * edge@arm: flush_insn -> again syscall 1
 * edge: jit_call -> anon!+0 indirect-call 2
 * edge: anon!made_end-made -> anon!made_loop-made taken 8
 * edge: anon!made_end-made -> anon!made_ret-made not-taken 2
 * edge: anon!made_ret-made -> after_call return 2
 * edge: loop_end -> again taken 1
 * edge: loop_end -> done not-taken 1
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
    sys_cell write_insn, __NR_write, fds + 4, made, made_size
after_write:
    sys_cell read_insn, __NR_read, fds, HERE, made_size
flush:
    new_code flush_insn, HERE, made_size
again:
    call_cell jit_call, pointer
after_call:
    countdown loop_end, turns, again
done:
    finish exit_insn, 0

made:
    reg_put 5
made_loop:
    reg_countdown made_end, made_loop
    ret_from made_ret
    .equ made_size, . - made

    .data
pointer:
    word HERE
fds:
    .long 0, 0
turns:
    word 2
