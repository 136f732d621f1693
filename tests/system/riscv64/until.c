/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers whose instructions are counted by hand: how many run until control is back.
 *
 * Each handler stands in assembler below, without a branch, and its number is the
 * number of its lines; a handler that another interrupts adds its own.
 *
 * machine: -M virt -m 16 -bios none -kernel $ELF
 *
 * timeout: 20
 *
 * disc: calls = exception "ecall from M-mode" plain_call -> plain
 * until: plain = exception "ecall from M-mode" plain_call -> plain
 * disc: faults = exception "illegal instruction" fault -> outer
 * until: outer = exception "illegal instruction" fault -> outer
 * disc: nested = exception "ecall from M-mode" outer_call -> plain
 * until: inner = exception "ecall from M-mode" outer_call -> plain
 * disc: repeated = exception "illegal instruction" again -> mend
 * until: mended = exception "illegal instruction" again -> mend
 * disc: escapes = exception "ecall from M-mode" escape_call -> escape
 * until: lost = exception "ecall from M-mode" escape_call -> escape
 */
#include "guest.h"

#define UART  ((volatile u8 *)0x10000000)
#define TEST  (*(volatile u32 *)0x100000)
#define TURNS 100

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

asm(".macro handler name\n"
    ".globl \\name\n"
    ".balign 4\n"
    "\\name:\n"
    ".endm\n"
    ".option push\n"
    ".option norelax\n"
    /* 4 instructions, which go on behind the one that called. */
    "handler plain\n"
    "csrr t0, mepc\n"
    "addi t0, t0, 4\n"
    "csrw mepc, t0\n"
    "mret\n"
    /* 14 instructions, and 4 of plain, which its call leads to. */
    "handler outer\n"
    "csrr t1, mepc\n"
    "lla t2, plain\n" /* two: auipc, addi */
    "csrw mtvec, t2\n"
    ".globl outer_call\n"
    "outer_call: ecall\n"
    "lla t2, outer\n" /* two */
    "csrw mtvec, t2\n"
    "lui t0, 2\n" /* back to the privilege of M: what mret leaves is U */
    "addiw t0, t0, -2048\n"
    "csrs mstatus, t0\n"
    "addi t1, t1, 4\n"
    "csrw mepc, t1\n"
    "mret\n"
    /* 5 instructions, which turn the one that faulted into a nop: it runs again. */
    "handler mend\n"
    "csrr t0, mepc\n"
    "addi t1, zero, 0x13\n"
    "sw t1, 0(t0)\n"
    "fence.i\n"
    "mret\n"
    /* Goes on elsewhere. */
    "handler escape\n"
    "csrr t0, mepc\n"
    "addi t0, t0, 8\n"
    "csrw mepc, t0\n"
    "mret\n"
    ".option pop\n");

extern char plain[], outer[], mend[], escape[];

void m_trap(void)
{
    TEST = 0x3333;
}

static void set_vector(const char *handler)
{
    asm volatile("csrw mtvec, %0" ::"r"(handler));
}

int main(void)
{
    extern u32 again[];

    for (u32 i = 0; i < TURNS; i++) {
        set_vector(plain);
        asm volatile(".globl plain_call\n.balign 4\nplain_call: ecall" ::: "t0", "memory");
        set_vector(outer);
        asm volatile(".globl fault\n.balign 4\nfault: .word 0xc0001073" ::
                         : "t0", "t1", "t2", "memory");
        set_vector(mend);
        again[0] = 0xc0001073; /* writes a counter that cannot be written */
        asm volatile("fence.i\n.globl again\n.balign 4\nagain: .word 0xc0001073" ::
                         : "t0", "t1", "memory");
        set_vector(escape);
        asm volatile(".globl escape_call\n.balign 4\n.option push\n.option norvc\n"
                     "escape_call: ecall\nnop\n.option pop" ::
                         : "t0", "memory");
    }
    report("calls", TURNS);
    report("plain", 4);
    report("faults", TURNS);
    report("outer", 14 + 4);
    report("nested", TURNS);
    report("inner", 4);
    report("repeated", TURNS);
    report("mended", 5);
    report("escapes", TURNS);
    report("lost", 0);
    put_text("@done 1\n");
    TEST = 0x5555;
    for (;;) {
    }
}
