/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Works TURNS times, and then ends as END says: 0 never, else what is written to the test device.
 */
#include "guest.h"

#define UART ((volatile u8 *)0x10000000)
#define TEST (*(volatile u32 *)0x100000)

static volatile u32 done_work;

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

__attribute__((noinline)) void work(void)
{
    done_work++;
}

void m_trap(u64 cause, u64 *frame)
{
    (void)cause;
    (void)frame;
}

__attribute__((noinline)) void spin(void)
{
    for (;;) {
        asm volatile("nop");
    }
}

__attribute__((noinline)) void end(void)
{
    if (END) {
        TEST = END;
    }
    spin();
}

int main(void)
{
    for (u32 i = 0; i < TURNS; i++) {
        work();
    }
    report("up", 1);
    end();
    return 0;
}
