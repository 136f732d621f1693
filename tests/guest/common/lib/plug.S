/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library for dlopen.S to load: one function with a loop. */
#include "../abi.h"

#ifdef __arm__
    /* The loader takes no library that says nothing of floating point. */
    .eabi_attribute Tag_ABI_VFP_args, 1
#endif

    .globl plug_work, plug_loop, plug_end, plug_last, plug_ret
    .type plug_work, %function
plug_work:
#if defined(__i386__)
    mov $5, %ecx
#elif defined(__x86_64__)
    mov $5, %ecx
#elif defined(__aarch64__)
    mov x9, #5
#elif defined(__arm__)
    mov r3, #5
#else
    li t0, 5
#endif
plug_loop:
1:                              /* (a global symbol could be another's) */
#if defined(__i386__) || defined(__x86_64__)
    dec %ecx
plug_end:
    jnz 1b
#elif defined(__aarch64__)
    subs x9, x9, #1
plug_end:
    b.ne 1b
#elif defined(__arm__)
    subs r3, r3, #1
plug_end:
    bne 1b
#else
    addi t0, t0, -1
plug_end:
    bnez t0, 1b
#endif
plug_last:
    nop
    ret_from plug_ret
    .size plug_work, . - plug_work
