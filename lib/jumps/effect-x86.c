/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 in 64-bit and in 32-bit mode.  Registers have the numbers of their encoding.
 *
 * The size of the instruction is known to be right.  Of one that is not understood the
 * fields that could name registers are taken together with those that some
 * instructions write without naming them.
 */
#include "lib/jumps/effect.h"

#include <string.h>

#define R(reg) (UINT64_C(1) << (reg))
#define ALL    UINT64_C(0xffff)
#define ESP    4u
#define EBP    5u
/* What string instructions, divisions and others write: rax, rcx, rdx, rbx, rsp, rsi, rdi */
#define IMPLICIT (ALL & ~R(EBP) & UINT64_C(0xff))

static const struct effect_operand nothing;

struct x86 {
    const uint8_t *bytes;
    size_t n, at;
    uint64_t end; /* address behind the instruction */
    bool bits64, overrun;
    bool strange; /* a prefix that changes more than is understood here */
    bool opsize;
    bool vector; /* VEX, EVEX or XOP */
    uint8_t rep, rex;
    unsigned vvvv; /* a register that VEX names */
    unsigned op;   /* 0x100 added after 0f, 0x200 for the longer maps */
    bool has_modrm, mem;
    unsigned mod, reg, rm; /* with the bits of REX */
    struct effect_operand memory;
};

static uint64_t next(struct x86 *x, unsigned size)
{
    uint64_t number = 0;

    if (size > x->n - x->at) {
        x->overrun = true;
        return 0;
    }
    for (unsigned i = 0; i < size; i++) {
        number |= (uint64_t)x->bytes[x->at++] << (8 * i);
    }
    return size == 0 || size == 8
               ? number
               : (uint64_t)((int64_t)(number << (64 - 8 * size)) >> (64 - 8 * size));
}

static void read_prefixes(struct x86 *x)
{
    for (; x->at < x->n; x->at++) {
        uint8_t b = x->bytes[x->at];
        if (x->bits64 && (b & 0xf0) == 0x40) {
            x->rex = b;
            continue;
        }
        if (b == 0x66) {
            x->opsize = true;
        } else if (b == 0xf2 || b == 0xf3) {
            x->rep = b;
        } else if (b == 0x67 || b == 0x64 || b == 0x65 || b == 0xf0) {
            x->strange = true;
        } else if (b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e) {
            return;
        }
        x->rex = 0;
    }
}

/* VEX: the registers that it names.  Of EVEX and XOP nothing is known. */
static void read_vector(struct x86 *x, uint8_t first)
{
    uint8_t b = (uint8_t)next(x, 1);

    x->vector = true;
    x->op = 0x200;
    if (first != 0xc4 && first != 0xc5) {
        x->strange = true;
        return;
    }
    x->rex = b & 0x80 ? 0 : 4;
    if (first == 0xc4) {
        x->rex |= (b & 0x40 ? 0 : 2) | (b & 0x20 ? 0 : 1);
        b = (uint8_t)next(x, 1);
    }
    x->vvvv = ~(unsigned)b >> 3 & 15;
    next(x, 1);
    x->has_modrm = true;
}

static void read_opcode(struct x86 *x)
{
    uint8_t b = (uint8_t)next(x, 1), ahead = x->at < x->n ? x->bytes[x->at] : 0;

    if (((b == 0xc4 || b == 0xc5 || b == 0x62) && (x->bits64 || ahead >= 0xc0)) ||
        (b == 0x8f && (ahead & 31) >= 8)) {
        read_vector(x, b);
    } else if (b == 0x0f) {
        b = (uint8_t)next(x, 1);
        x->op = 0x100 + b;
        x->has_modrm = !(b < 0x0d && b > 0x04) && (b & 0xf8) != 0x30 && b != 0x77 &&
                       (b & 0xf0) != 0x80 && (b & 0xf7) != 0xa0 && (b & 0xf7) != 0xa1 &&
                       (b & 0xf7) != 0xa2 && (b & 0xf8) != 0xc8;
        if (b == 0x38 || b == 0x3a) {
            next(x, 1);
            x->op = 0x200;
        }
    } else {
        x->op = b;
        x->has_modrm = (b < 0x40 && (b & 7) < 4) || b == 0x63 || b == 0x69 || b == 0x6b ||
                       (b >= 0x80 && b < 0x90) || b == 0xc0 || b == 0xc1 || b == 0xc6 ||
                       b == 0xc7 || (b >= 0xd0 && b < 0xe0) || b == 0xf6 || b == 0xf7 || b >= 0xfe;
    }
}

