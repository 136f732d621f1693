/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Cortex-M3: handlers that return and start again at once, because they are
 * pending again (tail-chaining to themselves), by each instruction that returns
 * from one; and handlers that jump to their own start without having returned,
 * by the same instructions.
 *
 * machine: -M mps2-an385 -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: by-bx-lr = interrupt "IRQ 0" * -> irq0
 * disc: by-pop = interrupt "IRQ 1" * -> irq1
 * disc: by-bx = interrupt "PendSV" * -> pend_sv
 * disc: by-ldr = interrupt "SysTick" * -> sys_tick
 * disc: svc = exception "SVCall" call_sv+2 -> sv_call
 * disc: svc = exception "SVCall" call_sv -> sv_call
 * disc: undefined = exception "UsageFault" undefined -> usage_fault
 * disc: * = host-call "*" semihost_call -> *
 * edge: jumped = indirect-jump jump_bx -> sv_call
 * edge: popped = return jump_pop -> usage_fault
 * edge: returns = system * -> pended..chained
 */
#include "guest.h"

#define REG(a)     (*(volatile u32 *)(a))
#define UART_DATA  REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL  REG(0x40004008)
#define NVIC_ISER  REG(0xe000e100)
#define NVIC_ISPR  REG(0xe000e200)
#define ICSR       REG(0xe000ed04)
#define SHCSR      REG(0xe000ed24)

#define ROUNDS 50

/* Where assembly finds them, 4 bytes each. */
struct counters {
    u32 irq0s, irq1s, pendsvs, ticks, svcs, undefineds, jumped, popped;
};
static volatile struct counters counters;
volatile struct counters *const counters_at = &counters;

void put_char(char c)
{
    while (UART_STATE & 1) {
    }
    UART_DATA = (u32)c;
}

/* Count at @offset of the counters; then r1 is zero every fourth time. */
#define COUNT(offset)                                                                              \
    "ldr r0, =counters_at\nldr r0, [r0]\nldr r1, [r0, #" #offset "]\nadds r1, #1\n"                \
    "str r1, [r0, #" #offset "]\nands r1, #3\n"
/* Write @value to @address, and wait until that has been done. */
#define STORE(address, value) "ldr r0, =" #address "\nldr r1, =" #value "\nstr r1, [r0]\ndsb\nisb\n"

__attribute__((naked)) void irq0(void)
{
    asm volatile(COUNT(0) "beq 1f\n" STORE(0xe000e200, 1) "1: bx lr\n.ltorg");
}

__attribute__((naked)) void irq1(void)
{
    asm volatile("push {r4, lr}\n" COUNT(4) "beq 1f\n" STORE(0xe000e200, 2) "1: pop {r4, pc}\n"
                                                                            ".ltorg");
}

__attribute__((naked)) void pend_sv(void)
{
    asm volatile(COUNT(8) "beq 1f\n" STORE(0xe000ed04, 0x10000000) "1: mov r2, lr\nbx r2\n.ltorg");
}

__attribute__((naked)) void sys_tick(void)
{
    asm volatile("str lr, [sp, #-4]!\n" COUNT(12) "beq 1f\n" STORE(
        0xe000ed04, 0x04000000) "1: ldr pc, [sp], #4\n.ltorg");
}

/* Both run four times for each time that they are taken. */
__attribute__((naked)) void sv_call(void)
{
    asm volatile(COUNT(24) "it eq\nbxeq lr\nldr r2, =sv_call\n"
                           ".globl jump_bx\n.thumb_func\njump_bx: bx r2\n.ltorg");
}

/* The stacked pc lies 24 bytes above the stack pointer at the handler's start. */
__attribute__((naked)) void usage_fault(void)
{
    asm volatile(COUNT(28) "bne 1f\nldr r1, [sp, #24]\nadds r1, #2\nstr r1, [sp, #24]\nbx lr\n"
                           "1: ldr r2, =usage_fault\npush {r2}\n"
                           ".globl jump_pop\n.thumb_func\njump_pop: pop {pc}\n.ltorg");
}

static __attribute__((noinline)) void semihost(u32 op, u32 arg)
{
    register u32 r0 asm("r0") = op;
    register u32 r1 asm("r1") = arg;

    asm volatile(".globl semihost_call\n.thumb_func\nsemihost_call: bkpt 0xab"
                 : "+r"(r0)
                 : "r"(r1)
                 : "memory");
}

/* Each comes here four times, of which three are tail-chained, and returns once. */
static __attribute__((noinline)) void pend(volatile u32 *at, u32 value)
{
    asm volatile("str %1, [%0]\n.globl pended\n.thumb_func\npended: dsb\nisb\nnop\n"
                 ".globl chained\n.thumb_func\nchained: nop"
                 :
                 : "r"(at), "r"(value)
                 : "memory");
}

static __attribute__((noinline)) void call(void)
{
    asm volatile(".globl call_sv\n.thumb_func\ncall_sv: svc 1" ::: "memory", "r0", "r1", "r2");
    asm volatile(".globl undefined\n.thumb_func\nundefined: udf 0" ::: "memory", "r0", "r1", "r2");
    counters.svcs++;
    counters.undefineds++;
}

int main(void)
{
    UART_CTRL = 1;
    SHCSR = 1 << 18; /* usage faults have a handler of their own */
    NVIC_ISER = 3;
    for (u32 i = 0; i < ROUNDS; i++) {
        pend(&NVIC_ISPR, 1);
        pend(&NVIC_ISPR, 2);
        pend(&ICSR, 1u << 28);
        pend(&ICSR, 1u << 26);
        call();
    }
    report("by-bx-lr", counters.irq0s);
    report("by-pop", counters.irq1s);
    report("by-bx", counters.pendsvs);
    report("by-ldr", counters.ticks);
    report("svc", counters.svcs);
    report("undefined", counters.undefineds);
    report("jumped", counters.jumped - counters.svcs);
    report("popped", counters.popped - counters.undefineds);
    report("returns", 4 * ROUNDS);
    put_text("@done 1\n");
    semihost(0x18, 0x20026);
    for (;;) {
    }
}
