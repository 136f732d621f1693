/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/machine-cause.h"

#include <string.h>

#include "lib/profile/cause.h"
#include "plugin/machine.h"
#include "plugin/qemu-api.h"

enum machine machine_kind;

/* The registers asked for, by QEMU's names for gdb. */
enum reg {
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
    N_REGS
};

static const struct {
    enum machine machine;
    enum reg reg;
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

static int regs[N_REGS]; /* slots of qapi_find_register(), -1 if absent */
static bool found;

static bool get(enum reg reg, uint64_t *value)
{
    *value = 0;
    return found && qapi_read_register(regs[reg], value);
}

static uint64_t value_of(enum reg reg)
{
    uint64_t value;

    return get(reg, &value) ? value : 0;
}

void machine_cause_init(const char *target)
{
    machine_kind = g_str_equal(target, "x86_64") || g_str_equal(target, "i386") ? MACHINE_X86
                   : g_str_has_prefix(target, "riscv")                          ? MACHINE_RISCV
                   : g_str_has_prefix(target, "aarch64")                        ? MACHINE_AARCH64
                   : g_str_has_prefix(target, "arm")                            ? MACHINE_ARM
                                                                                : MACHINE_OTHER;
}

void machine_cause_vcpu_init(void)
{
    if (found) {
        return;
    }
    for (size_t i = 0; i < N_REGS; i++) {
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
        machine_cause_vcpu_init();
    }
}

/* --- x86 ------------------------------------------------------------------- */

#define CR0_PE   (1u << 0)
#define EFER_LMA (1u << 10)

/* Intel SDM volume 3, "Protected-Mode Interrupt and Exception Operations". */
struct x86_mode {
    unsigned gate;   /* size of an entry of the table, bytes */
    unsigned pushed; /* size of what is pushed, bytes */
};

static struct x86_mode x86_mode(void)
{
    if (!(value_of(R_CR0) & CR0_PE)) {
        return (struct x86_mode){4, 2};
    }
    return value_of(R_EFER) & EFER_LMA ? (struct x86_mode){16, 8} : (struct x86_mode){8, 4};
}

static uint64_t le(const uint8_t *p, unsigned n)
{
    uint64_t value = 0;

    while (n--) {
        value = value << 8 | p[n];
    }
    return value;
}

static uint64_t gate_address(const uint8_t *gate, unsigned size)
{
    switch (size) {
    case 4:
        return le(gate, 2) + le(gate + 2, 2) * 16;
    case 8:
        return le(gate, 2) | le(gate + 6, 2) << 16;
    default:
        return le(gate, 2) | le(gate + 6, 6) << 16;
    }
}

/* The one vector whose gate leads to @to; -1 if there is none, or several. */
static int x86_vector(const struct vcpu *v, uint64_t to)
{
    struct machine_state *m = v->machine;
    unsigned slot = cflow_arena_hash(to) % G_N_ELEMENTS(m->known);
    unsigned size = x86_mode().gate, n = MIN(256u, (m->idt_limit + 1u) / size);
    uint8_t table[256 * 16];
    int vector = -1;

    /* Handlers repeat: look at one gate first. */
    if (m->known[slot].to == to && m->known[slot].vector < n &&
        qapi_read_guest(m->idt_base + m->known[slot].vector * size, table, size) &&
        gate_address(table, size) == to) {
        return m->known[slot].vector;
    }
    if (!n || !qapi_read_guest(m->idt_base, table, n * size)) {
        return -1;
    }
    for (unsigned i = 0; i < n; i++) {
        if (gate_address(table + i * size, size) == to) {
            if (vector >= 0) {
                return -1;
            }
            vector = (int)i;
        }
    }
    if (vector >= 0) {
        m->known[slot].to = to;
        m->known[slot].vector = (uint8_t)vector;
    }
    return vector;
}

void machine_load_idt(struct vcpu *v, uint64_t vaddr)
{
    uint8_t operand[10];
    unsigned n = value_of(R_EFER) & EFER_LMA ? 8 : 4;

    if (qapi_read_guest(vaddr, operand, 2 + n)) {
        v->machine->idt_limit = (uint16_t)le(operand, 2);
        v->machine->idt_base = le(operand + 2, n);
    }
}

/* Of the vectors below 32, those that push an error code. */
static bool pushes_error(int vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 ||
           vector == 29 || vector == 30;
}

static unsigned x86_cause(const struct vcpu *v, uint64_t to, unsigned kind)
{
    int vector = x86_vector(v, to);
    struct x86_mode mode = x86_mode();
    uint8_t error[2];

    if (vector < 0) {
        return 0;
    }
    unsigned cause = CFLOW_CAUSE_KNOWN | (unsigned)vector;
    if (vector == 14 && kind == CFLOW_EXCEPTION && mode.pushed > 2 &&
        qapi_read_guest(value_of(R_SP), error, sizeof(error))) {
        cause |= (error[0] & 0x1fu) << 8;
    }
    return cause;
}

/* The top of the stack, @skip words down it, in words of @size bytes. */
static uint64_t x86_stack(unsigned size, unsigned skip)
{
    uint64_t sp = value_of(R_SP);

    return size == 2 ? value_of(R_SS) * 16 + ((sp + skip * 2) & 0xffff) : sp + skip * size;
}

static bool x86_frame_at(uint64_t at, unsigned size, uint64_t *from)
{
    uint8_t frame[3 * 8];

    if (!qapi_read_guest(at, frame, 3 * size)) {
        return false;
    }
    /* Bit 1 of the flags is always set, 3, 5 and 15 and those above 21 are not. */
    uint64_t cs = le(frame + size, size), flags = le(frame + 2 * size, size);
    *from = le(frame, size) + (size == 2 ? cs * 16 : 0);
    return (flags & 0xffffffffffc0802aull) == 2 && (cs || size == 2) && cs < 0x10000;
}

static bool x86_taken_from(const struct vcpu *v, uint64_t to, uint64_t *from, unsigned *kind)
{
    int vector = x86_vector(v, to);
    unsigned size = x86_mode().pushed;

    if (vector < 0) {
        return false;
    }
    /* In real mode the first interrupts of the PC have vectors 8 to 15. */
    bool irq = vector >= 32 || vector == 2 || (size == 2 && vector >= 8 && vector < 16);
    *kind = irq ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
    /* Called by `int`, a vector has no error code on the stack. */
    return (size > 2 && pushes_error(vector) && x86_frame_at(x86_stack(size, 1), size, from)) ||
           x86_frame_at(x86_stack(size, 0), size, from);
}

/*
 * AMD64 manual volume 2, "SMM State-Save Area": execution begins at offset
 * 0x8000 of SMBASE, with CS made of SMBASE; RIP and CS's base are saved.
 */
bool machine_is_smi(uint64_t pc, uint64_t *from)
{
    uint64_t base = pc - 0x8000;
    uint8_t rip[8], cs_base[8];

    if (machine_kind != MACHINE_X86 || (value_of(R_CR0) & CR0_PE) ||
        value_of(R_CS) != (base >> 4 & 0xffff) || !qapi_read_guest(base + 0xff78, rip, 8) ||
        !qapi_read_guest(base + 0xfe18, cs_base, 8)) {
        return false;
    }
    *from = le(rip, 8) + le(cs_base, 8);
    return true;
}

bool machine_pc(uint64_t *pc)
{
    return get(R_PC, pc);
}

bool machine_address(uint64_t *pc)
{
    if (!machine_pc(pc)) {
        return false;
    }
    if (machine_kind == MACHINE_X86 && !(value_of(R_CR0) & CR0_PE)) {
        *pc += value_of(R_CS) * 16;
    }
    return true; /* protected mode: as good as all systems have flat segments */
}

/* 64-bit code has no segment base. */
bool machine_pc_is_address(void)
{
    return machine_kind != MACHINE_X86 || (value_of(R_EFER) & EFER_LMA);
}

/* --- RISC-V ---------------------------------------------------------------- */

static uint64_t top_bit(uint64_t cause)
{
    return recorder.isa && recorder.isa->address_bits == 32 ? cause >> 31 & 1 : cause >> 63;
}

static unsigned riscv_cause(void)
{
    uint64_t cause;

    return get(value_of(R_PRIV) & 2 ? R_MCAUSE : R_SCAUSE, &cause)
               ? CFLOW_CAUSE_KNOWN | (unsigned)(cause & 0xfff)
               : 0;
}

static bool riscv_is_vector(uint64_t pc)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t vec = value_of(i ? R_STVEC : R_MTVEC), base = vec & ~3ull;
        if (base && (pc == base ||
                     ((vec & 3) == 1 && pc > base && pc < base + 64 * 4 && (pc - base) % 4 == 0))) {
            return true;
        }
    }
    return false;
}

