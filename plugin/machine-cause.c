/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/machine-cause.h"

#include <string.h>

#include "lib/profile/cause.h"
#include "plugin/machine.h"
#include "plugin/qemu-api.h"

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
    if (!(machine_value(R_CR0) & CR0_PE)) {
        return (struct x86_mode){4, 2};
    }
    return machine_value(R_EFER) & EFER_LMA ? (struct x86_mode){16, 8} : (struct x86_mode){8, 4};
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
    unsigned n = machine_value(R_EFER) & EFER_LMA ? 8 : 4;

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
        qapi_read_guest(machine_value(R_SP), error, sizeof(error))) {
        cause |= (error[0] & 0x1fu) << 8;
    }
    return cause;
}

/* The top of the stack, @skip words down it, in words of @size bytes. */
static uint64_t x86_stack(unsigned size, unsigned skip)
{
    uint64_t sp = machine_value(R_SP);

    return size == 2 ? machine_value(R_SS) * 16 + ((sp + skip * 2) & 0xffff) : sp + skip * size;
}

/* Is what the processor pushes, with words of @size, at @at? */
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

/* The frame that the stack begins with at @sp, at the start of @vector; 0: none. */
static uint64_t x86_frame(int vector, uint64_t sp, unsigned size, uint64_t *from)
{
    uint64_t behind = sp + size;

    /* Called by `int`, a vector has no error code on the stack. */
    if (size > 2 && pushes_error(vector) && x86_frame_at(behind, size, from)) {
        return behind;
    }
    return x86_frame_at(sp, size, from) ? sp : 0;
}

static unsigned x86_kind(int vector, unsigned size)
{
    /* In real mode the first interrupts of the PC have vectors 8 to 15. */
    bool irq = vector >= 32 || vector == 2 || (size == 2 && vector >= 8 && vector < 16);

    return irq ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
}

static bool x86_taken_from(const struct vcpu *v, uint64_t to, uint64_t *from, unsigned *kind)
{
    int vector = x86_vector(v, to);
    unsigned size = x86_mode().pushed;

    if (vector < 0) {
        return false;
    }
    *kind = x86_kind(vector, size);
    return x86_frame(vector, x86_stack(size, 0), size, from) != 0;
}

/*
 * Through a trap gate interrupts stay enabled, and a non-maskable one comes anyway.
 * In 64-bit mode the stack pointer is pushed too, for the stack may be another one.
 */
static bool x86_taken_before(const struct vcpu *v, uint64_t to, uint64_t at,
                             struct machine_taken *out)
{
    int vector = x86_vector(v, to), before = x86_vector(v, at);
    unsigned size = x86_mode().pushed;
    uint64_t from, sp;
    uint8_t pushed[8], error[2];

    if (vector < 0 || before < 0) {
        return false;
    }
    uint64_t frame = x86_frame(vector, x86_stack(size, 0), size, &from);
    if (!frame || (size == 8 && !qapi_read_guest(frame + 24, pushed, sizeof(pushed)))) {
        return false;
    }
    sp = size == 8 ? le(pushed, 8) : frame + 3 * size;
    out->sp = sp;
    out->kind = x86_kind(before, size);
    out->cause = CFLOW_CAUSE_KNOWN | (unsigned)before;
    uint64_t inner = x86_frame(before, sp, size, &out->from);
    if (before == 14 && inner > sp && qapi_read_guest(sp, error, sizeof(error))) {
        out->cause |= (error[0] & 0x1fu) << 8;
    }
    return inner != 0;
}

/*
 * AMD64 manual volume 2, "SMM State-Save Area": execution begins at offset
 * 0x8000 of SMBASE, with CS made of SMBASE; RIP and CS's base are saved.
 */
bool machine_is_smi(uint64_t pc, uint64_t *from)
{
    uint64_t base = pc - 0x8000;
    uint8_t rip[8], cs_base[8];

    if (machine_kind != MACHINE_X86 || (machine_value(R_CR0) & CR0_PE) ||
        machine_value(R_CS) != (base >> 4 & 0xffff) || !qapi_read_guest(base + 0xff78, rip, 8) ||
        !qapi_read_guest(base + 0xfe18, cs_base, 8)) {
        return false;
    }
    *from = le(rip, 8) + le(cs_base, 8);
    return true;
}

