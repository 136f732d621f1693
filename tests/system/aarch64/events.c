/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One processor: timer interrupts, supervisor calls, undefined instructions,
 * data and instruction aborts that are mended and retried, a call of the
 * supervisor within an exception, calls of the emulator (PSCI), and a device
 * read in the middle of straight-line code.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a57 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: timer = interrupt "IRQ" * -> irq_vector
 * disc: svc = exception "svc" call_svc+4 -> sync_vector
 * disc: svc = exception "svc" nested_svc+4 -> sync_vector
 * disc: svc = exception "svc" call_svc -> sync_vector
 * disc: svc = exception "svc" nested_svc -> sync_vector
 * disc: undefined = exception "undefined instruction" undefined -> sync_vector
 * disc: brk = exception "brk" breakpoint -> sync_vector
 * disc: load-abort = exception "data abort (translation)" touch_load -> sync_vector
 * disc: store-abort = exception "data abort (translation)" touch_store -> sync_vector
 * disc: permission = exception "data abort (permission)" touch_store -> sync_vector
 * disc: fetch-abort = exception "instruction abort (translation)" fetched_from -> sync_vector
 * disc: psci = host-call "*" * -> *
 * edge: device-turns = taken device_branch -> device_loop
 * edge: returns = system trap_return -> *
 */
#include "machine.h"

#define N_PAGES 16
#define VIRTUAL 0x200000000ull

static u64 l1[512] __attribute__((aligned(4096)));
static u64 l2[512] __attribute__((aligned(4096)));
static u64 l3[512] __attribute__((aligned(4096)));
static u8 pages[N_PAGES * 4096] __attribute__((aligned(4096)));
static volatile u32 timer, svcs, undefineds, brks, loads, stores, permissions, fetches, calls,
    turns;
static volatile u32 returns, stopping, stopped;
asm(".globl fetched_from\nfetched_from = 0x20000f000");

static void arm_timer(void)
{
    asm volatile("msr cntv_tval_el0, %0\nmsr cntv_ctl_el0, %1" ::"r"(100000ull), "r"(1ull));
}

static __attribute__((noinline)) void nested(void)
{
    asm volatile(".globl nested_svc\nnested_svc: svc #2" ::: "memory");
}

void trap(u64 row, u64 *frame)
{
    extern char touch_load[];
    u64 esr, far;

    returns++;
    if (row) {
        u32 id = REG(GICC + 0xc);
        timer++;
        if (stopping) {
            asm volatile("msr cntv_ctl_el0, xzr");
            stopped = 1;
        } else {
            arm_timer();
        }
        REG(GICC + 0x10) = id;
        return;
    }
    asm volatile("mrs %0, esr_el1\nmrs %1, far_el1" : "=r"(esr), "=r"(far));
    u64 n = (far - VIRTUAL) >> 12;
    switch (esr >> 26) {
    case 0x15:
        svcs++;
        break;
    case 0:
        undefineds++;
        frame[20] += 4;
        nested();
        break;
    case 0x3c:
        brks++;
        frame[20] += 4;
        break;
    case 0x21:
    case 0x25:
        fetches += esr >> 26 == 0x21;
        loads += frame[20] == (u64)touch_load;
        /* stored to: first without the right to write */
        u64 entry = (u64)(pages + n * 4096) | 0x707;
        if (esr >> 26 == 0x25 && frame[20] != (u64)touch_load) {
            stores += (esr & 0x3c) == 4;
            permissions += (esr & 0x3c) == 12;
            entry |= (esr & 0x3c) == 4 ? 0x80 : 0;
        }
        l3[n] = entry;
        asm volatile("dsb sy\ntlbi vmalle1\ndsb sy\nisb" ::: "memory");
        break;
    default:
        put_text("unexpected\n");
        power_off();
    }
}

static __attribute__((noinline)) void touch(u64 n)
{
    u64 value;

    asm volatile(".globl touch_load\ntouch_load: ldr %0, [%1]"
                 : "=r"(value)
                 : "r"(VIRTUAL + n * 4096));
}

static __attribute__((noinline)) void touch2(u64 n)
{
    asm volatile(".globl touch_store\ntouch_store: str xzr, [%0]" ::"r"(VIRTUAL + n * 4096)
                 : "memory");
}

static __attribute__((noinline)) u32 read_device(u32 n)
{
    u32 sum = 0;

    asm volatile(".globl device_loop\n.globl device_branch\n"
                 "device_loop:\n"
                 "  ldr w9, [%2, #0x18]\n"
                 "  add %w0, %w0, w9\n"
                 "  ldp w9, w10, [%2, #0x18]\n"
                 "  add %w0, %w0, w9\n"
                 "  subs %w1, %w1, #1\n"
                 "device_branch:\n"
                 "  b.ne device_loop\n"
                 : "+r"(sum), "+r"(n)
                 : "r"(UART)
                 : "x9", "x10", "memory", "cc");
    return sum;
}

static __attribute__((noinline)) void one_round(void)
{
    asm volatile(".globl call_svc\ncall_svc: svc #1" ::: "memory");
    asm volatile(".globl undefined\nundefined: udf #0" ::: "memory");
    asm volatile(".globl breakpoint\nbreakpoint: brk #3" ::: "memory");
    psci(0x84000000, 0, 0, 0); /* PSCI_VERSION */
    calls++;
}

static void mmu_on(void)
{
    l1[0] = 0x0060000000000401; /* devices */
    l1[1] = 0x40000000 | 0x705; /* memory: attribute 1, inner shareable */
    l1[8] = (u64)l2 | 3;
    l2[0] = (u64)l3 | 3;
    asm volatile("msr mair_el1, %0" ::"r"(0xff00ull));
    asm volatile("msr tcr_el1, %0" ::"r"(25ull | 1ull << 23 | 2ull << 32 | 0x3500));
    asm volatile("msr ttbr0_el1, %0\nisb" ::"r"(l1));
    u64 sctlr;
    asm volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    asm volatile("dsb sy\nmsr sctlr_el1, %0\nisb" ::"r"(sctlr | 1) : "memory");
}

int main(void)
{
    mmu_on();
    interrupts_on(1u << 27);
    arm_timer();
    for (u32 i = 0; i < 60; i++) {
        one_round();
    }
    for (u32 round = 0; round < 10; round++) {
        for (u64 n = 0; n < N_PAGES; n++) {
            l3[n] = 0;
            *(volatile u32 *)(pages + n * 4096) = 0xd65f03c0; /* ret */
        }
        asm volatile("dsb sy\ntlbi vmalle1\nic iallu\ndsb sy\nisb" ::: "memory");
        for (u64 n = 0; n < N_PAGES - 1; n++) {
            if (n % 2) {
                touch(n);
            } else {
                touch2(n);
            }
        }
        ((void (*)(void))(VIRTUAL + (N_PAGES - 1) * 4096))();
    }
    read_device(900);
    turns += 899;
    while (timer < 20) {
        asm volatile("wfi");
    }
    stopping = 1;
    while (!stopped) {
    }
    report("timer", timer);
    report("svc", svcs);
    report("undefined", undefineds);
    report("brk", brks);
    report("load-abort", loads);
    report("store-abort", stores);
    report("permission", permissions);
    report("fetch-abort", fetches);
    report("psci", calls);
    report("device-turns", turns);
    report("returns", returns);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
