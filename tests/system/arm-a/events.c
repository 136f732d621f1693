/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 32-bit Cortex-A15: timer interrupts, supervisor calls from Arm and Thumb code,
 * undefined instructions, data and prefetch aborts that are mended and retried, a
 * call within an exception, and a device read in straight-line code.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a15 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: timer = interrupt "IRQ" * -> irq_vector
 * disc: svc = exception "svc" call_svc -> svc_vector
 * disc: svc = exception "svc" nested_svc -> svc_vector
 * disc: svc-thumb = exception "svc" thumb_svc -> svc_vector
 * disc: undefined = exception "undefined instruction" undefined -> und_vector
 * disc: load-abort = exception "data abort (translation)" touch_load -> dabt_vector
 * disc: store-abort = exception "data abort (translation)" touch_store -> dabt_vector
 * disc: fetch-abort = exception "prefetch abort (translation)" fetched_from -> pabt_vector
 * edge: device-turns = taken device_branch -> device_loop
 * edge: svc-returns = system svc_return -> *
 */
#include "guest.h"

#define REG(a)  (*(volatile u32 *)(a))
#define UART    0x09000000
#define DIST    0x08000000
#define GICC    0x08010000
#define VIRTUAL 0x90000000u

static u32 table[4096] __attribute__((aligned(16384)));
static u32 code_page[1024] __attribute__((aligned(1 << 20)));
static volatile u32 timer, svcs, thumbs, undefineds, loads, stores, fetches, turns, returns;
static volatile u32 stopping, stopped;
asm(".globl fetched_from\nfetched_from = 0x90300000");

void put_char(char c)
{
    while (REG(UART + 0x18) & 0x20) {
    }
    REG(UART) = (u32)c;
}

static void arm_timer(u32 on)
{
    asm volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(100000));
    asm volatile("mcr p15, 0, %0, c14, c3, 1\nisb" ::"r"(on));
}

static void forget_translations(void)
{
    asm volatile("dsb\nmcr p15, 0, %0, c8, c7, 0\ndsb\nisb" ::"r"(0) : "memory");
}

static __attribute__((noinline)) void nested(void)
{
    asm volatile(".globl nested_svc\nnested_svc: svc #2" ::: "memory", "lr");
}

static void map(u32 section)
{
    u32 physical = section == 3 ? (u32)code_page : 0x41000000;

    table[(VIRTUAL >> 20) + section] = (physical & 0xfff00000) | 0xc02;
    forget_translations();
}

void trap(u32 vector, u32 *frame)
{
    extern char touch_load[];
    u32 at, id;

    switch (vector) {
    case 1:
        undefineds++;
        frame[0] += 4;
        nested();
        break;
    case 2:
        returns++;
        thumbs += frame[1] >> 5 & 1;
        svcs += !(frame[1] >> 5 & 1);
        break;
    case 3:
        fetches++;
        map((frame[0] - VIRTUAL) >> 20);
        break;
    case 4:
        asm volatile("mrc p15, 0, %0, c6, c0, 0" : "=r"(at));
        loads += frame[0] == (u32)touch_load;
        stores += frame[0] != (u32)touch_load;
        map((at - VIRTUAL) >> 20);
        break;
    case 6:
        id = REG(GICC + 0xc);
        timer++;
        arm_timer(!stopping);
        stopped = stopping;
        REG(GICC + 0x10) = id;
        break;
    }
}

static __attribute__((noinline)) void touch(u32 section)
{
    u32 value;

    asm volatile(".globl touch_load\ntouch_load: ldr %0, [%1]"
                 : "=r"(value)
                 : "r"(VIRTUAL + (section << 20)));
}

static __attribute__((noinline)) void touch2(u32 section)
{
    asm volatile(".globl touch_store\ntouch_store: str %0, [%0]" ::"r"(VIRTUAL + (section << 20))
                 : "memory");
}

__attribute__((noinline, target("thumb"))) static void call_from_thumb(void)
{
    asm volatile(".globl thumb_svc\n.thumb_func\nthumb_svc: svc #3" ::: "memory", "lr");
}

static __attribute__((noinline)) void one_round(void)
{
    asm volatile(".globl call_svc\ncall_svc: svc #1" ::: "memory", "lr");
    asm volatile(".globl undefined\nundefined: udf #0" ::: "memory", "lr");
    call_from_thumb();
}

static __attribute__((noinline)) u32 read_device(u32 n)
{
    u32 sum = 0;

    asm volatile(".globl device_loop\n.globl device_branch\n"
                 "device_loop:\n"
                 "  ldr r3, [%2, #0x18]\n"
                 "  add %0, %0, r3\n"
                 "  ldr r3, [%2, #0x18]\n"
                 "  add %0, %0, r3\n"
                 "  subs %1, %1, #1\n"
                 "device_branch:\n"
                 "  bne device_loop\n"
                 : "+r"(sum), "+r"(n)
                 : "r"(UART)
                 : "r3", "memory", "cc");
    return sum;
}

static void mmu_on(void)
{
    u32 sctlr;

    table[UART >> 20] = 0x09000000 | 0xc02;
    table[DIST >> 20] = 0x08000000 | 0xc02;
    for (u32 i = 0; i < 32; i++) { /* memory */
        table[0x400 + i] = (0x40000000 + (i << 20)) | 0xc02;
    }
    asm volatile("mcr p15, 0, %0, c2, c0, 0" ::"r"(table));
    asm volatile("mcr p15, 0, %0, c2, c0, 2" ::"r"(0));
    asm volatile("mcr p15, 0, %0, c3, c0, 0" ::"r"(1)); /* domain 0: a client */
    forget_translations();
    asm volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(sctlr));
    asm volatile("mcr p15, 0, %0, c1, c0, 0\nisb" ::"r"(sctlr | 1) : "memory");
}

static __attribute__((noinline)) void power_off(void)
{
    register u32 r0 asm("r0") = 0x18;
    register u32 r1 asm("r1") = 0x20026;

    asm volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "memory", "lr");
}

int main(void)
{
    mmu_on();
    REG(DIST) = 1;
    REG(DIST + 0x100) = 1u << 27;
    REG(GICC) = 1;
    REG(GICC + 4) = 0xff;
    arm_timer(1);
    asm volatile("cpsie i");
    for (u32 i = 0; i < 70; i++) {
        one_round();
    }
    code_page[0] = 0xe12fff1e; /* bx lr */
    for (u32 round = 0; round < 20; round++) {
        for (u32 section = 0; section < 4; section++) {
            table[(VIRTUAL >> 20) + section] = 0;
        }
        forget_translations();
        touch(0);
        touch2(1);
        touch(2);
        ((void (*)(void))(VIRTUAL + (3 << 20)))();
    }
    read_device(600);
    turns += 599;
    while (timer < 20) {
        asm volatile("wfi");
    }
    stopping = 1;
    while (!stopped) {
    }
    report("timer", timer);
    report("svc", svcs);
    report("svc-thumb", thumbs);
    report("undefined", undefineds);
    report("load-abort", loads);
    report("store-abort", stores);
    report("fetch-abort", fetches);
    report("device-turns", turns);
    report("svc-returns", returns);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
