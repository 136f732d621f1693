/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions that go to the supervisor, and timer interrupts that go to machine mode, some
 * of them before the supervisor's handler has begun: control was at its vector, and no
 * instruction there ran.  Until that has happened often enough.
 *
 * machine: -M virt -m 16 -bios none -kernel $ELF
 *
 * disc: early = interrupt "machine timer interrupt" s_vector -> m_vector
 * disc: timer = interrupt "machine timer interrupt" * -> m_vector
 * disc: load-fault = exception "load page fault" touch_load -> s_vector
 * disc: fetch-fault = exception "instruction page fault" fetched_from -> s_vector
 * disc: breakpoint = exception "breakpoint" touch_break -> s_vector
 * edge: m-early = system m_vector_return -> s_vector
 * edge: m-returns = system m_vector_return -> *
 * edge: s-returns = system s_vector_return -> *
 */
#include "guest.h"

#define UART     ((volatile u8 *)0x10000000)
#define MTIME    (*(volatile u64 *)0x200bff8)
#define MTIMECMP (*(volatile u64 *)0x2004000)
#define TEST     (*(volatile u32 *)0x100000)
#define VIRTUAL  0x40000000ull
#define ENOUGH   30

static volatile u32 early, timer, loads, fetches, breakpoints, stopping, stopped, seed;
static u64 root[512] __attribute__((aligned(4096)));
static u64 middle[512] __attribute__((aligned(4096)));
static u64 leaves[512] __attribute__((aligned(4096)));
static u32 page[1024] __attribute__((aligned(4096)));

extern char s_vector[];
asm(".globl fetched_from\n.set fetched_from, 0x40000000");

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

void m_trap(u64 cause, u64 *frame)
{
    if (!(cause >> 63)) {
        put_text("unexpected\n");
        TEST = 0x3333;
    }
    if (frame[0] == (u64)s_vector) {
        early++;
    } else {
        timer++;
    }
    seed = seed * 1103515245 + 12345;
    MTIMECMP = stopping ? -1ull : MTIME + 300 + (seed >> 16) % 500;
    stopped = stopping;
}

void s_trap(u64 cause, u64 *frame)
{
    if (cause == 3) {
        breakpoints++;
        frame[0] += 4;
        return;
    }
    loads += cause == 13;
    fetches += cause == 12;
    leaves[0] = ((u64)page >> 12) << 10 | 0xcf;
    asm volatile("sfence.vma");
}

static void touch(void)
{
    volatile u32 *p = (volatile u32 *)VIRTUAL;
    u64 value;

    leaves[0] = 0;
    asm volatile("sfence.vma");
    asm volatile(".globl touch_load\ntouch_load: lw %0, 0(%1)" : "=r"(value) : "r"(p));
    leaves[0] = 0;
    asm volatile("sfence.vma");
    asm volatile("jalr ra, 0(%0)" ::"r"(p) : "ra");
    asm volatile(".option push\n.option norvc\n.globl touch_break\ntouch_break: ebreak\n"
                 ".option pop");
}

int main(void)
{
    u32 turns = 0;

    page[0] = 0x00008067; /* ret */
    root[0] = 0xcf;       /* devices */
    root[1] = ((u64)middle >> 12) << 10 | 1;
    middle[0] = ((u64)leaves >> 12) << 10 | 1;
    root[2] = (0x80000000ull >> 12) << 10 | 0xcf; /* memory */
    asm volatile("csrw pmpaddr0, %0\ncsrw pmpcfg0, %1" ::"r"(-1ull >> 10), "r"(0x1f));
    asm volatile("csrw stvec, %0" ::"r"(s_vector));
    asm volatile("csrw satp, %0\nsfence.vma" ::"r"(8ull << 60 | (u64)root >> 12));
    asm volatile("csrw medeleg, %0" ::"r"(1 << 3 | 1 << 12 | 1 << 13));
    MTIMECMP = MTIME + 20000;
    asm volatile("csrs mie, %0\ncsrs mstatus, %1" ::"r"(1 << 7), "r"(1 << 3));
    /* to supervisor mode, and on */
    asm volatile("la t0, 1f\ncsrw mepc, t0\nli t0, 0x1800\ncsrc mstatus, t0\nli t0, 0x800\n"
                 "csrs mstatus, t0\nmret\n1:" ::
                     : "t0", "memory");
    for (turns = 0; early < ENOUGH; turns++) {
        touch();
    }
    stopping = 1;
    while (!stopped) {
    }
    report("early", early);
    report("timer", timer);
    report("load-fault", turns);
    report("fetch-fault", turns);
    report("breakpoint", turns);
    report("m-early", early);
    report("m-returns", early + timer);
    report("s-returns", 3 * turns);
    if (loads != turns || fetches != turns || breakpoints != turns) {
        put_text("@lost 1\n");
    }
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