/* --- Arm ------------------------------------------------------------------- */

/* Arm ARM, PSTATE.EL in bits 2 and 3 of what gdb calls cpsr. */
static unsigned exception_level(void)
{
    return value_of(R_CPSR) >> 2 & 3;
}

static unsigned aarch64_cause(uint64_t to)
{
    unsigned row = to >> 7 & 3, el = exception_level();
    uint64_t esr;

    if (row) {
        return CFLOW_CAUSE_KNOWN | CFLOW_CAUSE_OTHER | row;
    }
    if (!el || !get(R_ESR + (el - 1), &esr)) {
        return 0;
    }
    unsigned class = esr >> 26 & 0x3f;
    bool abort = class == 0x20 || class == 0x21 || class == 0x24 || class == 0x25;
    return CFLOW_CAUSE_KNOWN | class | (abort ? (unsigned)(esr & 0x3f) << 6 : 0);
}

/* Arm ARM (v7-A), "Fault Status Register encodings". */
static unsigned arm_cause(uint64_t to)
{
    unsigned vector = to >> 2 & 7;
    unsigned cause = CFLOW_CAUSE_KNOWN | vector;
    uint64_t status;

    if ((vector == 3 || vector == 4) && get(vector == 3 ? R_IFSR : R_DFSR, &status)) {
        bool lpae = status >> 9 & 1;
        unsigned fs = lpae ? status & 0x3f : (status & 0xf) | (status >> 10 & 1) << 4;
        cause |= fs << 3 | (unsigned)lpae << 9;
    }
    return cause;
}