static void read_memory(struct x86 *x)
{
    unsigned base = x->rm & 7, index = EFFECT_NO_REG, scale = 0, size = x->mod == 2 ? 4 : x->mod;

    if (base == 4) {
        unsigned sib = (unsigned)next(x, 1);
        base = (sib & 7) | (x->rex & 1) << 3;
        index = (sib >> 3 & 7) | (x->rex & 2) << 2;
        index = index == 4 ? EFFECT_NO_REG : index;
        scale = sib >> 6 & 3;
        if ((base & 7) == 5 && x->mod == 0) {
            base = EFFECT_NO_REG;
            size = 4;
        }
    } else if (base == 5 && x->mod == 0) {
        base = EFFECT_NO_REG;
        x->memory = effect_memory(base, next(x, 4) + (x->bits64 ? x->end : 0), 0, false);
        return;
    } else {
        base |= (x->rex & 1) << 3;
    }
    x->memory = effect_memory(base, next(x, size), 0, false);
    x->memory.index = index;
    x->memory.scale = scale;
}

static void read_modrm(struct x86 *x)
{
    unsigned modrm = (unsigned)next(x, 1) & 0xff;

    x->mod = modrm >> 6;
    x->mem = x->mod < 3;
    x->reg = (modrm >> 3 & 7) | (x->rex & 4) << 1;
    x->rm = modrm & 7;
    if (x->mem) {
        read_memory(x);
    } else {
        x->rm |= (x->rex & 1) << 3;
    }
}

static unsigned width(const struct x86 *x)
{
    return x->rex & 8 ? 64 : x->opsize ? 16 : 32;
}

/* The operand that ModRM names, of @bits bits. */
static struct effect_operand place(const struct x86 *x, unsigned bits, bool is_signed)
{
    struct effect_operand operand = x->memory;

    if (!x->mem) {
        return effect_reg(x->rm, bits, is_signed);
    }
    operand.bits = bits;
    operand.is_signed = is_signed;
    return operand;
}

/* Whether @reg, of eight bits, is no second byte (ah, ...). */
static bool is_low_byte(const struct x86 *x, unsigned reg)
{
    return x->rex || reg < 4;
}

/* add, sub, cmp of a and b; the result goes to a, which is what ModRM or @dst names. */
static bool arithmetic(struct effect *out, unsigned which, unsigned dst, unsigned bits,
                       struct effect_operand a, struct effect_operand b)
{
    if (which != 0 && which != 5 && which != 7) { /* or, adc, sbb, and, xor */
        return a.kind == EFFECT_REG && bits >= 32 && effect_any(out, dst, bits);
    }
    if (which != 7 && a.kind == EFFECT_MEMORY) {
        return false;
    }
    effect_set(out, which ? EFFECT_SUB : EFFECT_ADD, which == 7 ? EFFECT_NO_REG : dst, bits, a, b);
    out->compares = which != 0;
    out->clobbers_flags = true;
    return true;
}

static bool shift(struct x86 *x, struct effect *out)
{
    static const enum effect_op ops[8] = {
        [4] = EFFECT_SHL, [5] = EFFECT_SHR, [6] = EFFECT_SHL, [7] = EFFECT_SAR};
    unsigned by = (unsigned)next(x, 1) & (width(x) - 1);
    enum effect_op op = ops[x->reg & 7];

    if (x->mem || op == EFFECT_NONE || (op == EFFECT_SAR && width(x) == 32)) {
        return false;
    }
    effect_set(out, op, x->rm, width(x), effect_reg(x->rm, width(x), false), effect_constant(by));
    out->clobbers_flags = true;
    return true;
}

/* mov between registers and memory, in either direction */
static bool move(const struct x86 *x, bool to_place, unsigned bits, struct effect *out)
{
    if (!to_place) {
        effect_set(out, EFFECT_MOVE, x->reg, bits, place(x, bits, false), nothing);
    } else if (x->mem) {
        out->op = EFFECT_STORE;
        out->a = place(x, bits, false);
        out->b = effect_reg(x->reg, bits, false);
    } else {
        effect_set(out, EFFECT_MOVE, x->rm, bits, effect_reg(x->reg, bits, false), nothing);
    }
    return true;
}

