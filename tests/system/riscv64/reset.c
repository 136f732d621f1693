/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine resets itself, from straight-line code: control leaves, and enters
 * where it began.
 *
 * machine: -M virt -m 16 -bios none -kernel $ELF
 *
 * edge: entries = entry outside -> *
 * edge: exits = exit * -> outside
 */
#include "guest.h"

#define UART  ((volatile u8 *)0x10000000)
#define TEST  (*(volatile u32 *)0x100000)
#define RUNS  (*(volatile u32 *)0x80800000) /* outside of what is loaded anew */
#define MAGIC (*(volatile u32 *)0x80800004)

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

void m_trap(void)
{
}

int main(void)
{
    if (MAGIC != 0x600dcafe) {
        MAGIC = 0x600dcafe;
        RUNS = 0;
    }
    RUNS++;
    if (RUNS < 5) {
        TEST = 0x7777;
        for (;;) {
        }
    }
    report("entries", RUNS);
    report("exits", RUNS);
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
