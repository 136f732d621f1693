/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions through trap gates, which leave interrupts enabled: some timer interrupts come
 * when control is at a vector and no instruction there has run.  Until that has happened
 * often enough.
 *
 * machine: -M pc -m 64 -vga none -no-reboot -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * disc: early-06 = interrupt "vector 0x40" vector_06 -> vector_40
 * disc: early-0e = interrupt "vector 0x40" vector_0e -> vector_40
 * disc: early-80 = interrupt "vector 0x40" vector_80 -> vector_40
 * disc: timer = interrupt "vector 0x40" * -> vector_40
 * disc: int80 = exception "int 0x80" call_system -> vector_80
 * disc: undefined = exception "undefined instruction" undefined -> vector_06
 * disc: read-fault = exception "page fault (read, not present)" touch_read -> vector_0e
 * edge: back-06 = system trap_return -> vector_06
 * edge: back-0e = system trap_return -> vector_0e
 * edge: back-80 = system trap_return -> vector_80
 * edge: returns = system trap_return -> *
 */
#include "machine.h"

#define VIRTUAL 0x200000000ull
#define ENOUGH  30

extern u64 test_pt[512], idt[512];
extern char vector_06[], vector_0e[], vector_80[];
static u8 page[4096] __attribute__((aligned(4096)));
static volatile u32 timer, early_06, early_0e, early_80, int80, undefineds, reads, seed;

static void arm_timer(void)
{
    seed = seed * 1103515245 + 12345;
    APIC(0x380) = 4000 + (seed >> 16) % 8000;
}

void trap(u64 vector, u64 *frame)
{
    switch (vector) {
    case 0x40:
        early_06 += frame[11] == (u64)vector_06;
        early_0e += frame[11] == (u64)vector_0e;
        early_80 += frame[11] == (u64)vector_80;
        timer++;
        arm_timer();
        APIC(0xb0) = 0;
        break;
    case 0x80:
        int80++;
        break;
    case 6:
        undefineds++;
        frame[11] += 2;
        break;
    case 14:
        reads++;
        test_pt[0] = (u64)page | 3;
        asm volatile("invlpg (%0)" ::"r"(VIRTUAL) : "memory");
        break;
    default:
        put_text("unexpected\n");
        power_off();
    }
}

static void trap_gate(unsigned n)
{
    idt[2 * n] |= 0x0100ull << 32;
}

int main(void)
{
    GATE(06);
    GATE(0e);
    GATE(40);
    GATE(80);
    trap_gate(0x06);
    trap_gate(0x0e);
    trap_gate(0x80);
    quiet_pic();
    APIC(0x3e0) = 3;
    APIC(0x320) = 0x40;
    arm_timer();
    asm volatile("sti");
    while (early_06 < ENOUGH || early_0e < ENOUGH || early_80 < ENOUGH) {
        u64 value;
        test_pt[0] = 0;
        asm volatile("invlpg (%0)" ::"r"(VIRTUAL) : "memory");
        asm volatile(".globl touch_read\ntouch_read: mov (%1), %0" : "=r"(value) : "r"(VIRTUAL));
        asm volatile(".globl call_system\ncall_system: int $0x80" ::: "memory");
        asm volatile(".globl undefined\nundefined: ud2" ::: "memory");
    }
    asm volatile("cli");
    report("early-06", early_06);
    report("early-0e", early_0e);
    report("early-80", early_80);
    report("timer", timer - early_06 - early_0e - early_80);
    report("int80", int80);
    report("undefined", undefineds);
    report("read-fault", reads);
    report("back-06", early_06);
    report("back-0e", early_0e);
    report("back-80", early_80);
    report("returns", timer + int80 + undefineds + reads);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