unsigned machine_active_exception(void)
{
    return value_of(R_XPSR) & 0x1ff;
}

uint64_t machine_m_lr(void)
{
    return value_of(R_LR);
}

bool machine_m_register(unsigned number, uint64_t *value)
{
    return number <= 12 && get(R_GENERAL + number, value);
}

bool machine_m_popped(unsigned distance, uint64_t *value)
{
    uint64_t sp;
    uint8_t word[4];

    if (!get(R_MSP, &sp) || !qapi_read_guest(sp - distance, word, 4)) {
        return false;
    }
    *value = le(word, 4);
    return true;
}

/*
 * Armv7-M ARM, "Exception entry behavior": r0 to r3, r12, lr, pc and xpsr, and
 * what floating point needs if EXC_RETURN, @lr, says so.
 */
static bool m_frame_at(uint64_t base, uint64_t lr, struct m_frame *frame)
{
    uint8_t words[32];

    if (!base || !qapi_read_guest(base, words, sizeof(words))) {
        return false;
    }
    frame->lr = le(words + 20, 4);
    frame->pc = le(words + 24, 4) & ~1ull;
    frame->number = le(words + 28, 4) & 0x1ff;
    bool aligned = le(words + 28, 4) >> 9 & 1;
    frame->end = base + sizeof(words) + (lr & 0x10 ? 0 : 72) + (aligned ? 4 : 0);
    return true;
}

bool machine_m_frame(struct m_frame *frame)
{
    uint64_t lr = value_of(R_LR); /* EXC_RETURN */

    return lr >= 0xffffff00 && m_frame_at(value_of(lr & 4 ? R_PSP : R_MSP), lr, frame);
}

