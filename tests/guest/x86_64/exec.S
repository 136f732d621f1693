/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that becomes another program: its profile ends with the system
 * call that did it.  (What the other program does is not recorded: it runs
 * without QEMU.)
 *
 * oracle: no
 *
 * edge: outside -> _start entry 1
 * edge: loop_end -> _start taken 4
 * edge: loop_end -> last not-taken 1
 * edge: failing_exec -> after_failing syscall 1
 * edge: exec_insn -> outside exit 1
 */
#include "abi.h"

    .globl _start
_start:
    countdown loop_end, turns, _start
last:
    sys failing_exec, __NR_execve, nowhere, argv, argv + 8
after_failing:
    sys exec_insn, __NR_execve, true, argv, argv + 8
    finish never_insn, 1

    .data
turns:
    word 5
argv:
    word true, 0
true:
    .asciz "/bin/true"
nowhere:
    .asciz "/nonexistent/program"
