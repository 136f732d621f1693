/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two harts hand work to each other by software interrupts.
 *
 * machine: -M virt -m 16 -smp 2 -bios none -kernel $ELF
 *
 * disc: handed = interrupt "machine software interrupt" * -> m_vector
 * edge: returned = system m_vector_return -> *
 * edge: worked = call work_call -> *
 */
#include "guest.h"

#define UART  ((volatile u8 *)0x10000000)
#define MSIP  ((volatile u32 *)0x2000000)
#define TEST  (*(volatile u32 *)0x100000)
#define TURNS 500

static volatile u32 taken[2], turn[2];
static u32 done_work;

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

static u32 hart(void)
{
    u64 id;

    asm volatile("csrr %0, mhartid" : "=r"(id));
    return (u32)id;
}

__attribute__((noinline)) void work(void)
{
    done_work++;
    asm volatile("");
}

void m_trap(u64 cause, u64 *frame)
{
    u32 me = hart();

    (void)frame;
    if (cause != (1ull << 63 | 3)) {
        TEST = 0x3333;
    }
    MSIP[me] = 0;
    taken[me]++;
    turn[me]++;
}

static void wait_for(u32 me, u32 n)
{
    while (turn[me] < n) {
        asm volatile("nop");
    }
}

static __attribute__((noinline)) void play(u32 me)
{
    asm volatile("csrs mie, %0\ncsrs mstatus, %1" ::"r"(1 << 3), "r"(1 << 3));
    for (u32 n = 1; n <= TURNS; n++) {
        if (me) {
            wait_for(me, n);
        }
        asm volatile(".globl work_call\nwork_call: call work" ::
                         : "ra", "memory", "t0", "t1", "t2", "a0", "a1", "a2", "a3", "a4", "a5");
        asm volatile("fence" ::: "memory");
        MSIP[!me] = 1;
        if (!me) {
            wait_for(me, n);
        }
    }
}

void second(u32 me)
{
    play(me);
    for (;;) {
    }
}

int main(void)
{
    play(0);
    report("handed", taken[0] + taken[1]);
    report("returned", taken[0] + taken[1]);
    report("worked", done_work);
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
