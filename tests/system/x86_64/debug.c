/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's own breakpoints, watchpoints and single steps, for which QEMU cuts
 * blocks and runs instructions by themselves: no edge comes of that.
 *
 * machine: -M pc -m 64 -vga none -no-reboot -device isa-debug-exit,iobase=0xf4 -kernel $ELF
 *
 * disc: breaks = exception "debug exception" break_here -> vector_01
 * disc: watches = exception "debug exception" after_write -> vector_01
 * disc: steps = exception "debug exception" stepped..stepped_end -> vector_01
 * edge: turns = taken loop_branch -> loop_start
 * edge: falls = not-taken loop_branch -> loop_end
 * edge: returns = system trap_return -> *
 */
#include "machine.h"

static volatile u32 breaks, watches, steps, returns, turns, falls;
volatile u32 watched;

void trap(u64 vector, u64 *frame)
{
    u64 status;

    if (vector != 1) {
        power_off();
    }
    asm volatile("mov %%dr6, %0\nmov %1, %%dr6" : "=&r"(status) : "r"(0ull));
    breaks += status & 1;
    watches += status >> 1 & 1;
    steps += status >> 14 & 1;
    returns++;
    frame[13] |= status & 1 ? 1 << 16 : 0; /* RF: go on past the breakpoint */
}

/* A loop with a breakpoint on one instruction and a watched store. */
__attribute__((noinline)) static void loop(u32 n)
{
    turns += n - 1;
    falls++;
    asm volatile(".globl loop_start, break_here, after_write, loop_branch, loop_end\n"
                 "loop_start:\n"
                 "  add $1, %%eax\n"
                 "break_here:\n"
                 "  add $2, %%eax\n"
                 "  mov %%eax, watched(%%rip)\n"
                 "after_write:\n"
                 "  nop\n"
                 "  dec %0\n"
                 "loop_branch:\n"
                 "  jnz loop_start\n"
                 "loop_end:\n"
                 : "+r"(n)::"rax", "memory", "cc");
}

__attribute__((noinline)) static void step(void)
{
    asm volatile(".globl stepped, stepped_end\n"
                 "  pushf\n"
                 "  orq $0x100, (%%rsp)\n"
                 "  popf\n"
                 "stepped:\n"
                 "  mov $3, %%ecx\n"
                 "1: dec %%ecx\n"
                 "  jnz 1b\n"
                 "  pushf\n"
                 "  andq $~0x100, (%%rsp)\n"
                 "  popf\n"
                 "  nop\n"
                 "stepped_end:\n"
                 "  nop\n" ::
                     : "rcx", "memory", "cc");
}

int main(void)
{
    extern char break_here[];

    GATE(01);
    quiet_pic();
    asm volatile("mov %0, %%dr0\nmov %1, %%dr1" ::"r"(break_here), "r"(&watched));
    /* DR7: 0 on execution, 1 on writes of four bytes */
    asm volatile("mov %0, %%dr7" ::"r"(0x400ull | 1 << 0 | 1 << 2 | 1 << 20 | 3 << 22));
    for (u32 i = 0; i < 20; i++) {
        loop(5);
    }
    asm volatile("mov %0, %%dr7" ::"r"(0x400ull));
    loop(40);
    for (u32 i = 0; i < 10; i++) {
        step();
    }
    report("breaks", breaks);
    report("watches", watches);
    report("steps", steps);
    report("turns", turns);
    report("falls", falls);
    report("returns", returns);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
