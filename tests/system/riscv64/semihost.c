/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the emulator (semihosting), and the same instruction
 * where it is no such call but a breakpoint, while a timer interrupts, now and then between
 * a call and what follows it.
 *
 * machine: -M virt -m 16 -bios none -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: call = host-call "*" call_m -> call_m+4
 * disc: breakpoint = exception "breakpoint" plain_break -> m_vector
 * disc: timer = interrupt "machine timer interrupt" * -> m_vector
 * edge: returns = system m_vector_return -> *
 * edge: loop = taken loop_end -> loop_start
 */
#include "guest.h"

#define UART     ((volatile u8 *)0x10000000)
#define MTIME    (*(volatile u64 *)0x200bff8)
#define MTIMECMP (*(volatile u64 *)0x2004000)
#define TEST     (*(volatile u32 *)0x100000)
#define TURNS    2000

static volatile u32 timer, breakpoints, stopping, stopped;

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

void m_trap(u64 cause, u64 *frame)
{
    if (cause >> 63) {
        timer++;
        MTIMECMP = stopping ? -1ull : MTIME + 100;
        stopped = stopping;
    } else {
        breakpoints++;
        frame[0] += 4;
    }
}

/* SYS_ERRNO, which does nothing that would be seen. */
static __attribute__((noinline)) void play(u32 turns)
{
    asm volatile(".option push\n.option norvc\n"
                 ".globl call_m, plain_break, loop_start, loop_end\n"
                 "loop_start:\n"
                 "  li a0, 0x13\n"
                 "  li a1, 0\n"
                 "  slli zero, zero, 0x1f\n"
                 "call_m:\n"
                 "  ebreak\n"
                 "  srai zero, zero, 7\n"
                 "plain_break:\n"
                 "  ebreak\n"
                 "  addi %0, %0, -1\n"
                 "loop_end:\n"
                 "  bnez %0, loop_start\n"
                 ".option pop\n"
                 : "+r"(turns)::"a0", "a1", "memory");
}

int main(void)
{
    MTIMECMP = MTIME + 100;
    asm volatile("csrs mie, %0\ncsrs mstatus, %1" ::"r"(1 << 7), "r"(1 << 3));
    play(TURNS);
    stopping = 1;
    while (!stopped) {
    }
    report("call", TURNS);
    report("breakpoint", breakpoints);
    report("timer", timer);
    report("returns", timer + breakpoints);
    report("loop", TURNS - 1);
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
