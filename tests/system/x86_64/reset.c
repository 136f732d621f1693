/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine is reset by the keyboard controller and by triple faults, in turn:
 * control leaves, and enters where it began.  SeaBIOS, which finds itself in
 * memory then, answers each reset with another one.
 *
 * machine: -M pc -m 64 -vga none -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * edge: entries = entry outside -> *
 * edge: exits = exit * -> outside
 */
#include "machine.h"

#define RUNS  (*(volatile u32 *)0x3000000) /* outside of what is loaded anew */
#define MAGIC (*(volatile u32 *)0x3000004)

void trap(u64 vector, u64 *frame)
{
    (void)vector, (void)frame;
}

__attribute__((noinline)) static void triple_fault(void)
{
    static const struct __attribute__((packed)) {
        u16 limit;
        u64 base;
    } none = {0, 0};

    asm volatile("lidt %0\nint3" ::"m"(none));
}

int main(void)
{
    if (MAGIC != 0x600dcafe) {
        MAGIC = 0x600dcafe;
        RUNS = 0;
    }
    RUNS++;
    if (RUNS < 5) {
        if (RUNS % 2) {
            out8(0x64, 0xfe);
        } else {
            triple_fault();
        }
        for (;;) {
        }
    }
    report("entries", 2 * RUNS - 1);
    report("exits", 2 * RUNS - 1);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