static bool step_by_one(unsigned reg, unsigned bits, bool down, struct effect *out)
{
    effect_set(out, down ? EFFECT_SUB : EFFECT_ADD, reg, bits, effect_reg(reg, bits, false),
               effect_constant(1));
    out->clobbers_flags = true;
    return true;
}

/* inc, dec, jmp */
static bool group_ff(const struct x86 *x, struct effect *out)
{
    if ((x->reg & 7) < 2 && !x->mem) {
        return step_by_one(x->rm, width(x), x->reg & 1, out);
    }
    if ((x->reg & 7) != 4) {
        return false;
    }
    out->op = EFFECT_JUMP;
    out->a = place(x, x->bits64 ? 64 : 32, false);
    out->b = effect_constant(0);
    return true;
}

static bool branch(unsigned cond, struct effect *out)
{
    static const enum effect_cond conds[16] = {
        [0] = EFFECT_OTHERWISE, EFFECT_OTHERWISE, EFFECT_LOWER,      EFFECT_HIGHER_SAME,
        EFFECT_OTHERWISE,       EFFECT_OTHERWISE, EFFECT_LOWER_SAME, EFFECT_HIGHER,
        EFFECT_OTHERWISE,       EFFECT_OTHERWISE, EFFECT_OTHERWISE,  EFFECT_OTHERWISE,
        EFFECT_OTHERWISE,       EFFECT_OTHERWISE, EFFECT_OTHERWISE,  EFFECT_OTHERWISE,
    };

    out->op = EFFECT_BRANCH;
    out->with_flags = true;
    out->cond = conds[cond];
    return true;
}

/* A number goes to what ModRM names. */
static bool move_number(struct x86 *x, struct effect *out)
{
    uint64_t number = next(x, 4);

    if ((x->reg & 7) != 0) {
        return false;
    }
    if (x->mem) {
        out->op = EFFECT_STORE;
        out->a = place(x, width(x), false);
        out->b = effect_constant(number);
    } else {
        effect_set(out, EFFECT_MOVE, x->rm, width(x), effect_constant(number), nothing);
    }
    return true;
}

/* lea 0(%esi), %esi, which pads code of 32 bits */
static bool is_nop(const struct x86 *x)
{
    return x->mem && x->memory.reg == x->reg && x->memory.index == EFFECT_NO_REG &&
           x->memory.number == 0 && !x->bits64;
}

