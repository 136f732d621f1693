/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which machine runs, and those of its registers that tell of exceptions. */
#ifndef CFLOW_MACHINE_REGS_H
#define CFLOW_MACHINE_REGS_H

#include <stdbool.h>
#include <stdint.h>

enum machine {
    MACHINE_OTHER,
    MACHINE_X86,
    MACHINE_RISCV,
    MACHINE_AARCH64,
    MACHINE_ARM,
    MACHINE_ARM_M, /* Arm's M-profile: known once a vCPU has begun */
};

/* By QEMU's names for gdb. */
enum machine_reg {
    R_PC,
    /* x86 */
    R_CR0,
    R_EFER,
    R_SP,
    R_CS,
    R_SS,
    /* RISC-V */
    R_PRIV,
    R_MCAUSE,
    R_SCAUSE,
    R_MEPC,
    R_SEPC,
    R_MTVEC,
    R_STVEC,
    /* Arm */
    R_CPSR,
    R_XPSR,
    R_LR,
    R_PSP,
    R_MSP,
    R_VBAR,    /* AArch32 */
    R_GENERAL, /* r0 to r12 */
    R_GENERAL_LAST = R_GENERAL + 12,
    R_DFSR,
    R_IFSR,
    R_ESR, /* AArch64: of EL1, EL2, EL3 */
    R_ESR2,
    R_ESR3,
    R_ELR,
    R_ELR2,
    R_ELR3,
    R_VBAR1,
    R_VBAR2,
    R_VBAR3,
    R_COUNT
};

/* Of the machine that runs; MACHINE_OTHER where nothing is known of it. */
extern enum machine machine_kind;

/* Which machine is it?  By QEMU's target name. */
void machine_regs_init(const char *target);

/* On a vCPU's own thread, recorder's lock held: find the registers. */
void machine_regs_vcpu_init(void);

/* In callbacks that may read registers.  False, and 0, if the machine has no such one. */
bool machine_register(enum machine_reg reg, uint64_t *value);
uint64_t machine_value(enum machine_reg reg);

#endif
