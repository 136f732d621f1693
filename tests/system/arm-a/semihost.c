/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the emulator (semihosting) from Arm and Thumb code, and the same instructions
 * where they are calls of the supervisor, while a timer interrupts.
 *
 * machine: -M virt,gic-version=2 -cpu cortex-a15 -m 32
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: call = host-call "*" call -> call+4
 * disc: svc = exception "svc" plain_svc -> svc_vector
 * disc: thumb-call = host-call "*" thumb_call -> thumb_call+2
 * disc: thumb-svc = exception "svc" thumb_svc -> svc_vector
 * disc: timer = interrupt "IRQ" * -> irq_vector
 * edge: svc-returns = system svc_return -> *
 * edge: irq-returns = system irq_return -> *
 */
#include "guest.h"

#define REG(a) (*(volatile u32 *)(a))
#define UART   0x09000000
#define DIST   0x08000000
#define GICC   0x08010000
#define TURNS  2000

static volatile u32 timer, svcs, thumbs, stopping, stopped;

void put_char(char c)
{
    while (REG(UART + 0x18) & 0x20) {
    }
    REG(UART) = (u32)c;
}

static void arm_timer(u32 on)
{
    asm volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(1000));
    asm volatile("mcr p15, 0, %0, c14, c3, 1\nisb" ::"r"(on));
}

void trap(u32 vector, u32 *frame)
{
    u32 id;

    if (vector == 2) {
        svcs += !(frame[1] >> 5 & 1);
        thumbs += frame[1] >> 5 & 1;
        return;
    }
    id = REG(GICC + 0xc);
    timer++;
    arm_timer(!stopping);
    stopped = stopping;
    REG(GICC + 0x10) = id;
}

/* SYS_ERRNO, which does nothing that would be seen. */
static __attribute__((noinline)) void call_errno(void)
{
    register u32 r0 asm("r0") = 0x13;
    register u32 r1 asm("r1") = 0;

    asm volatile(".globl call, plain_svc\ncall: svc 0x123456\nplain_svc: svc #1"
                 : "+r"(r0)
                 : "r"(r1)
                 : "memory", "lr");
}

__attribute__((noinline, target("thumb"))) static void call_from_thumb(void)
{
    register u32 r0 asm("r0") = 0x13;
    register u32 r1 asm("r1") = 0;

    asm volatile(".globl thumb_call, thumb_svc\n.thumb_func\nthumb_call: svc 0xab\n"
                 ".thumb_func\nthumb_svc: svc #1"
                 : "+r"(r0)
                 : "r"(r1)
                 : "memory", "lr");
}

static __attribute__((noinline)) void power_off(void)
{
    register u32 r0 asm("r0") = 0x18;
    register u32 r1 asm("r1") = 0x20026;

    asm volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "memory", "lr");
}

int main(void)
{
    REG(DIST) = 1;
    REG(DIST + 0x100) = 1u << 27;
    REG(GICC) = 1;
    REG(GICC + 4) = 0xff;
    arm_timer(1);
    asm volatile("cpsie i");
    for (u32 i = 0; i < TURNS; i++) {
        call_errno();
        call_from_thumb();
    }
    stopping = 1;
    while (!stopped) {
    }
    report("call", TURNS);
    report("svc", svcs);
    report("thumb-call", TURNS);
    report("thumb-svc", thumbs);
    report("timer", timer);
    report("svc-returns", svcs + thumbs);
    report("irq-returns", timer);
    put_text("@done 1\n");
    power_off();
    for (;;) {
    }
}
