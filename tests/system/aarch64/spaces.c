/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two address spaces, told apart by ASID alone, with different user code at one virtual
 * address.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a57 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * edge: a_loop = taken [guest]/user+4 -> [guest]/user
 * edge: a_done = not-taken [guest]/user+4 -> [guest]/user+8
 * edge: b_stay = not-taken [guest:2]/user+4 -> [guest:2]/user+8
 * edge: b_loop = jump [guest:2]/user+8 -> [guest:2]/user
 * edge: b_done = taken [guest:2]/user+4 -> [guest:2]/user+12
 * edge: none = jump [guest]/user+8 -> *
 * disc: a_calls = exception "svc" [guest]/user+8 -> user_vector
 * disc: b_calls = exception "svc" [guest:2]/user+12 -> user_vector
 * edge: entered = system enter_eret -> *
 * privilege: user_level = user
 * privilege: hypervisor_level = hypervisor
 */
#include "machine.h"

asm(".globl user\n"
    ".set user, 0x200000000\n"
    "code_a: sub x0, x0, #1\n"
    "        cbnz x0, code_a\n"
    "        svc #0\n"
    "code_b: sub x0, x0, #1\n"
    "        cbz x0, 1f\n"
    "        b code_b\n"
    "1:      svc #0\n"
    "code_end:\n"
    /* Runs the code at user without privilege, until it calls. */
    ".globl enter_user, enter_eret\n"
    "enter_user:\n"
    "        stp x29, x30, [sp, #-16]!\n"
    "        ldr x1, =user\n"
    "        msr elr_el1, x1\n"
    "        mov x1, #0x3c0\n"
    "        msr spsr_el1, x1\n"
    "enter_eret:\n"
    "        eret\n"
    ".ltorg\n"
    ".balign 2048\n"
    ".globl user_vectors, user_vector\n"
    "user_vectors:\n"
    ".skip 0x400\n"
    "user_vector:\n"
    "        ldp x29, x30, [sp], #16\n"
    "        ret\n"
    ".balign 2048\n");

extern u32 code_a[], code_b[], code_end[];
extern char user_vectors[];
void enter_user(u64 turns);

static u64 l1[2][512] __attribute__((aligned(4096)));
static u64 l2[2][512] __attribute__((aligned(4096)));
static u64 l3[2][512] __attribute__((aligned(4096)));
static u32 pages[2][1024] __attribute__((aligned(4096)));

void trap(u64 row, u64 *frame)
{
    (void)row, (void)frame;
    put_text("unexpected\n");
    power_off();
}

static u64 space(unsigned n)
{
    return (u64)l1[n] | (u64)(n + 1) << 48;
}

static void make_space(unsigned n, const u32 *code, const u32 *end)
{
    for (unsigned i = 0; code + i < end; i++) {
        pages[n][i] = code[i];
    }
    l1[n][0] = 0x0060000000000401; /* devices */
    l1[n][1] = 0x40000000 | 0x705; /* memory: attribute 1, inner shareable */
    l1[n][8] = (u64)l2[n] | 3;
    l2[n][0] = (u64)l3[n] | 3;
    l3[n][0] = (u64)pages[n] | 0xf47; /* the user's, of this address space only */
}

static void mmu_on(void)
{
    u64 sctlr;

    asm volatile("msr mair_el1, %0" ::"r"(0xff00ull));
    asm volatile("msr tcr_el1, %0" ::"r"(25ull | 1ull << 23 | 2ull << 32 | 0x3500));
    asm volatile("msr ttbr0_el1, %0\nisb" ::"r"(space(0)));
    asm volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    asm volatile("dsb sy\nmsr sctlr_el1, %0\nisb" ::"r"(sctlr | 1) : "memory");
    asm volatile("msr vbar_el1, %0\nisb" ::"r"(user_vectors));
}

static void run(unsigned n, u64 turns)
{
    asm volatile("msr ttbr0_el1, %0\nisb" ::"r"(space(n)) : "memory");
    enter_user(turns);
}

int main(void)
{
    make_space(0, code_a, code_b);
    make_space(1, code_b, code_end);
    mmu_on();
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
    report("entered", 12);
    report("user_level", 5 * (999 + 2) + 7 * (2 * 299 + 2));
    report("hypervisor_level", 0);
    report("done", 1);
    power_off();
    for (;;) {
    }
}
