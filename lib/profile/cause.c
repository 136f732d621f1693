/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/cause.h"

#include <glib.h>
#include <stdbool.h>

static const char *interned(char *text)
{
    g_autofree char *owned = text;

    return g_intern_string(owned);
}

/* --- x86: Intel SDM volume 3, "Exceptions and Interrupts" ------------------- */

static const char *x86_cause(enum cflow_kind kind, unsigned code)
{
    static const char *const names[32] = {
        [0] = "divide error",
        [1] = "debug exception",
        [2] = "NMI",
        [3] = "breakpoint",
        [4] = "overflow",
        [5] = "bound range exceeded",
        [6] = "undefined instruction",
        [7] = "device not available",
        [8] = "double fault",
        [10] = "invalid TSS",
        [11] = "segment not present",
        [12] = "stack-segment fault",
        [13] = "general protection",
        [14] = "page fault",
        [16] = "x87 floating-point error",
        [17] = "alignment check",
        [18] = "machine check",
        [19] = "SIMD floating-point exception",
        [20] = "virtualization exception",
        [21] = "control protection",
    };
    unsigned vector = code & 0xff, error = code >> 8 & 0x1f;

    if (code & CFLOW_CAUSE_OTHER) {
        return "SMI";
    }
    if (kind == CFLOW_INTERRUPT && vector != 2) {
        return interned(g_strdup_printf("vector 0x%02x", vector));
    }
    if (kind == CFLOW_EXCEPTION && vector == 14) {
        return interned(g_strdup_printf("page fault (%s%s, %s)", error & 4 ? "user " : "",
                                        error & 16  ? "fetch"
                                        : error & 2 ? "write"
                                                    : "read",
                                        error & 8   ? "reserved bit"
                                        : error & 1 ? "protected"
                                                    : "not present"));
    }
    return vector < 32 && names[vector] ? names[vector]
                                        : interned(g_strdup_printf("int 0x%02x", vector));
}

/* --- RISC-V: privileged specification, "Machine Cause Register" ------------- */

static const char *riscv_cause(enum cflow_kind kind, unsigned code)
{
    static const char *const exceptions[] = {
        "instruction address misaligned",
        "instruction access fault",
        "illegal instruction",
        "breakpoint",
        "load address misaligned",
        "load access fault",
        "store address misaligned",
        "store access fault",
        "ecall from U-mode",
        "ecall from S-mode",
        "ecall from VS-mode",
        "ecall from M-mode",
        "instruction page fault",
        "load page fault",
        NULL,
        "store page fault",
        "double trap",
        NULL,
        "software check",
        "hardware error",
        "instruction guest-page fault",
        "load guest-page fault",
        "virtual instruction",
        "store guest-page fault",
    };
    static const char *const interrupts[] = {
        NULL,
        "supervisor software interrupt",
        "virtual supervisor software interrupt",
        "machine software interrupt",
        NULL,
        "supervisor timer interrupt",
        "virtual supervisor timer interrupt",
        "machine timer interrupt",
        NULL,
        "supervisor external interrupt",
        "virtual supervisor external interrupt",
        "machine external interrupt",
        "supervisor guest external interrupt",
        "counter overflow interrupt",
    };
    bool interrupt = kind == CFLOW_INTERRUPT;
    const char *const *names = interrupt ? interrupts : exceptions;
    size_t n = interrupt ? G_N_ELEMENTS(interrupts) : G_N_ELEMENTS(exceptions);

    code &= 0xfff;
    return code < n && names[code] ? names[code] : interned(g_strdup_printf("cause %u", code));
}

/* --- Arm ------------------------------------------------------------------- */

/* Arm ARM, ESR_ELx, "ISS encoding for an exception from a Data Abort", DFSC. */
static const char *fault_status(unsigned status)
{
    static const char *const names[] = {"address size", "translation", "access flag", "permission"};

    return status < 16      ? names[status >> 2]
           : status == 0x10 ? "external"
           : status == 0x21 ? "alignment"
           : status == 0x22 ? "debug"
           : status >= 0x30 ? "implementation defined"
                            : "other";
}

