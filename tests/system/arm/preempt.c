/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Cortex-M3 whose timer fires at every instruction of a handler and of what
 * comes after it in turn: before the first instruction of the handler that starts
 * when it returns (tail-chaining), also when that is itself, and before the
 * first instruction that it returns to.
 *
 * machine: -M mps2-an385 -icount shift=6,sleep=off
 * machine: -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: irq0 = interrupt "IRQ 0" * -> irq0
 * disc: irq1 = interrupt "IRQ 1" * -> irq1
 * disc: pendsv = interrupt "PendSV" * -> pend_sv
 * disc: svc = exception "SVCall" call_sv -> sv_call
 * disc: svc = exception "SVCall" call_sv+2 -> sv_call
 * disc: svc-late = interrupt "SysTick" sv_call -> sys_tick
 * disc: systick = interrupt "SysTick" * -> sys_tick
 * disc: * = host-call "*" semihost_call -> *
 * edge: no-return = return irq0_return -> *
 * edge: no-return = return irq1_return -> *
 * edge: no-return = return pend_sv_return -> *
 * edge: no-return = return sv_call_return -> *
 * edge: no-return = return sys_tick_return -> *
 */
#include "guest.h"

#define REG(a)     (*(volatile u32 *)(a))
#define UART_DATA  REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL  REG(0x40004008)
#define SYST_CSR   REG(0xe000e010)
#define SYST_RVR   REG(0xe000e014)
#define SYST_CVR   REG(0xe000e018)
#define NVIC_ISER  REG(0xe000e100)
#define NVIC_ISPR  REG(0xe000e200)
#define NVIC_IPR0  REG(0xe000e400)
#define SHPR2      REG(0xe000ed1c)
#define SHPR3      REG(0xe000ed20)

/* Where assembly finds them, 4 bytes each. */
struct counters {
    u32 irq0s, irq1s, pendsvs, ticks, svcs, late;
};
static volatile struct counters counters;
volatile struct counters *const counters_at = &counters;

void put_char(char c)
{
    while (UART_STATE & 1) {
    }
    UART_DATA = (u32)c;
}

/* Count at @offset of the counters; r1 is the new count. */
#define COUNT(offset)                                                                              \
    "ldr r0, =counters_at\nldr r0, [r0]\nldr r1, [r0, #" #offset "]\nadds r1, #1\n"                \
    "str r1, [r0, #" #offset "]\n"
#define STORE(address, value) "ldr r0, =" #address "\nldr r1, =" #value "\nstr r1, [r0]\ndsb\n"
#define RETURN(name, how)     ".globl " #name "_return\n.thumb_func\n" #name "_return: " how "\n.ltorg"

/* Starts PendSV, which comes next. */
__attribute__((naked)) void irq0(void)
{
    asm volatile(COUNT(0) STORE(0xe000ed04, 0x10000000) RETURN(irq0, "bx lr"));
}

/* Starts itself, every second time. */
__attribute__((naked)) void irq1(void)
{
    asm volatile(
        COUNT(4) "lsls r1, #31\nbeq 1f\n" STORE(0xe000e200, 2) "1:\n" RETURN(irq1, "bx lr"));
}

__attribute__((naked)) void pend_sv(void)
{
    asm volatile("push {r4, lr}\n" COUNT(8) RETURN(pend_sv, "pop {r4, pc}"));
}

__attribute__((naked)) void sv_call(void)
{
    asm volatile(COUNT(16) RETURN(sv_call, "bx lr"));
}

/* Once for each time that it is started.  The stacked pc says what it came before. */
__attribute__((naked)) void sys_tick(void)
{
    asm volatile(
        COUNT(12) "ldr r2, [sp, #24]\nldr r3, =sv_call\nbic r3, #1\ncmp r2, r3\nbne 1f\n"
                  "ldr r1, [r0, #20]\nadds r1, #1\nstr r1, [r0, #20]\n"
                  "1: ldr r0, =0xe000e010\nmovs r1, #0\nstr r1, [r0]\n" RETURN(sys_tick, "bx lr"));
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

static __attribute__((noinline)) void pend(u32 value, u32 period)
{
    u32 before = counters.ticks;

    SYST_RVR = period;
    SYST_CVR = 0;
    SYST_CSR = 7;
    SYST_RVR = 100000; /* from then on: no second time */
    asm volatile("nop\nnop\nnop\nnop\n.globl call_sv\n.thumb_func\ncall_sv: svc 1" ::
                     : "memory", "r0", "r1");
    NVIC_ISPR = value;
    asm volatile("dsb\nisb");
    while (counters.ticks == before) {
    }
}

int main(void)
{
    UART_CTRL = 1;
    SHPR2 = 0x40u << 24;
    SHPR3 = 0x20u << 24 | 0xe0u << 16; /* SysTick before the rest, PendSV last */
    NVIC_IPR0 = 0x80 << 8 | 0x80;
    NVIC_ISER = 3;
    for (u32 period = 2; period < 120; period++) {
        pend(1, period);
        pend(2, period);
    }
    report("irq0", counters.irq0s);
    report("irq1", counters.irq1s);
    report("pendsv", counters.pendsvs);
    report("svc", counters.svcs);
    report("svc-late", counters.late);
    report("systick", counters.ticks - counters.late);
    report("no-return", 0);
    put_text("@done 1\n");
    semihost(0x18, 0x20026);
    for (;;) {
    }
}
