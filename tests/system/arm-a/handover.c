/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two 32-bit processors: the first switches the second on, and they hand work to each
 * other by software-generated interrupts.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a15 -smp 2 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: handed = interrupt "IRQ" * -> irq_vector
 * disc: psci = host-call "*" * -> *
 * edge: returned = system irq_return -> *
 * edge: worked = call work_call -> work
 */
#include "guest.h"

#define REG(a) (*(volatile u32 *)(a))
#define UART   0x09000000
#define DIST   0x08000000
#define GICC   0x08010000
#define TURNS  500

static volatile u32 taken[2], turn[2], done_work;

asm(".globl start_second\n"
    "start_second:\n"
    "  ldr sp, =second_stack + 0x4000\n"
    "  ldr r0, =vectors\n"
    "  mcr p15, 0, r0, c12, c0, 0\n"
    "  bl second\n"
    "0: b 0b\n"
    ".ltorg\n"
    ".bss\n"
    ".balign 16\n"
    "second_stack: .skip 0x4000\n"
    ".text\n");

void put_char(char c)
{
    while (REG(UART + 0x18) & 0x20) {
    }
    REG(UART) = (u32)c;
}

__attribute__((noinline)) void work(void)
{
    done_work++;
}

static u32 me(void)
{
    u32 id;

    asm volatile("mrc p15, 0, %0, c0, c0, 5" : "=r"(id));
    return id & 1;
}

static __attribute__((noinline)) void power_off(void)
{
    register u32 r0 asm("r0") = 0x18;
    register u32 r1 asm("r1") = 0x20026;

    asm volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "memory", "lr");
}

void trap(u32 vector, u32 *frame)
{
    u32 id = REG(GICC + 0xc);

    (void)frame;
    if (vector != 6) {
        put_text("unexpected\n");
        power_off();
    }
    taken[me()]++;
    turn[me()]++;
    REG(GICC + 0x10) = id;
}

static void wait_for(u32 id, u32 n)
{
    while (turn[id] < n) {
        asm volatile("yield");
    }
}

static __attribute__((noinline)) void play(u32 id)
{
    REG(DIST) = 1;
    REG(DIST + 0x100) = 1;
    REG(GICC) = 1;
    REG(GICC + 4) = 0xff;
    asm volatile("cpsie i");
    for (u32 n = 1; n <= TURNS; n++) {
        if (id) {
            wait_for(id, n);
        }
        asm volatile(".globl work_call\nwork_call: bl work" ::
                         : "memory", "r0", "r1", "r2", "r3", "r12", "lr");
        asm volatile("dsb sy");
        REG(DIST + 0xf00) = 1u << (16 + !id);
        if (!id) {
            wait_for(id, n);
        }
    }
}

void second(void)
{
    play(1);
    for (;;) {
        asm volatile("wfi");
    }
}

static void switch_on(void)
{
    extern char start_second[];
    register u32 r0 asm("r0") = 0x84000003; /* PSCI: CPU_ON */
    register u32 r1 asm("r1") = 1;
    register u32 r2 asm("r2") = (u32)start_second;
    register u32 r3 asm("r3") = 0;

    asm volatile(".arch_extension virt\nhvc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3) : "memory");
}

int main(void)
{
    switch_on();
    play(0);
    asm volatile("cpsid i");
    report("handed", taken[0] + taken[1]);
    report("returned", taken[0] + taken[1]);
    report("worked", done_work);
    report("psci", 1);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
