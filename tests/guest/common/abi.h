/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few assembler macros with one meaning on every instruction set, so that a
 * program about signals or threads need be written only once.
 *
 * A macro that contains a branch or a system call takes as its first argument
 * the label to put on that very instruction: the name by which the expected
 * edges call it.  No macro contains any other branch.  All of them may change
 * the registers that a function call may change.
 *
 *   sys L, NR, A0...        system call NR with constant or address arguments
 *   sys_again L, NR, A1...  the same; argument 0 is the last call's result
 *   sys_cell L, NR, CELL, A1...   the same; argument 0 is the 32-bit word in CELL
 *   clone_thread L, STACK, CTID   clone(2) as for a thread; CTID is zeroed and
 *                           woken when it ends
 *   go L, TARGET            jump
 *   call_to L, TARGET       call
 *   call_cell L, CELL       call the function whose address is in memory
 *   ret_from L              return from a leaf function or signal handler
 *   if_zero L, CELL, T      branch to T if the word in memory is 0
 *   if_result_zero L, T     branch to T if the last system call gave 0
 *   countdown L, CELL, T    CELL -= 1, branch to T unless it is now 0
 *   reg_put V; reg_countdown L, T   the same with a register of the thread's own
 *                           (a system call with five arguments may change it)
 *   inc CELL; put CELL, V   memory word += 1; = constant or address
 *   load_from L, CELL       follow the pointer in CELL; L is the load from
 *                           where it points to
 *   aim_at_nothing          a register := an address where nothing is
 *   load_aimed              one instruction: load from there
 *   save_result CELL        store the last system call's result
 *   finish L, STATUS        exit_group(STATUS)
 *   finish_with L, CELL     exit_group(the word in memory)
 *   resume_at LABEL         in an SA_SIGINFO handler: continue at LABEL
 *   take_stack CELL_TOP     stack pointer = address
 *   undefined_insn L        an instruction that raises SIGILL
 *   new_code L, START, SIZE make sure that code written to there is seen (L is a
 *                           system call on arm and means nothing elsewhere)
 *   restorer_rt             what SA_RESTORER asks for: labels restorer and
 *                           sigreturn_insn (nothing where the kernel's own is
 *                           always used)
 *   sigaction NAME, HANDLER, FLAGS, MASK    data: struct sigaction
 *   c_enter; c_leave L      prologue, and epilogue that returns 0, of a function
 *                           that calls C functions
 *   c_call L, FUNC, A0...   call a C function, constant or address arguments
 *   c_call_cell L, FUNC, CELL, A1...   the same, argument 0 from memory
 *   literals                where the assembler may put constants (after a
 *                           branch that is always taken)
 *   word V...               data: C's long
 */
#ifndef CFLOW_GUEST_ABI_H
#define CFLOW_GUEST_ABI_H

#include <asm/unistd.h>

#define SIGILL 4
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGALRM 14
#define SIGCHLD 17

#define SA_SIGINFO 4
#define SA_RESTORER 0x04000000
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1

#define PROT_NONE 0
#define PROT_RW 3
#define PROT_RWX 7
#define MAP_PRIVATE_ANON 0x22

#define THREAD_FLAGS 0x250f00 /* VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID */

#define FUTEX_WAIT 0

    .section .note.GNU-stack, "", %progbits
    .text

#ifdef __x86_64__
#include "abi-x86_64.h"
#elif defined(__i386__)
#include "abi-i386.h"
#elif defined(__aarch64__)
#include "abi-aarch64.h"
#elif defined(__arm__)
#include "abi-arm.h"
#elif defined(__riscv)
#include "abi-riscv64.h"
#else
#error "no macros for this instruction set"
#endif

.macro literals
#if defined(__arm__) || defined(__aarch64__)
    .ltorg
#endif
.endm
.macro finish insn, status
    sys \insn, __NR_exit_group, \status
.endm

#endif
