/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Works TURNS times; starts a second processor for as long as there is none if PLUG is
 * set; and then ends as END says: 0 never, 1 panic (pvpanic), 2 triple fault.
 */
#include "../x86_64/machine.h"

static volatile u32 done_work, second_is_up;

__attribute__((noinline)) void work(void)
{
    done_work++;
}

void trap(u64 vector, u64 *frame)
{
    (void)vector;
    (void)frame;
}

__attribute__((noinline)) void spin(void)
{
    for (;;) {
        asm volatile("pause");
    }
}

void second(void)
{
    for (u32 i = 0; i < TURNS; i++) {
        work();
    }
    second_is_up = 1;
    spin();
}

static void send(u32 command)
{
    APIC(0x310) = 1 << 24;
    APIC(0x300) = command;
    for (u32 i = 0; i < 100000 && !second_is_up; i++) {
        asm volatile("pause");
    }
}

static void wait_for_second(void)
{
    extern char trampoline[], trampoline_end[];

    for (long i = 0; i < trampoline_end - trampoline; i++) {
        ((volatile char *)0x8000)[i] = trampoline[i];
    }
    send(0x4500);           /* INIT */
    while (!second_is_up) { /* who is up does not listen to the start any more */
        send(0x4608);
    }
}

__attribute__((noinline)) void end(void)
{
    static const struct {
        u16 limit;
        u64 base;
    } __attribute__((packed)) none = {0, 0};

    if (END == 1) {
        out8(0x505, 1);
    } else if (END == 2) {
        asm volatile("lidt %0\n int3" ::"m"(none));
    }
    spin();
}

int main(void)
{
    quiet_pic();
    for (u32 i = 0; i < TURNS; i++) {
        work();
    }
    report("up", 1);
    if (PLUG) {
        wait_for_second();
        report("second", 1);
    }
    end();
    return 0;
}
