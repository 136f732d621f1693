/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC: ports, local APIC, interrupt table. */
#ifndef MACHINE_H
#define MACHINE_H

#include "guest.h"

#define APIC(r) (*(volatile u32 *)(0xfee00000ull + (r)))
#define GATE(n)                                                                                    \
    do {                                                                                           \
        extern char vector_##n[];                                                                  \
        set_gate(0x##n, (u64)vector_##n);                                                          \
    } while (0)

static inline void out8(u16 port, u8 value)
{
    asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;

    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void put_char(char c)
{
    while (!(in8(0x3fd) & 0x20)) {
    }
    out8(0x3f8, (u8)c);
}

static inline void set_gate(unsigned n, u64 to)
{
    extern u64 idt[512];

    idt[2 * n] = (to & 0xffff) | 8ull << 16 | 0x8e00ull << 32 | (to >> 16 & 0xffff) << 48;
    idt[2 * n + 1] = to >> 32;
}

static inline void quiet_pic(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    APIC(0xf0) = 0x1ff;
}

static inline void power_off(void)
{
    out8(0xf4, 0);
    asm volatile("cli\nhlt"); /* QEMU may end a little later */
}

#endif
