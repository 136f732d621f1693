/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two address spaces with different user code at one virtual address.
 *
 * machine: -M virt -m 16 -bios none -kernel $ELF
 *
 * edge: a_loop = taken [guest]/user+4 -> [guest]/user
 * edge: a_done = not-taken [guest]/user+4 -> [guest]/user+8
 * edge: b_stay = not-taken [guest:2]/user+4 -> [guest:2]/user+8
 * edge: b_loop = jump [guest:2]/user+8 -> [guest:2]/user
 * edge: b_done = taken [guest:2]/user+4 -> [guest:2]/user+12
 * edge: none = jump [guest]/user+8 -> *
 * disc: a_calls = exception "ecall from U-mode" [guest]/user+8 -> m_vector
 * disc: b_calls = exception "ecall from U-mode" [guest:2]/user+12 -> m_vector
 * privilege: user_level = user
 * privilege: kernel_level = kernel
 */
#include "guest.h"

#define UART ((volatile u8 *)0x10000000)
#define TEST (*(volatile u32 *)0x100000)
#define USER 0x40000000ull

asm(".globl user\n"
    ".set user, 0x40000000\n"
    ".option push\n"
    ".option norvc\n"
    "code_a: addi a0, a0, -1\n"
    "        bnez a0, code_a\n"
    "        ecall\n"
    "code_b: addi a0, a0, -1\n"
    "        beqz a0, 1f\n"
    "        j code_b\n"
    "1:      ecall\n"
    "code_end:\n"
    ".option pop\n"
    /* Runs the code at USER without privilege, until it calls. */
    ".globl enter_user\n"
    "enter_user:\n"
    "        addi sp, sp, -16\n"
    "        sd ra, 0(sp)\n"
    "        li t0, 0x40000000\n"
    "        csrw mepc, t0\n"
    "        li t0, 0x1800\n"
    "        csrc mstatus, t0\n"
    "        mret\n"
    ".globl back\n"
    "back:   ld ra, 0(sp)\n"
    "        addi sp, sp, 16\n"
    "        ret\n");

extern u32 code_a[], code_b[], code_end[];
extern char back[];
void enter_user(u64 turns);

static u64 tables[2][3][512] __attribute__((aligned(4096)));
static u32 pages[2][1024] __attribute__((aligned(4096)));

void put_char(char c)
{
    while (!(UART[5] & 0x20)) {
    }
    UART[0] = (u8)c;
}

void m_trap(u64 cause, u64 *frame)
{
    if (cause != 8) {
        TEST = 0x3333;
    }
    frame[0] = (u64)back;
    frame[2] |= 0x1800; /* back to M-mode */
}

/* Sv39: a table for each of three levels, and a page at USER. */
static void make_space(unsigned n, const u32 *code, const u32 *end)
{
    for (unsigned i = 0; code + i < end; i++) {
        pages[n][i] = code[i];
    }
    tables[n][0][1] = (u64)tables[n][1] >> 2 | 1;
    tables[n][1][0] = (u64)tables[n][2] >> 2 | 1;
    tables[n][2][0] = (u64)pages[n] >> 2 | 0xdb; /* user, may be read and executed */
}

static void run(unsigned n, u64 turns)
{
    u64 satp = 8ull << 60 | (u64)(n + 1) << 44 | (u64)tables[n][0] >> 12;

    asm volatile("csrw satp, %0\n sfence.vma\n fence.i" : : "r"(satp) : "memory");
    enter_user(turns);
}

int main(void)
{
    asm volatile("csrw pmpaddr0, %0\n csrw pmpcfg0, %1" : : "r"(~0ull), "r"(0x1f));
    make_space(0, code_a, code_b);
    make_space(1, code_b, code_end);
    for (unsigned i = 0; i < 7; i++) {
        if (i < 5) {
            run(0, 1000);
        }
        run(1, 300);
    }
    report("a_loop", 5 * 999);
    report("a_done", 5);
    report("a_calls", 5);
    report("b_stay", 7 * 299);
    report("b_loop", 7 * 299);
    report("b_done", 7);
    report("b_calls", 7);
    report("none", 0);
    report("user_level", 5 * (999 + 2) + 7 * (2 * 299 + 2));
    report("kernel_level", 0);
    report("done", 1);
    TEST = 0x5555;
    for (;;) {
    }
}
