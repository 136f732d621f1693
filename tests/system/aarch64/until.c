/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers whose instructions are counted by hand: how many run until control is back.
 *
 * Each handler stands in assembler below, without a branch, and its number is the
 * number of its lines; a handler that another interrupts adds its own.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a57 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * timeout: 20
 *
 * disc: calls = exception "svc" plain_call -> plain
 * until: plain = exception "svc" plain_call -> plain
 * disc: faults = exception "undefined instruction" fault -> outer
 * until: outer = exception "undefined instruction" fault -> outer
 * disc: nested = exception "svc" outer_call -> plain
 * until: inner = exception "svc" outer_call -> plain
 */
#include "machine.h"

#define TURNS 100

/* A vector table each, of which the row of synchronous exceptions of EL1 is used. */
asm(".macro handler name\n"
    ".balign 2048\n"
    "\\name\\()_table: .skip 0x200\n"
    ".globl \\name, \\name\\()_table\n"
    "\\name:\n"
    ".endm\n"
    /* 3 instructions; the address to go back to is the one behind the svc. */
    "handler plain\n"
    "mov x9, #1\n"
    "add x9, x9, #1\n"
    "eret\n"
    /* 15 instructions, and 3 of plain, which its call leads to. */
    "handler outer\n"
    "mrs x10, elr_el1\n"
    "mrs x11, spsr_el1\n"
    "adrp x9, plain_table\n"
    "add x9, x9, :lo12:plain_table\n"
    "msr vbar_el1, x9\n"
    "isb\n"
    ".globl outer_call\n"
    "outer_call: svc #1\n"
    "adrp x9, outer_table\n"
    "add x9, x9, :lo12:outer_table\n"
    "msr vbar_el1, x9\n"
    "isb\n"
    "add x10, x10, #4\n"
    "msr elr_el1, x10\n"
    "msr spsr_el1, x11\n"
    "eret\n"
    ".balign 2048\n");

extern char plain_table[], outer_table[];

static void set_table(const char *table)
{
    asm volatile("msr vbar_el1, %0\nisb" ::"r"(table));
}

void trap(u64 row, u64 *frame)
{
    (void)row;
    (void)frame;
    power_off();
}

int main(void)
{
    for (u32 i = 0; i < TURNS; i++) {
        set_table(plain_table);
        asm volatile(".globl plain_call\nplain_call: svc #0" ::: "x9", "memory");
        set_table(outer_table);
        asm volatile(".globl fault\nfault: udf #0" ::: "x9", "x10", "x11", "memory");
    }
    report("calls", TURNS);
    report("plain", 3);
    report("faults", TURNS);
    report("outer", 15 + 3);
    report("nested", TURNS);
    report("inner", 3);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
