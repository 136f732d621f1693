/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Cortex-M3: SysTick, supervisor calls, PendSV that starts when another
 * handler returns (tail-chaining), interrupts set pending by software of which
 * one preempts the other, undefined instructions, a fault that escalates to a
 * HardFault, a device read in straight-line code, semihosting.
 *
 * machine: -M mps2-an385 -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: systick = interrupt "SysTick" * -> sys_tick
 * disc: svc = exception "SVCall" call_sv+2 -> sv_call
 * disc: svc = exception "SVCall" call_sv -> sv_call
 * disc: svc = exception "SVCall" nested_sv -> sv_call
 * disc: pendsv = interrupt "PendSV" * -> pend_sv
 * disc: irq0 = interrupt "IRQ 0" * -> irq0
 * disc: irq1 = interrupt "IRQ 1" * -> irq1
 * disc: undefined = exception "UsageFault" undefined -> usage_fault
 * disc: hardfault = exception "HardFault" bad_load -> hard_fault
 * disc: semihosting = host-call "*" semihost_call -> *
 * edge: device-turns = taken device_branch -> device_loop
 * line: undefined = undefined: udf 0
 * line: svc = void sv_call(
 * line: pendsv = void pend_sv(
 * line: irq0 = NVIC_ISPR = 2;
 * line: hardfault = void hard_fault(
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
#define ICSR       REG(0xe000ed04)
#define SHPR2      REG(0xe000ed1c)
#define SHPR3      REG(0xe000ed20)
#define SHCSR      REG(0xe000ed24)

static volatile u32 ticks, svcs, pendsvs, irq0s, irq1s, undefineds, hardfaults, calls, turns;

void put_char(char c)
{
    while (UART_STATE & 1) {
    }
    UART_DATA = (u32)c;
}

void sys_tick(void)
{
    ticks++;
    if (ticks % 2) {
        ICSR = 1u << 28; /* PendSV: when we return */
    }
}

void pend_sv(void)
{
    pendsvs++;
}

void irq1(void) /* more urgent than irq0 */
{
    irq1s++;
}

void irq0(void)
{
    irq0s++;
    NVIC_ISPR = 2; /* preempts us */
    asm volatile("dsb\nisb");
    if (irq0s % 4 == 0) {
        ICSR = 1u << 28;
    }
    asm volatile(".globl nested_sv\n.thumb_func\nnested_sv: svc 2" ::: "memory");
}

void sv_call(void)
{
    svcs++;
}

/* The stacked pc lies 24 bytes above the stack pointer at the handler's start. */
__attribute__((naked)) void usage_fault(void)
{
    asm volatile("mov r0, sp\nldr r1, [r0, #24]\nadd r1, #2\nstr r1, [r0, #24]\n"
                 "ldr r0, =undefineds_at\nldr r0, [r0]\nldr r1, [r0]\nadd r1, #1\nstr r1, [r0]\n"
                 "bx lr");
}
volatile u32 *const undefineds_at = &undefineds;

__attribute__((naked)) void hard_fault(void)
{
    asm volatile("mov r0, sp\nldr r1, [r0, #24]\nadd r1, #2\nstr r1, [r0, #24]\n"
                 "ldr r0, =hardfaults_at\nldr r0, [r0]\nldr r1, [r0]\nadd r1, #1\nstr r1, [r0]\n"
                 "bx lr");
}
volatile u32 *const hardfaults_at = &hardfaults;

static __attribute__((noinline)) u32 semihost(u32 op, u32 arg)
{
    register u32 r0 asm("r0") = op;
    register u32 r1 asm("r1") = arg;

    asm volatile(".globl semihost_call\n.thumb_func\nsemihost_call: bkpt 0xab"
                 : "+r"(r0)
                 : "r"(r1)
                 : "memory");
    return r0;
}

static __attribute__((noinline)) u32 read_device(u32 n)
{
    u32 sum = 0;

    asm volatile(".globl device_loop\n.globl device_branch\n.thumb_func\n"
                 "device_loop:\n"
                 "  ldr r3, [%2]\n"
                 "  add %0, r3\n"
                 "  ldr r3, [%2, #4]\n"
                 "  add %0, r3\n"
                 "  subs %1, #1\n"
                 ".thumb_func\n"
                 "device_branch:\n"
                 "  bne device_loop\n"
                 : "+r"(sum), "+r"(n)
                 : "r"(0x40004000 + 4)
                 : "r3", "memory", "cc");
    return sum;
}

static __attribute__((noinline)) void one_round(void)
{
    asm volatile(".globl call_sv\n.thumb_func\ncall_sv: svc 1" ::: "memory");
    asm volatile(".globl undefined\n.thumb_func\nundefined: udf 0" ::: "memory", "r0", "r1");
    NVIC_ISPR = 1;
    asm volatile("dsb\nisb");
}

static __attribute__((noinline)) void fault_hard(void)
{
    u32 value;

    asm volatile("ldr r2, =0xfffffff0\n"
                 "ldr r2, =0x60000000\n.globl bad_load\n.thumb_func\nbad_load: ldr %0, [r2]"
                 : "=l"(value)
                 :
                 : "memory", "r0", "r1", "r2");
}

int main(void)
{
    UART_CTRL = 1;
    SHCSR = 1 << 18;                   /* usage faults have a handler of their own */
    SHPR2 = 0x20u << 24;               /* supervisor calls: above all interrupts but irq1 */
    SHPR3 = 0x60u << 24 | 0xe0u << 16; /* SysTick, PendSV last */
    NVIC_IPR0 = 0x20 << 8 | 0x80;      /* irq1, irq0 */
    NVIC_ISER = 3;
    SYST_RVR = 25000;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (u32 i = 0; i < 100; i++) {
        one_round();
        if (i % 10 == 0) {
            fault_hard();
            semihost(0x10, 0); /* SYS_CLOCK */
            calls++;
        }
    }
    read_device(700);
    turns += 699;
    while (ticks < 20) {
        asm volatile("wfi");
    }
    SYST_CSR = 0;
    asm volatile("dsb\nisb");
    report("systick", ticks);
    report("svc", svcs);
    report("pendsv", pendsvs);
    report("irq0", irq0s);
    report("irq1", irq1s);
    report("undefined", undefineds);
    report("hardfault", hardfaults);
    report("device-turns", turns);
    calls++;
    report("semihosting", calls - 1); /* the last one does not come back */
    put_text("@done 1\n");
    semihost(0x18, 0x20026);
    for (;;) {
    }
}