static const char *aarch64_cause(unsigned code)
{
    static const char *const rows[] = {NULL, "IRQ", "FIQ", "SError"};
    static const char *const classes[64] = {
        [0x00] = "undefined instruction",
        [0x01] = "trapped wfi or wfe",
        [0x07] = "access to SIMD or floating point",
        [0x09] = "pointer authentication",
        [0x0d] = "branch target",
        [0x0e] = "illegal execution state",
        [0x11] = "svc (AArch32)",
        [0x15] = "svc",
        [0x16] = "hvc",
        [0x17] = "smc",
        [0x18] = "trapped system register",
        [0x19] = "access to SVE",
        [0x1c] = "pointer authentication failure",
        [0x1d] = "access to SME",
        [0x20] = "instruction abort, lower level",
        [0x21] = "instruction abort",
        [0x22] = "pc alignment",
        [0x24] = "data abort, lower level",
        [0x25] = "data abort",
        [0x26] = "sp alignment",
        [0x28] = "floating-point exception (AArch32)",
        [0x2c] = "floating-point exception",
        [0x30] = "breakpoint, lower level",
        [0x31] = "breakpoint",
        [0x32] = "software step, lower level",
        [0x33] = "software step",
        [0x34] = "watchpoint, lower level",
        [0x35] = "watchpoint",
        [0x38] = "bkpt (AArch32)",
        [0x3c] = "brk",
    };
    unsigned class = code & 0x3f;

    if (code & CFLOW_CAUSE_OTHER) {
        return rows[code & 3];
    }
    if (class == 0x20 || class == 0x21 || class == 0x24 || class == 0x25) {
        return interned(g_strdup_printf("%s (%s)", classes[class], fault_status(code >> 6 & 0x3f)));
    }
    return classes[class] ? classes[class]
                          : interned(g_strdup_printf("exception class 0x%02x", class));
}

/* Arm ARM (v7-A), "Fault status register encodings", short-descriptor format. */
static const char *short_status(unsigned status)
{
    switch (status & 0x1f) {
    case 0x01:
        return "alignment";
    case 0x02:
        return "debug";
    case 0x03:
    case 0x06:
        return "access flag";
    case 0x05:
    case 0x07:
        return "translation";
    case 0x09:
    case 0x0b:
        return "domain";
    case 0x0d:
    case 0x0f:
        return "permission";
    case 0x08:
    case 0x16:
        return "external";
    default:
        return "other";
    }
}

static const char *arm_cause(unsigned code)
{
    static const char *const m_names[16] = {
        [2] = "NMI",        [3] = "HardFault",   [4] = "MemManage", [5] = "BusFault",
        [6] = "UsageFault", [7] = "SecureFault", [11] = "SVCall",   [12] = "DebugMonitor",
        [14] = "PendSV",    [15] = "SysTick",
    };
    static const char *const vectors[8] = {
        [1] = "undefined instruction",
        [2] = "svc",
        [3] = "prefetch abort",
        [4] = "data abort",
        [5] = "hyp trap",
        [6] = "IRQ",
        [7] = "FIQ",
    };
    unsigned vector = code & 7, status = code >> 3 & 0x3f;

    if (code & CFLOW_CAUSE_OTHER) {
        unsigned number = code & 0x1ff;
        return number >= 16      ? interned(g_strdup_printf("IRQ %u", number - 16))
               : m_names[number] ? m_names[number]
                                 : interned(g_strdup_printf("exception %u", number));
    }
    if (vector == 3 || vector == 4) {
        return interned(
            g_strdup_printf("%s (%s)", vectors[vector],
                            code >> 9 & 1 ? fault_status(status) : short_status(status)));
    }
    return vectors[vector];
}

const char *cflow_cause_name(const char *isa, enum cflow_kind kind, unsigned cause)
{
    unsigned code = cause & ~CFLOW_CAUSE_KNOWN;

    if (!(cause & CFLOW_CAUSE_KNOWN)) {
        return NULL;
    }
    if (g_str_equal(isa, "x86_64") || g_str_equal(isa, "i386")) {
        return x86_cause(kind, code);
    }
    if (g_str_has_prefix(isa, "riscv")) {
        return riscv_cause(kind, code);
    }
    if (g_str_has_prefix(isa, "aarch64")) {
        return aarch64_cause(code);
    }
    return g_str_has_prefix(isa, "arm") ? arm_cause(code) : NULL;
}