bool machine_pc(uint64_t *pc)
{
    return machine_register(R_PC, pc);
}

bool machine_address(uint64_t *pc)
{
    if (!machine_pc(pc)) {
        return false;
    }
    if (machine_kind == MACHINE_X86 && !(machine_value(R_CR0) & CR0_PE)) {
        *pc += machine_value(R_CS) * 16;
    }
    return true; /* protected mode: as good as all systems have flat segments */
}

/* 64-bit code has no segment base. */
bool machine_pc_is_address(void)
{
    return machine_kind != MACHINE_X86 || (machine_value(R_EFER) & EFER_LMA);
}

/* --- RISC-V ---------------------------------------------------------------- */

static uint64_t top_bit(uint64_t cause)
{
    return recorder.isa && recorder.isa->address_bits == 32 ? cause >> 31 & 1 : cause >> 63;
}

static bool riscv_in_machine_mode(void)
{
    return machine_value(R_PRIV) & 2;
}

static unsigned riscv_cause(bool machine)
{
    uint64_t cause;

    return machine_register(machine ? R_MCAUSE : R_SCAUSE, &cause)
               ? CFLOW_CAUSE_KNOWN | (unsigned)(cause & 0xfff)
               : 0;
}

static bool riscv_is_vector_of(bool machine, uint64_t pc)
{
    uint64_t vec = machine_value(machine ? R_MTVEC : R_STVEC), base = vec & ~3ull;

    return base && (pc == base ||
                    ((vec & 3) == 1 && pc > base && pc < base + 64 * 4 && (pc - base) % 4 == 0));
}

static bool riscv_taken_from(bool machine, uint64_t *from, unsigned *kind)
{
    uint64_t cause = machine_value(machine ? R_MCAUSE : R_SCAUSE);

    *kind = top_bit(cause) ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
    return machine_register(machine ? R_MEPC : R_SEPC, from);
}

/* --- Arm ------------------------------------------------------------------- */

/* Arm ARM, PSTATE.EL in bits 2 and 3 of what gdb calls cpsr. */
static unsigned exception_level(void)
{
    return machine_value(R_CPSR) >> 2 & 3;
}

static unsigned aarch64_cause(uint64_t to, unsigned el)
{
    unsigned row = to >> 7 & 3;
    uint64_t esr;

    if (row) {
        return CFLOW_CAUSE_KNOWN | CFLOW_CAUSE_OTHER | row;
    }
    if (!el || !machine_register(R_ESR + (el - 1), &esr)) {
        return 0;
    }
    unsigned class = esr >> 26 & 0x3f;
    bool abort = class == 0x20 || class == 0x21 || class == 0x24 || class == 0x25;
    return CFLOW_CAUSE_KNOWN | class | (abort ? (unsigned)(esr & 0x3f) << 6 : 0);
}

static bool aarch64_is_vector_of(unsigned el, uint64_t pc)
{
    uint64_t base;

    return (pc & 0x7f) == 0 && machine_register(R_VBAR1 + (el - 1), &base) &&
           (pc & ~0x7ffull) == base;
}

static bool aarch64_taken_from(unsigned el, uint64_t to, uint64_t *from, unsigned *kind)
{
    *kind = to >> 7 & 3 ? CFLOW_INTERRUPT : CFLOW_EXCEPTION;
    return el && machine_register(R_ELR + (el - 1), from);
}

/* Arm ARM (v7-A), "Fault Status Register encodings". */
static unsigned arm_cause(uint64_t to)
{
    unsigned vector = to >> 2 & 7;
    unsigned cause = CFLOW_CAUSE_KNOWN | vector;
    uint64_t status;

    if ((vector == 3 || vector == 4) && machine_register(vector == 3 ? R_IFSR : R_DFSR, &status)) {
        bool lpae = status >> 9 & 1;
        unsigned fs = lpae ? status & 0x3f : (status & 0xf) | (status >> 10 & 1) << 4;
        cause |= fs << 3 | (unsigned)lpae << 9;
    }
    return cause;
}

unsigned machine_active_exception(void)
{
    return machine_value(R_XPSR) & 0x1ff;
}

