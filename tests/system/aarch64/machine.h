/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virt machine: UART, interrupt controller, semihosting, PSCI. */
#ifndef MACHINE_H
#define MACHINE_H

#include "guest.h"

#define REG(a) (*(volatile u32 *)(a))
#define UART   0x09000000ull
#define DIST   0x08000000ull
#define GICC   0x08010000ull

void put_char(char c)
{
    while (REG(UART + 0x18) & 0x20) {
    }
    REG(UART) = (u32)c;
}

static inline void interrupts_on(u32 mask)
{
    REG(DIST) = 1;
    REG(DIST + 0x100) = mask;
    REG(GICC) = 1;
    REG(GICC + 4) = 0xff;
    asm volatile("msr daifclr, #2");
}

static inline u64 psci(u64 function, u64 a, u64 b, u64 c)
{
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = a;
    register u64 x2 asm("x2") = b;
    register u64 x3 asm("x3") = c;

    asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    return x0;
}

static __attribute__((noinline)) void power_off(void)
{
    static u64 block[2] = {0x20026, 0};
    register u64 x0 asm("x0") = 0x18;
    register u64 x1 asm("x1") = (u64)block;

    asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

#endif
