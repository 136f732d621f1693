/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions at EL1, and timer interrupts that go to EL2 whatever EL1 masks: some come when
 * control is at EL1's vector and no instruction there has run.  Until that has happened
 * often enough.
 *
 * machine: -M virt,gic-version=2,virtualization=on -cpu cortex-a57 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: early = interrupt "IRQ" sync_vector -> el2_irq_vector
 * disc: timer = interrupt "IRQ" * -> el2_irq_vector
 * disc: brk = exception "brk" breakpoint -> sync_vector
 * disc: undefined = exception "undefined instruction" undefined -> sync_vector
 * disc: load-abort = exception "data abort (translation)" touch_load -> sync_vector
 * disc: fetch-abort = exception "instruction abort (translation)" fetched_from -> sync_vector
 * edge: el2-early = system el2_return -> sync_vector
 * edge: el2-returns = system el2_return -> *
 * edge: returns = system trap_return -> *
 */
#include "machine.h"

#define VIRTUAL 0x200000000ull
#define ENOUGH  30

static u64 l1[512] __attribute__((aligned(4096)));
static u64 l2[512] __attribute__((aligned(4096)));
static u64 l3[512] __attribute__((aligned(4096)));
static u32 page[1024] __attribute__((aligned(4096)));
static u8 el2_stack[4096] __attribute__((aligned(16)));
static volatile u32 early, timer, brks, undefineds, loads, fetches, seed, stopping, stopped;
extern char sync_vector[], el2_vectors[];
asm(".globl fetched_from\nfetched_from = 0x200000000");

asm(".balign 2048\n"
    ".globl el2_vectors, el2_irq_vector, el2_return\n"
    "el2_vectors:\n"
    ".skip 0x480\n"
    "el2_irq_vector:\n"
    "  sub sp, sp, #192\n"
    "  stp x0, x1, [sp]\n"
    "  b 1f\n"
    ".balign 2048\n"
    "1:\n"
    "  stp x2, x3, [sp, #16]\n"
    "  stp x4, x5, [sp, #32]\n"
    "  stp x6, x7, [sp, #48]\n"
    "  stp x8, x9, [sp, #64]\n"
    "  stp x10, x11, [sp, #80]\n"
    "  stp x12, x13, [sp, #96]\n"
    "  stp x14, x15, [sp, #112]\n"
    "  stp x16, x17, [sp, #128]\n"
    "  stp x18, x30, [sp, #144]\n"
    "  mrs x0, elr_el2\n"
    "  bl el2_irq\n"
    "  ldp x2, x3, [sp, #16]\n"
    "  ldp x4, x5, [sp, #32]\n"
    "  ldp x6, x7, [sp, #48]\n"
    "  ldp x8, x9, [sp, #64]\n"
    "  ldp x10, x11, [sp, #80]\n"
    "  ldp x12, x13, [sp, #96]\n"
    "  ldp x14, x15, [sp, #112]\n"
    "  ldp x16, x17, [sp, #128]\n"
    "  ldp x18, x30, [sp, #144]\n"
    "  ldp x0, x1, [sp]\n"
    "  add sp, sp, #192\n"
    "el2_return:\n"
    "  eret\n");

static void arm_timer(void)
{
    seed = seed * 1103515245 + 12345;
    asm volatile("msr cntv_tval_el0, %0\nmsr cntv_ctl_el0, %1" ::"r"(2000ull + (seed >> 16) % 5000),
                 "r"(1ull));
}

void el2_irq(u64 from)
{
    u32 id = REG(GICC + 0xc);

    if (from == (u64)sync_vector) {
        early++;
    } else {
        timer++;
    }
    if (stopping) {
        asm volatile("msr cntv_ctl_el0, xzr");
        stopped = 1;
    } else {
        arm_timer();
    }
    REG(GICC + 0x10) = id;
}

static void map(u64 entry)
{
    l3[0] = entry;
    asm volatile("dsb sy\ntlbi vmalle1\ndsb sy\nisb" ::: "memory");
}

void trap(u64 row, u64 *frame)
{
    u64 esr;

    (void)row;
    asm volatile("mrs %0, esr_el1" : "=r"(esr));
    switch (esr >> 26) {
    case 0:
        undefineds++;
        frame[20] += 4;
        break;
    case 0x3c:
        brks++;
        frame[20] += 4;
        break;
    case 0x21:
    case 0x25:
        fetches += esr >> 26 == 0x21;
        loads += esr >> 26 == 0x25;
        map((u64)page | 0x707);
        break;
    default:
        put_text("unexpected\n");
        power_off();
    }
}

static void mmu_on(void)
{
    u64 sctlr;

    l1[0] = 0x0060000000000401; /* devices */
    l1[1] = 0x40000000 | 0x705; /* memory: attribute 1, inner shareable */
    l1[8] = (u64)l2 | 3;
    l2[0] = (u64)l3 | 3;
    asm volatile("msr mair_el1, %0" ::"r"(0xff00ull));
    asm volatile("msr tcr_el1, %0" ::"r"(25ull | 1ull << 23 | 2ull << 32 | 0x3500));
    asm volatile("msr ttbr0_el1, %0\nisb" ::"r"(l1));
    asm volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    asm volatile("dsb sy\nmsr sctlr_el1, %0\nisb" ::"r"(sctlr | 1) : "memory");
}

/* EL2 has a stack of its own, EL1 goes on here. */
static void to_el1(void)
{
    asm volatile("msr vbar_el2, %0\nmsr hcr_el2, %1" ::"r"(el2_vectors), "r"(1ull << 31 | 1 << 4));
    asm volatile("mov x0, sp\nmsr sp_el1, x0\nmov sp, %0\nmsr spsr_el2, %1\nadr x0, 1f\n"
                 "msr elr_el2, x0\neret\n1:" ::"r"(el2_stack + sizeof(el2_stack)),
                 "r"(0x3c5ull)
                 : "x0", "memory");
}

int main(void)
{
    u32 turns = 0;

    page[0] = 0xd65f03c0; /* ret */
    REG(DIST) = 1;
    REG(DIST + 0x100) = 1u << 27;
    REG(GICC) = 1;
    REG(GICC + 4) = 0xff;
    arm_timer();
    to_el1();
    mmu_on();
    while (early < ENOUGH) {
        u64 value;
        turns++;
        map(0);
        asm volatile(".globl touch_load\ntouch_load: ldr %0, [%1]" : "=r"(value) : "r"(VIRTUAL));
        map(0);
        ((void (*)(void))VIRTUAL)();
        asm volatile(".globl undefined\nundefined: udf #0" ::: "memory");
        asm volatile(".globl breakpoint\nbreakpoint: brk #3" ::: "memory");
    }
    stopping = 1;
    while (!stopped) {
    }
    report("early", early);
    report("timer", timer);
    report("brk", turns);
    report("undefined", turns);
    report("load-abort", turns);
    report("fetch-abort", turns);
    report("el2-early", early);
    report("el2-returns", early + timer);
    report("returns", 4 * turns);
    if (brks != turns || undefineds != turns || loads != turns || fetches != turns) {
        put_text("@lost 1\n");
    }
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