/* Opcodes of one byte. */
static bool decode_plain(struct x86 *x, struct effect *out)
{
    unsigned bits = width(x), op = x->op;

    switch (op) {
    case 0x31:
    case 0x33: /* xor of a register with itself */
        if (!x->mem && x->reg == x->rm) {
            effect_set(out, EFFECT_MOVE, x->reg, bits, effect_constant(0), nothing);
            out->clobbers_flags = true;
            return true;
        }
        return arithmetic(out, 6, op == 0x31 ? x->rm : x->reg, bits,
                          op == 0x31 ? place(x, bits, false) : effect_reg(x->reg, bits, false),
                          nothing);
    case 0x01: /* add, or, adc, sbb, and, sub, cmp, in both directions */
    case 0x09:
    case 0x11:
    case 0x19:
    case 0x21:
    case 0x29:
    case 0x39:
        return arithmetic(out, op >> 3, x->rm, bits, place(x, bits, false),
                          effect_reg(x->reg, bits, false));
    case 0x03:
    case 0x0b:
    case 0x13:
    case 0x1b:
    case 0x23:
    case 0x2b:
    case 0x3b:
        return arithmetic(out, op >> 3, x->reg, bits, effect_reg(x->reg, bits, false),
                          place(x, bits, false));
    case 0x05:
    case 0x0d:
    case 0x25:
    case 0x2d:
    case 0x35:
    case 0x3d:
        return arithmetic(out, op >> 3, 0, bits, effect_reg(0, bits, false),
                          effect_constant(next(x, bits == 16 ? 2 : 4)));
    case 0x3c:
        return arithmetic(out, 7, 0, 8, effect_reg(0, 8, false), effect_constant(next(x, 1)));
    case 0x40 ... 0x4f:
        return step_by_one(op & 7, bits, op & 8, out);
    case 0x50 ... 0x57: /* push */
        out->clobbers = R(ESP);
        out->clobbers_memory = true;
        return true;
    case 0x58 ... 0x5f: /* pop */
        out->clobbers = R(ESP) | R((op & 7) | (x->rex & 1) << 3);
        return true;
    case 0x63:
        effect_set(out, EFFECT_MOVE, x->reg, bits, place(x, 32, true), nothing);
        return x->bits64;
    case 0x69:
    case 0x6b: /* imul */
        return effect_any(out, x->reg, bits);
    case 0x70 ... 0x7f:
        return branch(op & 15, out);
    case 0x80:
        return (x->mem || is_low_byte(x, x->rm)) && (x->reg & 7) == 7 &&
               arithmetic(out, 7, 0, 8, place(x, 8, false), effect_constant(next(x, 1)));
    case 0x81:
    case 0x83:
        return arithmetic(out, x->reg & 7, x->rm, bits, place(x, bits, false),
                          effect_constant(next(x, op != 0x81   ? 1
                                                  : bits == 16 ? 2
                                                               : 4)));
    case 0x84:
    case 0x85: /* test */
        out->clobbers_flags = true;
        return true;
    case 0x88:
        return x->mem && is_low_byte(x, x->reg) && move(x, true, 8, out);
    case 0x89:
        return move(x, true, bits, out);
    case 0x8b:
        return move(x, false, bits, out);
    case 0x8d:
        if (is_nop(x)) {
            return true;
        }
        effect_set(out, EFFECT_ADDRESS, x->reg, bits, place(x, bits, false), nothing);
        return x->mem;
    case 0x90:
        return !x->rex;
    case 0x98: /* cdqe */
        effect_set(out, EFFECT_MOVE, 0, bits, effect_reg(0, bits / 2, true), nothing);
        return true;
    case 0xb8 ... 0xbf:
        effect_set(out, EFFECT_MOVE, (op & 7) | (x->rex & 1) << 3, bits,
                   effect_constant(next(x, bits / 8)), nothing);
        return true;
    case 0xc1:
        return shift(x, out) || (!x->mem && effect_any(out, x->rm, bits));
    case 0xd1:
    case 0xd3:
        return !x->mem && effect_any(out, x->rm, bits);
    case 0xc7:
        return move_number(x, out);
    case 0xe9:
    case 0xeb:
        return true;
    case 0xf7: /* not, neg */
        return !x->mem && ((x->reg & 7) == 2 || (x->reg & 7) == 3) && effect_any(out, x->rm, bits);
    case 0xff:
        return group_ff(x, out);
    default:
        return false;
    }
}

/* Opcodes behind 0f. */
static bool decode_0f(const struct x86 *x, struct effect *out)
{
    switch (x->op & 0xff) {
    case 0x1e: /* endbr, which must not be taken for padding: something leads there */
        out->clobbers_flags = true;
        return true;
    case 0x1f: /* nop */
        return true;
    case 0x40 ... 0x4f: /* cmov */
        effect_any(out, x->reg, width(x));
        out->clobbers_flags = false;
        return true;
    case 0x80 ... 0x8f:
        return branch(x->op & 15, out);
    case 0xaf: /* imul */
        return effect_any(out, x->reg, width(x));
    case 0xb6:
    case 0xb7:
    case 0xbe:
    case 0xbf: {
        unsigned bits = x->op & 1 ? 16 : 8;
        effect_set(out, EFFECT_MOVE, x->reg, width(x), place(x, bits, x->op & 8), nothing);
        return x->mem || bits == 16 || is_low_byte(x, x->rm);
    }
    default:
        return false;
    }
}

/* Whether no register is written but those that the instruction names. */
static bool names_all(const struct x86 *x)
{
    unsigned op = x->op & 0xff;

    if (x->op < 0x100) {
        return (op < 0x40 && (op & 7) < 6) || op == 0x63 || op == 0x69 || op == 0x6b ||
               (op >= 0x80 && op <= 0x8d) || (op >= 0xb0 && op <= 0xc1) || op == 0xc6 ||
               op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op <= 0xde) ||
               (op >= 0xf6 && op <= 0xf7 && (x->reg & 7) < 4) || (op >= 0xfe && (x->reg & 7) < 6);
    }
    return x->op < 0x200 &&
           ((op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2f) ||
            (op >= 0x40 && op <= 0x7f) || (op >= 0x90 && op <= 0x9f) ||
            (op >= 0xa3 && op <= 0xa5) || (op >= 0xab && op <= 0xad) || op == 0xaf ||
            (op >= 0xb6 && op <= 0xbf) || op == 0xc2 || (op >= 0xc4 && op <= 0xc6) || op >= 0xc8);
}

