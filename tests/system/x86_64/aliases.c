/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page of code at three virtual addresses and at its physical one: QEMU
 * translates it once, and each must get its own counts.  The flow engine, whose
 * counters are in the translation, has the sum at the address that came first.
 *
 * machine: -M pc -m 64 -vga none -no-reboot -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * edge: turns-0 = taken alias_code+2 -> alias_code
 * edge: turns-1 = taken alias_1+2 -> alias_1
 * edge: turns-2 = taken alias_2+2 -> alias_2
 * edge: turns-3 = taken alias_3+2 -> alias_3
 * edge: calls-0 = indirect-call alias_code+4 -> outside_page
 * edge: calls-1 = indirect-call alias_1+4 -> outside_page
 * edge: calls-2 = indirect-call alias_2+4 -> outside_page
 * edge: calls-3 = indirect-call alias_3+4 -> outside_page
 * edge: direct-1 = call alias_1+13 -> outside_page_1
 * edge: direct-2 = call alias_2+13 -> outside_page_2
 *
 * flow: turns-0+turns-1+turns-2+turns-3 = taken alias_code+2 -> alias_code
 * flow: calls-0+calls-1+calls-2+calls-3 = indirect-call alias_code+4 -> outside_page
 * flow: direct-1+direct-2 = call alias_code+13 -> alias_next
 */
#include "machine.h"

void trap(u64 vector, u64 *frame)
{
    (void)vector, (void)frame;
}

extern u64 test_pt[512];
extern char alias_code[], alias_next[];
static volatile u32 calls;

/* The direct call leaves the page, relatively: to the next page of the alias. */
asm(".text\n.balign 4096\n.globl alias_code, alias_next\n"
    "alias_code:\n"
    "  dec %edi\n"
    "  jnz alias_code\n"
    "  call *%rsi\n"
    "  test %edx, %edx\n"
    "  jz 1f\n"
    "  nop\n  nop\n  nop\n"
    "  call alias_next\n"
    "1: ret\n"
    ".balign 4096\n"
    "alias_next:\n"
    "  ret\n"
    ".balign 4096\n"
    ".globl alias_1, alias_2, alias_3, outside_page_1, outside_page_2\n"
    "alias_1 = 0x200020000\n"
    "alias_2 = 0x200040000\n"
    "alias_3 = 0x200061000\n"
    "outside_page_1 = 0x200021000\n"
    "outside_page_2 = 0x200041000\n");

__attribute__((noinline)) void outside_page(void)
{
    calls++;
}

typedef void (*alias_fn)(u32 turns, void (*callee)(void), u32 direct);

int main(void)
{
    static const u64 where[4] = {0, 0x200020000, 0x200040000, 0x200061000};
    static u32 turns[4], called[4], direct[4];

    for (u32 i = 1; i < 4; i++) {
        u64 page = (where[i] >> 12) & 511;
        test_pt[page] = (u64)alias_code | 3;
        test_pt[page + 1] = (u64)alias_next | 3;
    }
    asm volatile("mov %%cr3, %%rax\nmov %%rax, %%cr3" ::: "rax", "memory");
    for (u32 round = 0; round < 300; round++) {
        u32 i = (round * 7 + round / 5) % 4;
        u64 at = i ? where[i] : (u64)alias_code;
        asm volatile("" : "+r"(at));
        ((alias_fn)at)(3 + i, outside_page, i == 1 || i == 2);
        turns[i] += 2 + i;
        called[i]++;
        direct[i] += i == 1 || i == 2;
    }
    report("turns-0", turns[0]);
    report("turns-1", turns[1]);
    report("turns-2", turns[2]);
    report("turns-3", turns[3]);
    report("calls-0", called[0]);
    report("calls-1", called[1]);
    report("calls-2", called[2]);
    report("calls-3", called[3]);
    report("direct-1", direct[1]);
    report("direct-2", direct[2]);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