bool machine_m_outer_frame(const struct m_frame *frame, struct m_frame *outer)
{
    uint64_t lr = frame->lr;

    return lr >= 0xffffff00 && m_frame_at(lr & 4 ? value_of(R_PSP) : frame->end, lr, outer);
}

/* Armv7-M: faults and supervisor calls are synchronous, the rest is not. */
unsigned machine_m_kind(unsigned number)
{
    return (number >= 3 && number <= 7) || number == 11 || number == 12 ? CFLOW_EXCEPTION
                                                                        : CFLOW_INTERRUPT;
}

unsigned machine_m_cause(unsigned number)
{
    return CFLOW_CAUSE_KNOWN | CFLOW_CAUSE_OTHER | number;
}

static bool m_taken_from(uint64_t *from, unsigned *kind)
{
    unsigned number = machine_active_exception();
    struct m_frame frame;

    if (!number || !machine_m_frame(&frame)) {
        return false;
    }
    *from = frame.pc;
    *kind = machine_m_kind(number);
    return true;
}

/* Arm ARM (v7-A), "Exception return": how far behind each vector's lr is. */
static bool arm_taken_from(uint64_t to, uint64_t *from, unsigned *kind)
{
    static const uint8_t behind[8] = {0, 4, 0, 4, 8, 0, 4, 4};
    unsigned vector = to >> 2 & 7;

    *from = value_of(R_LR) - behind[vector];
    *kind = vector >= 6 ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
    return vector != 0;
}

/* --- all ------------------------------------------------------------------- */

unsigned machine_cause(struct vcpu *v, uint64_t to, unsigned *kind)
{
    unsigned number;

    if (*kind == CFLOW_HOST_CALL) {
        return 0;
    }
    switch (machine_kind) {
    case MACHINE_X86:
        return x86_cause(v, to, *kind);
    case MACHINE_RISCV:
        return riscv_cause();
    case MACHINE_AARCH64:
        return aarch64_cause(to);
    case MACHINE_ARM:
        return arm_cause(to);
    case MACHINE_ARM_M:
        number = machine_active_exception();
        *kind = number ? machine_m_kind(number) : *kind;
        return number ? machine_m_cause(number) : 0;
    default:
        return 0;
    }
}

bool machine_is_vector(const struct vcpu *v, uint64_t pc)
{
    switch (machine_kind) {
    case MACHINE_X86:
        return x86_vector(v, pc) >= 0;
    case MACHINE_RISCV:
        return riscv_is_vector(pc);
    case MACHINE_AARCH64:
        for (unsigned i = 0; i < 3; i++) {
            uint64_t base;
            if ((pc & 0x7f) == 0 && get(R_VBAR1 + i, &base) && (pc & ~0x7ffull) == base) {
                return true;
            }
        }
        return false;
    case MACHINE_ARM:
        return (pc & ~0x1full) == value_of(R_VBAR) || (pc & ~0x1full) == 0xffff0000;
    default:
        return machine_kind == MACHINE_ARM_M; /* its table is memory: look at all */
    }
}

bool machine_taken_from(struct vcpu *v, uint64_t pc, uint64_t *from, unsigned *kind)
{
    unsigned el;

    switch (machine_kind) {
    case MACHINE_X86:
        return x86_taken_from(v, pc, from, kind);
    case MACHINE_RISCV: {
        bool m = value_of(R_PRIV) & 2;
        *kind = top_bit(value_of(m ? R_MCAUSE : R_SCAUSE)) ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
        return get(m ? R_MEPC : R_SEPC, from);
    }
    case MACHINE_AARCH64:
        el = exception_level();
        *kind = pc >> 7 & 3 ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
        return el && get(R_ELR + (el - 1), from);
    case MACHINE_ARM:
        return arm_taken_from(pc, from, kind);
    case MACHINE_ARM_M:
        return m_taken_from(from, kind);
    default:
        return false;
    }
}
