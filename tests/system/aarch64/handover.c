/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processors: the first switches the second on, and they hand work to each
 * other by software-generated interrupts.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a57 -smp 2 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: handed = interrupt "IRQ" * -> irq_vector
 * disc: psci = host-call "*" * -> *
 * edge: returned = system trap_return -> *
 * edge: worked = call work_call -> *
 */
#include "machine.h"

#define TURNS 500

static volatile u32 taken[2], turn[2], done_work;

__attribute__((noinline)) void work(void)
{
    done_work++;
}

static u32 me(void)
{
    u64 id;

    asm volatile("mrs %0, mpidr_el1" : "=r"(id));
    return id & 1;
}

void trap(u64 row, u64 *frame)
{
    u32 id = REG(GICC + 0xc);

    (void)frame;
    if (!row) {
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
    interrupts_on(1);
    for (u32 n = 1; n <= TURNS; n++) {
        if (id) {
            wait_for(id, n);
        }
        asm volatile(".globl work_call\nwork_call: bl work" ::: "memory", "x0", "x1", "x2", "x30");
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

int main(void)
{
    extern char start_second[];

    psci(0xc4000003, 1, (u64)start_second, 0);
    play(0);
    asm volatile("msr daifset, #2");
    report("handed", taken[0] + taken[1]);
    report("returned", taken[0] + taken[1]);
    report("worked", done_work);
    report("psci", 1);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
