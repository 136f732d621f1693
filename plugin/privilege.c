/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/privilege.h"

#include "lib/profile/schema.h"
#include "plugin/machine-cause.h"

/* QEMU's names for gdb, and slots of qapi_find_register(). */
enum reg {
    X86_CR0,
    X86_CS,
    X86_SS,
    X86_EFLAGS,
    RISCV_PRIV,
    ARM_CPSR,
    ARM_XPSR,
    ARM_CONTROL,
    N_REGS
};
static const struct {
    enum machine machine;
    const char *name;
} names[N_REGS] = {
    [X86_CR0] = {MACHINE_X86, "cr0"},       [X86_CS] = {MACHINE_X86, "cs"},
    [X86_SS] = {MACHINE_X86, "ss"},         [X86_EFLAGS] = {MACHINE_X86, "eflags"},
    [RISCV_PRIV] = {MACHINE_RISCV, "priv"}, [ARM_CPSR] = {MACHINE_OTHER, "cpsr"},
    [ARM_XPSR] = {MACHINE_ARM_M, "xpsr"},   [ARM_CONTROL] = {MACHINE_ARM_M, "control"},
};
static int regs[N_REGS];
static bool found;

void privilege_vcpu_init(void)
{
    for (unsigned i = 0; i < N_REGS && !found; i++) {
        bool arm = machine_kind == MACHINE_ARM || machine_kind == MACHINE_AARCH64;
        bool here = i == ARM_CPSR ? arm : names[i].machine == machine_kind;
        regs[i] = here ? qapi_find_register(names[i].name) : -1;
    }
    found = true;
}

/* Intel SDM volume 3, "Privilege Levels"; rings 1 to 3 are what its counters call user. */
static unsigned x86(void)
{
    uint64_t cr0, cs, ss, flags;

    if (!qapi_read_register(regs[X86_CR0], &cr0) || !qapi_read_register(regs[X86_CS], &cs) ||
        !qapi_read_register(regs[X86_SS], &ss) || !qapi_read_register(regs[X86_EFLAGS], &flags)) {
        return CFLOW_PRIVILEGE_UNKNOWN;
    }
    if (!(cr0 & 1)) {
        return CFLOW_PRIVILEGE_KERNEL; /* real mode */
    }
    /*
     * Virtual 8086 mode, whose selectors are none, is ring 3.  On the way from real
     * to protected mode cs is still what it was; only in a ring do both agree.
     */
    return (flags & 1 << 17) || ((cs & 3) && (cs & 3) == (ss & 3)) ? CFLOW_PRIVILEGE_USER
                                                                   : CFLOW_PRIVILEGE_KERNEL;
}

/* RISC-V privileged architecture: U 0, S 1, M 3; QEMU adds 4 in a virtual machine. */
static unsigned riscv(void)
{
    uint64_t priv;

    if (!qapi_read_register(regs[RISCV_PRIV], &priv)) {
        return CFLOW_PRIVILEGE_UNKNOWN;
    }
    return (priv & 3) == 0   ? CFLOW_PRIVILEGE_USER
           : (priv & 3) == 3 ? CFLOW_PRIVILEGE_MACHINE
                             : CFLOW_PRIVILEGE_KERNEL;
}

/* Arm ARM, PSTATE: the exception level in bits 2 and 3, or AArch32's mode if bit 4 is set. */
static unsigned arm(void)
{
    static const unsigned char levels[] = {CFLOW_PRIVILEGE_USER, CFLOW_PRIVILEGE_KERNEL,
                                           CFLOW_PRIVILEGE_HYPERVISOR, CFLOW_PRIVILEGE_MACHINE};
    uint64_t state;

    if (!qapi_read_register(regs[ARM_CPSR], &state)) {
        return CFLOW_PRIVILEGE_UNKNOWN;
    }
    if (!(state & 1 << 4)) {
        return levels[state >> 2 & 3];
    }
    /* QEMU does not keep translations of monitor mode apart from other secure ones. */
    return (state & 0x1f) == 0x10   ? CFLOW_PRIVILEGE_USER
           : (state & 0x1f) == 0x1a ? CFLOW_PRIVILEGE_HYPERVISOR
                                    : CFLOW_PRIVILEGE_KERNEL;
}

/* Armv7-M ARM, IPSR and CONTROL.nPRIV: handlers are privileged. */
static unsigned arm_m(void)
{
    uint64_t psr, control;

    if (!qapi_read_register(regs[ARM_XPSR], &psr) ||
        !qapi_read_register(regs[ARM_CONTROL], &control)) {
        return CFLOW_PRIVILEGE_UNKNOWN;
    }
    return !(psr & 0x1ff) && (control & 1) ? CFLOW_PRIVILEGE_USER : CFLOW_PRIVILEGE_KERNEL;
}

unsigned privilege_now(void)
{
    if (!recorder.system) {
        return CFLOW_PRIVILEGE_USER;
    }
    switch (found ? machine_kind : MACHINE_OTHER) {
    case MACHINE_X86:
        return x86();
    case MACHINE_RISCV:
        return riscv();
    case MACHINE_AARCH64:
    case MACHINE_ARM:
        return arm();
    case MACHINE_ARM_M:
        return arm_m();
    default:
        return CFLOW_PRIVILEGE_UNKNOWN;
    }
}
