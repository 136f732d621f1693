/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One hart: timer interrupts, calls of the supervisor from both modes, illegal
 * instructions, page faults that are mended and retried, an exception within
 * an exception, and a device read in the middle of straight-line code.
 *
 * machine: -M virt -m 16 -bios none -kernel $ELF
 *
 * disc: timer = interrupt "machine timer interrupt" * -> m_vector
 * disc: ecall-m = exception "ecall from M-mode" call_m -> m_vector
 * disc: ecall-s = exception "ecall from S-mode" call_s -> m_vector
 * disc: illegal = exception "illegal instruction" illegal -> m_vector
 * disc: load-fault = exception "load page fault" touch_load -> s_vector
 * disc: store-fault = exception "store page fault" touch_store -> s_vector
 * disc: fetch-fault = exception "instruction page fault" * -> s_vector
 * disc: breakpoint = exception "breakpoint" * -> m_vector
 * edge: device-turns = taken device_branch -> device_loop
 * edge: m-returns = system m_vector_return -> *
 * edge: s-returns = system s_vector_return -> *
 */
#include "guest.h"

#define UART     ((volatile u8 *)0x10000000)
#define MTIME    (*(volatile u64 *)0x200bff8)
#define MTIMECMP (*(volatile u64 *)0x2004000)
#define TEST     (*(volatile u32 *)0x100000)

static volatile u32 timer, ecall_m, ecall_s, illegals, loads, stores, fetches, breakpoints;
static volatile u32 m_returns, s_returns, turns, stopping, stopped;
static u64 root[512] __attribute__((aligned(4096)));
static u64 middle[512] __attribute__((aligned(4096)));
static u64 leaves[512] __attribute__((aligned(4096)));
static u8 pages[16 * 4096] __attribute__((aligned(4096)));

#define VIRTUAL 0x40000000ull

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

void m_trap(u64 cause, u64 *frame)
{
    m_returns++;
    if (cause >> 63) {
        timer++;
        MTIMECMP = stopping ? -1ull : MTIME + 20000;
        stopped = stopping;
        return;
    }
    switch (cause) {
    case 2:
        illegals++;
        frame[0] += 4;
        if (illegals % 2) { /* an exception within an exception */
            asm volatile(".option push\n.option norvc\nebreak\n.option pop");
        }
        break;
    case 3:
        breakpoints++;
        frame[0] += 4;
        break;
    case 9:
        ecall_s++;
        frame[0] += 4;
        break;
    case 11:
        ecall_m++;
        frame[0] += 4;
        break;
    default:
        put_text("unexpected\n");
        TEST = 0x3333;
    }
}

static __attribute__((noinline)) void call_supervisor(void)
{
    asm volatile(".globl call_s\ncall_s: ecall");
}

void s_trap(u64 cause, u64 *frame)
{
    u64 at;

    (void)frame;
    asm volatile("csrr %0, stval" : "=r"(at));
    s_returns++;
    loads += cause == 13;
    stores += cause == 15;
    fetches += cause == 12;
    u64 n = (at - VIRTUAL) >> 12;
    leaves[n] = ((u64)(pages + n * 4096) >> 12) << 10 | 0xcf;
    asm volatile("sfence.vma");
    call_supervisor();
}

static void touch(u64 n)
{
    volatile u64 *p = (volatile u64 *)(VIRTUAL + n * 4096);
    u64 value = n;

    if (n % 3 == 0) {
        asm volatile(".globl touch_store\ntouch_store: sd %1, 0(%0)" ::"r"(p), "r"(value)
                     : "memory");
    } else if (n % 3 == 1) {
        asm volatile(".globl touch_load\ntouch_load: ld %0, 0(%1)" : "=r"(value) : "r"(p));
    } else {
        asm volatile("jalr ra, 0(%0)" ::"r"(p) : "ra");
    }
}

/* Reads of a device in the middle of straight-line code. */
static u64 read_device(u32 n)
{
    u64 sum = 0;

    asm volatile(".globl device_loop\n.globl device_branch\n"
                 "device_loop:\n"
                 "  ld t0, 0(%2)\n"
                 "  add %0, %0, t0\n"
                 "  lbu t1, 5(%3)\n"
                 "  add %0, %0, t1\n"
                 "  sd t0, 0(%4)\n"
                 "  addi %1, %1, -1\n"
                 "device_branch:\n"
                 "  bnez %1, device_loop\n"
                 : "+r"(sum), "+r"(n)
                 : "r"(&MTIME), "r"(UART), "r"(&sum)
                 : "t0", "t1", "memory");
    return sum;
}

static void in_supervisor_mode(void)
{
    for (u32 round = 0; round < 10; round++) {
        for (u64 n = 0; n < 15; n++) {
            *(u32 *)(pages + n * 4096) = 0x00008067; /* ret */
            leaves[n] = 0;
        }
        asm volatile("fence.i\nsfence.vma" ::: "memory");
        for (u64 n = 0; n < 15; n++) {
            touch(n);
        }
    }
    read_device(1000);
    turns += 1000 - 1;
    while (timer < 25) {
    }
}

int main(void)
{
    asm volatile("csrw pmpaddr0, %0\ncsrw pmpcfg0, %1" ::"r"(-1ull >> 10), "r"(0x1f));
    MTIMECMP = MTIME + 20000;
    asm volatile("csrs mie, %0\ncsrs mstatus, %1" ::"r"(1 << 7), "r"(1 << 3));
    for (u32 i = 0; i < 40; i++) {
        asm volatile(".globl call_m\ncall_m: ecall");
        if (i % 4 == 0) {
            asm volatile(".globl illegal\nillegal: .word 0xffffffff");
        }
    }
    read_device(500);
    turns += 500 - 1;
    while (timer < 10) {
        asm volatile("wfi");
    }
    root[0] = 0xcf; /* devices */
    root[1] = ((u64)middle >> 12) << 10 | 1;
    middle[0] = ((u64)leaves >> 12) << 10 | 1;
    root[2] = (0x80000000ull >> 12) << 10 | 0xcf; /* memory */
    asm volatile("csrw stvec, %0" ::"r"((u64)({
        extern char s_vector[];
        s_vector;
    })));
    asm volatile("csrw satp, %0\nsfence.vma" ::"r"(8ull << 60 | (u64)root >> 12));
    asm volatile("csrw medeleg, %0" ::"r"(1 << 12 | 1 << 13 | 1 << 15));
    /* to supervisor mode, and on */
    asm volatile("la t0, 1f\ncsrw mepc, t0\nli t0, 0x1800\ncsrc mstatus, t0\nli t0, 0x800\n"
                 "csrs mstatus, t0\nmret\n1:" ::
                     : "t0", "memory");
    in_supervisor_mode();
    stopping = 1;
    while (!stopped) {
    }
    u32 counts[] = {timer,   ecall_m,     ecall_s, illegals,  loads,    stores,
                    fetches, breakpoints, turns,   m_returns, s_returns};
    static const char *const names[] = {"timer",        "ecall-m",     "ecall-s",     "illegal",
                                        "load-fault",   "store-fault", "fetch-fault", "breakpoint",
                                        "device-turns", "m-returns",   "s-returns"};
    for (u32 i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        report(names[i], counts[i]);
    }
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