/* cmov, set, moves and arithmetic of vectors */
static bool keeps_flags(const struct x86 *x)
{
    unsigned op = x->op & 0xff;

    return x->op >= 0x100 && x->op < 0x200 &&
           ((op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2d) ||
            (op >= 0x40 && op <= 0x77) || (op >= 0x7c && op <= 0x7f) ||
            (op >= 0x90 && op <= 0x9f) || op >= 0xd0);
}

/* Whether what ModRM has for a register says what the instruction is. */
static bool is_group(unsigned op)
{
    return op == 0x80 || op == 0x81 || op == 0x83 || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
           op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || op == 0xf6 || op == 0xf7 || op == 0xfe ||
           op == 0xff;
}

/* Whether registers are bytes, of which 4 to 7 are the second ones of the first four. */
static bool has_second_bytes(const struct x86 *x)
{
    unsigned op = x->op;

    return !x->rex && !x->vector &&
           ((op < 0x100 && !(op & 1) && op != 0x8e && op != 0x8c) || (op >= 0xb4 && op <= 0xb7) ||
            (op >= 0x190 && op <= 0x19f) || op == 0x1b0 || op == 0x1c0);
}

/* The registers that the instruction names, save those of an address. */
static uint64_t named_by(const struct x86 *x)
{
    uint64_t named;

    if (!x->has_modrm) {
        named = x->op < 0x40 ? R(0) : R((x->op & 7) | (x->rex & 1) << 3);
    } else {
        named = (is_group(x->op) ? 0 : R(x->reg)) | (x->mem ? 0 : R(x->rm)) |
                (x->vector ? R(x->vvvv) : 0);
    }
    return named | (has_second_bytes(x) ? named >> 4 & 0xf : 0);
}

/* Of instructions of 16 bits only compares are understood; others keep half a register. */
static bool is_compare(const struct x86 *x)
{
    return x->op == 0x39 || x->op == 0x3b || x->op == 0x3d ||
           ((x->op == 0x81 || x->op == 0x83) && (x->reg & 7) == 7);
}

static void decode(struct x86 *x, struct effect *out)
{
    read_prefixes(x);
    read_opcode(x);
    if (x->has_modrm && !x->overrun) {
        read_modrm(x);
    }
    bool known = !x->overrun && !x->strange && !x->vector && (!x->opsize || is_compare(x)) &&
                 (!x->rep || x->op == 0x11e) &&
                 (x->op < 0x100 ? decode_plain(x, out) : x->op < 0x200 && decode_0f(x, out)) &&
                 !x->overrun;
    /* Longer nops have the prefix of 16 bits. */
    known = known || (!x->overrun && !x->strange && (x->op == 0x11f || x->op == 0x90) && !x->rex);
    if (known) {
        return;
    }
    uint64_t named = named_by(x);
    if (x->overrun || (x->vector && !x->has_modrm) || x->op == 0x61) {
        named = ALL; /* popa */
    } else if (!names_all(x)) {
        named |= IMPLICIT | (x->op == 0xc8 || x->op == 0xc9 ? R(EBP) : 0);
    }
    effect_unknown(out, named);
    out->clobbers_flags = x->vector || !keeps_flags(x);
}

static void decode_mode(uint64_t pc, const uint8_t *bytes, size_t n, bool bits64,
                        struct effect *out)
{
    struct x86 x = {.bytes = bytes, .n = n, .end = pc + n, .bits64 = bits64};

    decode(&x, out);
}

void effect_decode_x86_64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                          struct effect *out)
{
    (void)mode;
    decode_mode(pc, bytes, n, true, out);
}

void effect_decode_i386(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                        struct effect *out)
{
    (void)mode;
    decode_mode(pc, bytes, n, false, out);
}

/* mov (%esp), %reg; ret */
bool effect_is_pc_thunk_i386(const uint8_t *bytes, size_t n, unsigned *reg)
{
    if (n < 4 || bytes[0] != 0x8b || (bytes[1] & 0xc7) != 0x04 || bytes[2] != 0x24 ||
        bytes[3] != 0xc3) {
        return false;
    }
    *reg = bytes[1] >> 3 & 7;
    return true;
}

bool effect_is_pop_i386(const uint8_t *bytes, size_t n, unsigned *reg)
{
    *reg = n > 0 ? bytes[0] & 7 : 0;
    return n > 0 && (bytes[0] & 0xf8) == 0x58;
}
