/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One processor: the local APIC's timer, software interrupts, undefined
 * instructions, page faults that are mended and retried, an exception within an
 * exception, and a device read in the middle of straight-line code.
 *
 * machine: -M pc -m 64 -vga none -no-reboot -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * disc: timer = interrupt "vector 0x40" * -> vector_40
 * disc: int80 = exception "int 0x80" call_system -> vector_80
 * disc: int80-nested = exception "int 0x80" nested_call -> vector_80
 * disc: undefined = exception "undefined instruction" undefined -> vector_06
 * disc: breakpoint = exception "breakpoint" nested_breakpoint -> vector_03
 * disc: read-fault = exception "page fault (read, not present)" touch_read -> vector_0e
 * disc: write-fault = exception "page fault (write, not present)" touch_write -> vector_0e
 * disc: write-protected = exception "page fault (write, protected)" touch_write -> vector_0e
 * disc: string-fault = exception "page fault (write, not present)" touch_string -> vector_0e
 * disc: fetch-fault = exception "page fault (*" fetched_from -> vector_0e
 * edge: device-turns = taken device_branch -> device_loop
 * edge: returns = system trap_return -> *
 */
#include "machine.h"

#define N_PAGES 16
#define VIRTUAL 0x200000000ull

extern u64 test_pt[512];
static u8 pages[N_PAGES * 4096] __attribute__((aligned(4096)));
static volatile u32 timer, int80, int80_nested, undefineds, breakpoints, reads, writes, protected;
static volatile u32 strings, fetches, turns, returns;
asm(".globl fetched_from\nfetched_from = 0x20000f000");

__attribute__((noinline)) static void nested(void)
{
    asm volatile(".globl nested_call\nnested_call: int $0x80" ::: "memory");
}

void trap(u64 vector, u64 *frame)
{
    extern char touch_read[], touch_write[], touch_string[];
    u64 rip = frame[11], error = frame[10], at;

    returns++;
    switch (vector) {
    case 0x40:
        timer++;
        APIC(0xb0) = 0;
        break;
    case 0x80:
        int80++;
        break;
    case 3:
        breakpoints++;
        break;
    case 6:
        undefineds++;
        frame[11] += 2;
        if (undefineds % 2) {
            asm volatile(".globl nested_breakpoint\nnested_breakpoint: int3" ::: "memory");
        }
        break;
    case 14:
        asm volatile("mov %%cr2, %0" : "=r"(at));
        u64 n = (at - VIRTUAL) >> 12;
        reads += rip == (u64)touch_read;
        writes += rip == (u64)touch_write && !(error & 1);
        protected += rip == (u64)touch_write && (error & 1);
        strings += rip == (u64)touch_string;
        fetches += rip == at;
        /* written to: first without the right to write */
        test_pt[n] = (u64)(pages + n * 4096) | (rip == (u64)touch_write && !(error & 1) ? 1 : 3);
        asm volatile("invlpg (%0)" ::"r"(at) : "memory");
        int80_nested++;
        int80--;
        nested();
        break;
    default:
        put_text("unexpected\n");
        power_off();
    }
}

__attribute__((noinline)) static void touch(u64 n)
{
    volatile u64 *p = (volatile u64 *)(VIRTUAL + n * 4096);
    u64 value = 1;

    asm volatile(".globl touch_read\ntouch_read: mov (%1), %0" : "=r"(value) : "r"(p));
    asm volatile("nop");
}

__attribute__((noinline)) static void touch2(u64 n)
{
    volatile u64 *p = (volatile u64 *)(VIRTUAL + n * 4096);

    asm volatile(".globl touch_write\ntouch_write: movq $1, (%0)" ::"r"(p) : "memory");
}

__attribute__((noinline)) static void touch3(u64 n, u64 bytes)
{
    u64 p = VIRTUAL + n * 4096 - bytes / 2;

    asm volatile("xor %%eax, %%eax\n.globl touch_string\ntouch_string: rep stosb"
                 : "+D"(p), "+c"(bytes)::"rax", "memory");
}

__attribute__((noinline)) static u32 read_device(u32 n)
{
    u32 sum = 0;

    asm volatile(".globl device_loop\n.globl device_branch\n"
                 "device_loop:\n"
                 "  mov 0x20(%2), %%eax\n"
                 "  add %%eax, %0\n"
                 "  mov 0x30(%2), %%eax\n"
                 "  add 0x30(%2), %0\n"
                 "  dec %1\n"
                 "device_branch:\n"
                 "  jnz device_loop\n"
                 : "+r"(sum), "+r"(n)
                 : "r"(0xfee00000ull)
                 : "rax", "memory", "cc");
    return sum;
}

__attribute__((noinline)) static void one_round(void)
{
    asm volatile(".globl call_system\ncall_system: int $0x80" ::: "memory");
    asm volatile(".globl undefined\nundefined: ud2" ::: "memory");
}

int main(void)
{
    GATE(03);
    GATE(06);
    GATE(0e);
    GATE(40);
    GATE(80);
    quiet_pic();
    APIC(0x3e0) = 3;
    APIC(0x320) = 0x20040;
    APIC(0x380) = 100000;
    asm volatile("sti");
    for (u32 i = 0; i < 50; i++) {
        one_round();
    }
    for (u32 round = 0; round < 10; round++) {
        for (u64 n = 0; n < N_PAGES; n++) {
            test_pt[n] = 0;
            pages[n * 4096] = 0xc3;
        }
        asm volatile("mov %%cr3, %%rax\nmov %%rax, %%cr3" ::: "rax", "memory");
        for (u64 n = 0; n < N_PAGES - 1; n++) {
            if (n % 2) {
                touch(n);
            } else if (n % 4) {
                touch2(n);
            } else if (n) {
                touch3(n, 100);
            }
        }
        ((void (*)(void))(VIRTUAL + (N_PAGES - 1) * 4096))();
    }
    read_device(800);
    turns += 799;
    while (timer < 20) {
        asm volatile("hlt");
    }
    asm volatile("cli");
    report("timer", timer);
    report("int80", int80);
    report("int80-nested", int80_nested);
    report("undefined", undefineds);
    report("breakpoint", breakpoints);
    report("read-fault", reads);
    report("write-fault", writes);
    report("write-protected", protected);
    report("string-fault", strings);
    report("fetch-fault", fetches);
    report("device-turns", turns);
    report("returns", returns);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