uint64_t machine_m_lr(void)
{
    return machine_value(R_LR);
}

bool machine_m_register(unsigned number, uint64_t *value)
{
    return number <= 12 && machine_register(R_GENERAL + number, value);
}

bool machine_m_popped(unsigned distance, uint64_t *value)
{
    uint64_t sp;
    uint8_t word[4];

    if (!machine_register(R_MSP, &sp) || !qapi_read_guest(sp - distance, word, 4)) {
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
    uint64_t lr = machine_value(R_LR); /* EXC_RETURN */

    return lr >= 0xffffff00 && m_frame_at(machine_value(lr & 4 ? R_PSP : R_MSP), lr, frame);
}

bool machine_m_outer_frame(const struct m_frame *frame, struct m_frame *outer)
{
    uint64_t lr = frame->lr;

    return lr >= 0xffffff00 && m_frame_at(lr & 4 ? machine_value(R_PSP) : frame->end, lr, outer);
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

    *from = machine_value(R_LR) - behind[vector];
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
        return riscv_cause(riscv_in_machine_mode());
    case MACHINE_AARCH64:
        return aarch64_cause(to, exception_level());
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
        return riscv_is_vector_of(false, pc) || riscv_is_vector_of(true, pc);
    case MACHINE_AARCH64:
        return aarch64_is_vector_of(1, pc) || aarch64_is_vector_of(2, pc) ||
               aarch64_is_vector_of(3, pc);
    case MACHINE_ARM:
        return (pc & ~0x1full) == machine_value(R_VBAR) || (pc & ~0x1full) == 0xffff0000;
    default:
        return machine_kind == MACHINE_ARM_M; /* its table is memory: look at all */
    }
}

bool machine_taken_from(struct vcpu *v, uint64_t pc, uint64_t *from, unsigned *kind)
{
    switch (machine_kind) {
    case MACHINE_X86:
        return x86_taken_from(v, pc, from, kind);
    case MACHINE_RISCV:
        return riscv_taken_from(riscv_in_machine_mode(), from, kind);
    case MACHINE_AARCH64:
        return aarch64_taken_from(exception_level(), pc, from, kind);
    case MACHINE_ARM:
        return arm_taken_from(pc, from, kind);
    case MACHINE_ARM_M:
        return m_taken_from(from, kind);
    default:
        return false;
    }
}

bool machine_taken_before(const struct vcpu *v, uint64_t pc, uint64_t at, struct machine_taken *out)
{
    out->sp = 0;
    switch (machine_kind) {
    case MACHINE_X86:
        return x86_taken_before(v, pc, at, out);
    case MACHINE_RISCV:
        out->cause = riscv_cause(false);
        return riscv_in_machine_mode() && riscv_is_vector_of(false, at) &&
               riscv_taken_from(false, &out->from, &out->kind);
    case MACHINE_AARCH64:
        for (unsigned el = exception_level(); el-- > 1;) {
            if (aarch64_is_vector_of(el, at)) {
                out->cause = aarch64_cause(at, el);
                return aarch64_taken_from(el, at, &out->from, &out->kind);
            }
        }
        return false;
    default: /* M-profile: machine_m_catch_up(); A-profile's registers cannot be read */
        return false;
    }
}

bool machine_returned_to(uint64_t pc, const uint8_t *bytes, unsigned n, unsigned privilege)
{
    uint64_t insn = n == 4 ? le(bytes, 4) : 0, to;
    enum machine_reg address;

    if (machine_kind == MACHINE_RISCV && (insn == 0x10200073 || insn == 0x30200073)) {
        address = insn == 0x10200073 ? R_SEPC : R_MEPC; /* sret, mret */
    } else if (machine_kind == MACHINE_AARCH64 && insn == 0xd69f03e0 &&
               privilege >= CFLOW_PRIVILEGE_KERNEL) {
        address = R_ELR + (privilege - CFLOW_PRIVILEGE_KERNEL); /* eret */
    } else {
        return false;
    }
    return machine_register(address, &to) && to == pc;
}

uint64_t machine_stack(void)
{
    return machine_kind == MACHINE_X86 ? x86_stack(x86_mode().pushed, 0) : 0;
}
