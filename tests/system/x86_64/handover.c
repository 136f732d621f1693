/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processors: the first starts the second, which wakes from hlt at another
 * place, and they hand work to each other by inter-processor interrupts.
 *
 * machine: -M pc -m 64 -smp 2 -vga none -no-reboot -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * disc: handed = interrupt "vector 0x41" * -> vector_41
 * edge: returned = system trap_return -> *
 * edge: worked = call work_call -> *
 */
#include "machine.h"

#define TURNS 500

static volatile u32 taken[2], turn[2];
static volatile u32 done_work, second_is_up;

static u32 me(void)
{
    return APIC(0x20) >> 24;
}

__attribute__((noinline)) void work(void)
{
    done_work++;
}

void trap(u64 vector, u64 *frame)
{
    u32 id = me();

    (void)frame;
    if (vector != 0x41) {
        power_off();
    }
    APIC(0xb0) = 0;
    taken[id]++;
    turn[id]++;
}

static void send(u32 to)
{
    APIC(0x310) = to << 24;
    APIC(0x300) = 0x4041;
    while (APIC(0x300) & 0x1000) {
    }
}

static void wait_for(u32 id, u32 n)
{
    while (turn[id] < n) {
        asm volatile("pause");
    }
}

static __attribute__((noinline)) void play(u32 id)
{
    for (u32 n = 1; n <= TURNS; n++) {
        if (id) {
            wait_for(id, n);
        }
        asm volatile(".globl work_call\nwork_call: call work" ::
                         : "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
        send(!id);
        if (!id) {
            wait_for(id, n);
        }
    }
}

void second(void)
{
    APIC(0xf0) = 0x1ff;
    second_is_up = 1;
    asm volatile("sti");
    play(1);
    for (;;) {
        asm volatile("hlt");
    }
}

int main(void)
{
    extern char trampoline[], trampoline_end[];

    GATE(41);
    quiet_pic();
    for (long i = 0; i < trampoline_end - trampoline; i++) {
        ((volatile char *)0x8000)[i] = trampoline[i];
    }
    APIC(0x310) = 1 << 24;
    APIC(0x300) = 0x4500; /* INIT */
    for (u32 i = 0; i < 1000000; i++) {
        asm volatile("pause");
    }
    APIC(0x310) = 1 << 24;
    APIC(0x300) = 0x4608; /* start at 0x8000 */
    while (!second_is_up) {
        asm volatile("pause");
    }
    asm volatile("sti");
    play(0);
    asm volatile("cli");
    report("handed", taken[0] + taken[1]);
    report("returned", taken[0] + taken[1]);
    report("worked", done_work);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
