/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/machine-regs.h"

#include "plugin/qemu-api.h"

enum machine machine_kind;

static const struct {
    enum machine machine;
    enum machine_reg reg;
    const char *names[2];
} wanted[] = {
    {MACHINE_X86, R_PC, {"rip"}},
    {MACHINE_RISCV, R_PC, {"pc"}},
    {MACHINE_AARCH64, R_PC, {"pc"}},
    {MACHINE_ARM, R_PC, {"pc"}},
    {MACHINE_X86, R_CR0, {"cr0"}},
    {MACHINE_X86, R_EFER, {"efer"}},
    {MACHINE_X86, R_SP, {"rsp", "esp"}},
    {MACHINE_X86, R_CS, {"cs"}},
    {MACHINE_X86, R_SS, {"ss"}},
    {MACHINE_RISCV, R_PRIV, {"priv"}},
    {MACHINE_RISCV, R_MCAUSE, {"mcause"}},
    {MACHINE_RISCV, R_SCAUSE, {"scause"}},
    {MACHINE_RISCV, R_MEPC, {"mepc"}},
    {MACHINE_RISCV, R_SEPC, {"sepc"}},
    {MACHINE_RISCV, R_MTVEC, {"mtvec"}},
    {MACHINE_RISCV, R_STVEC, {"stvec"}},
    {MACHINE_AARCH64, R_CPSR, {"cpsr"}},
    {MACHINE_AARCH64, R_ESR, {"ESR_EL1"}},
    {MACHINE_AARCH64, R_ESR2, {"ESR_EL2"}},
    {MACHINE_AARCH64, R_ESR3, {"ESR_EL3"}},
    {MACHINE_AARCH64, R_ELR, {"ELR_EL1"}},
    {MACHINE_AARCH64, R_ELR2, {"ELR_EL2"}},
    {MACHINE_AARCH64, R_ELR3, {"ELR_EL3"}},
    {MACHINE_AARCH64, R_VBAR1, {"VBAR", "VBAR_EL1"}},
    {MACHINE_AARCH64, R_VBAR2, {"VBAR_EL2"}},
    {MACHINE_AARCH64, R_VBAR3, {"VBAR_EL3"}},
    {MACHINE_ARM, R_CPSR, {"cpsr"}},
    {MACHINE_ARM, R_XPSR, {"xpsr"}},
    {MACHINE_ARM, R_LR, {"lr"}},
    {MACHINE_ARM, R_PSP, {"psp"}},
    {MACHINE_ARM, R_MSP, {"msp"}},
    {MACHINE_ARM, R_VBAR, {"VBAR"}},
    {MACHINE_ARM, R_DFSR, {"DFSR"}},
    {MACHINE_ARM, R_IFSR, {"IFSR"}},
    {MACHINE_ARM, R_GENERAL + 0, {"r0"}},
    {MACHINE_ARM, R_GENERAL + 1, {"r1"}},
    {MACHINE_ARM, R_GENERAL + 2, {"r2"}},
    {MACHINE_ARM, R_GENERAL + 3, {"r3"}},
    {MACHINE_ARM, R_GENERAL + 4, {"r4"}},
    {MACHINE_ARM, R_GENERAL + 5, {"r5"}},
    {MACHINE_ARM, R_GENERAL + 6, {"r6"}},
    {MACHINE_ARM, R_GENERAL + 7, {"r7"}},
    {MACHINE_ARM, R_GENERAL + 8, {"r8"}},
    {MACHINE_ARM, R_GENERAL + 9, {"r9"}},
    {MACHINE_ARM, R_GENERAL + 10, {"r10"}},
    {MACHINE_ARM, R_GENERAL + 11, {"r11"}},
    {MACHINE_ARM, R_GENERAL + 12, {"r12"}},
};

static int regs[R_COUNT]; /* slots of qapi_find_register(), -1 if absent */
static bool found;

bool machine_register(enum machine_reg reg, uint64_t *value)
{
    *value = 0;
    return found && qapi_read_register(regs[reg], value);
}

uint64_t machine_value(enum machine_reg reg)
{
    uint64_t value;

    return machine_register(reg, &value) ? value : 0;
}

void machine_regs_init(const char *target)
{
    machine_kind = g_str_equal(target, "x86_64") || g_str_equal(target, "i386") ? MACHINE_X86
                   : g_str_has_prefix(target, "riscv")                          ? MACHINE_RISCV
                   : g_str_has_prefix(target, "aarch64")                        ? MACHINE_AARCH64
                   : g_str_has_prefix(target, "arm")                            ? MACHINE_ARM
                                                                                : MACHINE_OTHER;
}

void machine_regs_vcpu_init(void)
{
    if (found) {
        return;
    }
    for (size_t i = 0; i < R_COUNT; i++) {
        regs[i] = -1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        for (size_t k = 0; k < 2 && wanted[i].names[k]; k++) {
            if (wanted[i].machine == machine_kind && regs[wanted[i].reg] < 0) {
                regs[wanted[i].reg] = qapi_find_register(wanted[i].names[k]);
            }
        }
    }
    found = true;
    if (machine_kind == MACHINE_ARM && regs[R_XPSR] >= 0) {
        machine_kind = MACHINE_ARM_M;
    } else if (machine_kind == MACHINE_AARCH64 && regs[R_ESR] < 0) {
        machine_kind = MACHINE_ARM; /* a 32-bit CPU in the 64-bit emulator */
        found = false;
        machine_regs_vcpu_init();
    }
}
