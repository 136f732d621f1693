/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Cortex-M3: a handler that returns by an instruction of which nobody knows
 * afterwards what it loaded, and starts again at once.  It could have jumped to
 * its own start.  The profile says that it does not know.
 *
 * machine: -M mps2-an385 -semihosting-config enable=on,target=native -kernel $ELF
 *
 * disc: taken = interrupt "IRQ 0" * -> irq0
 * disc: * = unexplained irq0_return -> irq0
 * edge: again = unexplained irq0_return -> irq0
 * edge: returns = system irq0_return -> *
 * disc: * = host-call "*" semihost_call -> *
 * unexplained: 150
 */
#include "guest.h"

#define REG(a)     (*(volatile u32 *)(a))
#define UART_DATA  REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL  REG(0x40004008)
#define NVIC_ISER  REG(0xe000e100)
#define NVIC_ISPR  REG(0xe000e200)

static volatile u32 count;
volatile u32 *const count_at = &count;
volatile u32 saved_lr;

void put_char(char c)
{
    while (UART_STATE & 1) {
    }
    UART_DATA = (u32)c;
}

/* Runs four times for each time that it is started by others. */
__attribute__((naked)) void irq0(void)
{
    asm volatile("ldr r2, =saved_lr\nstr lr, [r2]\n"
                 "ldr r0, =count_at\nldr r0, [r0]\nldr r1, [r0]\nadds r1, #1\nstr r1, [r0]\n"
                 "ands r1, #3\nbeq 1f\n"
                 "ldr r0, =0xe000e200\nmovs r1, #1\nstr r1, [r0]\ndsb\nisb\n"
                 "1: nop\n.globl irq0_return\n.thumb_func\nirq0_return: ldr pc, [r2]\n.ltorg");
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

int main(void)
{
    UART_CTRL = 1;
    NVIC_ISER = 1;
    for (u32 i = 0; i < 50; i++) {
        NVIC_ISPR = 1;
        asm volatile("dsb\nisb");
    }
    report("taken", count / 4);
    report("again", count / 4 * 3);
    report("returns", count / 4);
    put_text("@done 1\n");
    semihost(0x18, 0x20026);
    for (;;) {
    }
}
