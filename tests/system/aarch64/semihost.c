/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the emulator (semihosting), and the same instruction where it is undefined,
 * while a timer interrupts, now and then between a call and what follows it.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a57 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: call = host-call "*" call -> call+4
 * disc: undefined = exception "undefined instruction" plain_hlt -> sync_vector
 * disc: timer = interrupt "IRQ" * -> irq_vector
 * edge: returns = system trap_return -> *
 * edge: loop = taken loop_end -> loop_start
 */
#include "machine.h"

#define TURNS 2000

static volatile u32 timer, undefineds, stopping, stopped;

static void arm_timer(void)
{
    asm volatile("msr cntv_tval_el0, %0\nmsr cntv_ctl_el0, %1" ::"r"(1000ull), "r"(1ull));
}

void trap(u64 row, u64 *frame)
{
    if (!row) {
        undefineds++;
        frame[20] += 4;
        return;
    }
    u32 id = REG(GICC + 0xc);
    timer++;
    if (stopping) {
        asm volatile("msr cntv_ctl_el0, xzr");
        stopped = 1;
    } else {
        arm_timer();
    }
    REG(GICC + 0x10) = id;
}

/* SYS_ERRNO, which does nothing that would be seen. */
static __attribute__((noinline)) void play(u32 turns)
{
    asm volatile(".globl call, plain_hlt, loop_start, loop_end\n"
                 "loop_start:\n"
                 "  mov x0, #0x13\n"
                 "  mov x1, #0\n"
                 "call:\n"
                 "  hlt #0xf000\n"
                 "plain_hlt:\n"
                 "  hlt #1\n"
                 "  sub %w0, %w0, #1\n"
                 "loop_end:\n"
                 "  cbnz %w0, loop_start\n"
                 : "+r"(turns)::"x0", "x1", "memory");
}

int main(void)
{
    interrupts_on(1u << 27);
    arm_timer();
    play(TURNS);
    stopping = 1;
    while (!stopped) {
    }
    report("call", TURNS);
    report("undefined", undefineds);
    report("timer", timer);
    report("returns", timer + undefineds);
    report("loop", TURNS - 1);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
