/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RISC-V.  Where an instruction names the register that it writes is all that has to be
 * known of those not understood.
 */
#include "lib/jumps/effect.h"

#define X(reg)           (UINT64_C(1) << (reg))
#define SHORT_REG(w, at) (((w) >> (at)&7u) + 8u)

static uint64_t sign(uint64_t number, unsigned bits)
{
    return (uint64_t)((int64_t)(number << (64 - bits)) >> (64 - bits));
}

/* x0 is the number 0. */
static struct effect_operand reg(unsigned number, unsigned bits)
{
    return number ? effect_reg(number, bits, true) : effect_constant(0);
}

static void set(struct effect *out, enum effect_op op, unsigned dst, unsigned bits,
                struct effect_operand a, struct effect_operand b)
{
    if (dst != 0) {
        effect_set(out, op, dst, bits, a, b);
        out->is_signed = true;
    }
}

static void branch(struct effect *out, enum effect_cond cond, unsigned a, unsigned b)
{
    out->op = EFFECT_BRANCH;
    out->cond = cond;
    out->bits = 64;
    out->a = reg(a, 64);
    out->b = reg(b, 64);
}

static void store(struct effect *out, unsigned base, uint64_t distance, unsigned source,
                  unsigned bits)
{
    out->op = EFFECT_STORE;
    out->a = effect_memory(base, distance, bits, false);
    out->b = reg(source, bits);
}

static void jump(struct effect *out, unsigned target, uint64_t distance)
{
    out->op = EFFECT_JUMP;
    out->a = reg(target, 64);
    out->b = effect_constant(distance);
}

/* OP-IMM and OP-IMM-32. */
static bool immediate(uint32_t w, unsigned bits, struct effect *out)
{
    unsigned rd = w >> 7 & 31, rs1 = w >> 15 & 31, amount = w >> 20 & (bits - 1);
    uint64_t number = sign(w >> 20, 12);
    bool zeros = (w >> 26 & 63) == 0;

    switch (w >> 12 & 7) {
    case 0: /* addi; mv, li, sext.w among them */
        if (number == 0 && bits == 64) {
            set(out, EFFECT_MOVE, rd, 64, reg(rs1, 64), (struct effect_operand){0});
        } else if (rs1 == 0) {
            set(out, EFFECT_MOVE, rd, 64, effect_constant(number), (struct effect_operand){0});
        } else if (number == 0) {
            set(out, EFFECT_MOVE, rd, 32, reg(rs1, 32), (struct effect_operand){0});
        } else {
            set(out, EFFECT_ADD, rd, bits, reg(rs1, bits), effect_constant(number));
        }
        return true;
    case 1: /* slli */
        if (zeros) {
            set(out, EFFECT_SHL, rd, bits, reg(rs1, bits), effect_constant(amount));
        }
        return zeros;
    case 5: /* srli, srai */
        if (bits == 64 && (zeros || (w >> 26 & 63) == 16)) {
            set(out, zeros ? EFFECT_SHR : EFFECT_SAR, rd, 64, reg(rs1, 64),
                effect_constant(amount));
            return true;
        }
        return false;
    case 7: /* zext.b */
        if (bits == 64 && number == 255 && rd != 0) {
            effect_set(out, EFFECT_MOVE, rd, 64, effect_reg(rs1, 8, false),
                       (struct effect_operand){0});
        }
        return bits == 64 && number == 255 && rs1 != 0;
    default:
        return false;
    }
}

static bool load(uint32_t w, struct effect *out)
{
    static const unsigned bits[8] = {8, 16, 32, 64, 8, 16, 32, 0};
    unsigned width = w >> 12 & 7;

    if (bits[width]) {
        set(out, EFFECT_MOVE, w >> 7 & 31, 64,
            effect_memory(w >> 15 & 31, sign(w >> 20, 12), bits[width], width < 4),
            (struct effect_operand){0});
    }
    return bits[width] != 0 && (w >> 15 & 31) != 0;
}

static bool decode_long(uint64_t pc, uint32_t w, struct effect *out)
{
    unsigned rd = w >> 7 & 31, rs1 = w >> 15 & 31, rs2 = w >> 20 & 31, width = w >> 12 & 7;

    switch (w & 127) {
    case 0x03:
        return load(w, out);
    case 0x13:
        return immediate(w, 64, out);
    case 0x1b:
        return immediate(w, 32, out);
    case 0x17: /* auipc */
        set(out, EFFECT_MOVE, rd, 64, effect_constant(pc + sign(w & 0xfffff000, 32)),
            (struct effect_operand){0});
        return true;
    case 0x37: /* lui */
        set(out, EFFECT_MOVE, rd, 64, effect_constant(sign(w & 0xfffff000, 32)),
            (struct effect_operand){0});
        return true;
    case 0x23: /* sb, sh, sw, sd */
        store(out, rs1, sign((w >> 25 << 5) | rd, 12), rs2, width < 4 ? 8u << width : 0);
        return width < 4 && rs1 != 0;
    case 0x33: /* add */
        if (width == 0 && w >> 25 == 0) {
            set(out, EFFECT_ADD, rd, 64, reg(rs1, 64), reg(rs2, 64));
            return true;
        }
        /* sh1add, sh2add, sh3add */
        if (w >> 25 == 0x10 && (width == 2 || width == 4 || width == 6)) {
            struct effect_operand a = reg(rs1, 64);
            a.shift = width / 2;
            set(out, EFFECT_ADD, rd, 64, a, reg(rs2, 64));
            return true;
        }
        return false;
    case 0x3b: /* zext.w, and other add.uw */
        if (width == 0 && w >> 25 == 4 && rs1 != 0 && rd != 0) {
            effect_set(out, EFFECT_ADD, rd, 64, effect_reg(rs1, 32, false), reg(rs2, 64));
            return true;
        }
        return false;
    case 0x63: /* beq and bne say nothing of order, nor do signed compares */
        branch(out,
               width == 6   ? EFFECT_LOWER
               : width == 7 ? EFFECT_HIGHER_SAME
                            : EFFECT_OTHERWISE,
               rs1, rs2);
        return true;
    case 0x6f: /* j */
        return rd == 0;
    case 0x67: /* jr */
        if (rd == 0) {
            jump(out, rs1, sign(w >> 20, 12));
        }
        return rd == 0;
    default:
        return false;
    }
}

static bool decode_quadrant_0(uint32_t w, struct effect *out)
{
    unsigned rd = SHORT_REG(w, 2), rs1 = SHORT_REG(w, 7);
    uint64_t of_word = (w >> 7 & 0x38) | (w >> 4 & 4) | (w << 1 & 0x40);
    uint64_t of_double = (w >> 7 & 0x38) | (w << 1 & 0xc0);

    switch (w >> 13) {
    case 0: /* c.addi4spn */
        set(out, EFFECT_ADD, rd, 64, reg(2, 64),
            effect_constant((w >> 7 & 0x30) | (w >> 1 & 0x3c0) | (w >> 4 & 4) | (w >> 2 & 8)));
        return w != 0;
    case 2:
        set(out, EFFECT_MOVE, rd, 64, effect_memory(rs1, of_word, 32, true),
            (struct effect_operand){0});
        return true;
    case 3:
        set(out, EFFECT_MOVE, rd, 64, effect_memory(rs1, of_double, 64, true),
            (struct effect_operand){0});
        return true;
    case 6:
        store(out, rs1, of_word, rd, 32);
        return true;
    case 7:
        store(out, rs1, of_double, rd, 64);
        return true;
    default:
        return false;
    }
}

static bool decode_quadrant_1(uint32_t w, struct effect *out)
{
    unsigned rd = w >> 7 & 31, rs1 = SHORT_REG(w, 7);
    uint64_t number = sign((w >> 2 & 31) | (w >> 7 & 32), 6);
    unsigned amount = (w >> 2 & 31) | (w >> 7 & 32);

    switch (w >> 13) {
    case 0: /* c.addi, c.nop */
        set(out, EFFECT_ADD, rd, 64, reg(rd, 64), effect_constant(number));
        return true;
    case 1: /* c.addiw; sext.w */
        if (number == 0) {
            set(out, EFFECT_MOVE, rd, 32, reg(rd, 32), (struct effect_operand){0});
        } else {
            set(out, EFFECT_ADD, rd, 32, reg(rd, 32), effect_constant(number));
        }
        return true;
    case 2: /* c.li */
        set(out, EFFECT_MOVE, rd, 64, effect_constant(number), (struct effect_operand){0});
        return true;
    case 3: /* c.lui, but not c.addi16sp */
        set(out, EFFECT_MOVE, rd, 64, effect_constant(number << 12), (struct effect_operand){0});
        return rd != 2;
    case 4:
        if ((w >> 10 & 3) < 2) { /* c.srli, c.srai */
            set(out, w >> 10 & 3 ? EFFECT_SAR : EFFECT_SHR, rs1, 64, reg(rs1, 64),
                effect_constant(amount));
            return true;
        }
        return false;
    case 5: /* c.j */
        return true;
    case 6: /* c.beqz, c.bnez */
    case 7:
        branch(out, EFFECT_OTHERWISE, rs1, 0);
        return true;
    default:
        return false;
    }
}

static bool decode_quadrant_2(uint32_t w, struct effect *out)
{
    unsigned rd = w >> 7 & 31, rs2 = w >> 2 & 31;
    unsigned amount = (w >> 2 & 31) | (w >> 7 & 32);
    uint64_t of_word = (w >> 2 & 0x1c) | (w >> 7 & 0x20) | (w << 4 & 0xc0);
    uint64_t of_double = (w >> 2 & 0x18) | (w >> 7 & 0x20) | (w << 4 & 0x1c0);

    switch (w >> 13) {
    case 0: /* c.slli */
        set(out, EFFECT_SHL, rd, 64, reg(rd, 64), effect_constant(amount));
        return true;
    case 2: /* c.lwsp, c.ldsp */
        set(out, EFFECT_MOVE, rd, 64, effect_memory(2, of_word, 32, true),
            (struct effect_operand){0});
        return true;
    case 3:
        set(out, EFFECT_MOVE, rd, 64, effect_memory(2, of_double, 64, true),
            (struct effect_operand){0});
        return true;
    case 4:
        if (rs2 != 0 && (w >> 12 & 1)) { /* c.add */
            set(out, EFFECT_ADD, rd, 64, reg(rd, 64), reg(rs2, 64));
        } else if (rs2 != 0) { /* c.mv */
            set(out, EFFECT_MOVE, rd, 64, reg(rs2, 64), (struct effect_operand){0});
        } else if (!(w >> 12 & 1)) { /* c.jr */
            jump(out, rd, 0);
        } else {
            return false;
        }
        return true;
    case 6: /* c.swsp, c.sdsp */
        store(out, 2, (w >> 7 & 0x3c) | (w >> 1 & 0xc0), rs2, 32);
        return true;
    case 7:
        store(out, 2, (w >> 7 & 0x38) | (w >> 1 & 0x1c0), rs2, 64);
        return true;
    default:
        return false;
    }
}

/* The registers that an instruction of 16 bits can write. */
static uint64_t written_by_short(uint32_t w)
{
    switch (w & 3) {
    case 0:
        return X(SHORT_REG(w, 2)) | X(SHORT_REG(w, 7));
    case 1:
        return w >> 13 == 4 ? X(SHORT_REG(w, 7)) : X(w >> 7 & 31);
    default: /* cm.pop and others write several */
        return w >> 13 == 5 ? UINT32_MAX : X(w >> 7 & 31);
    }
}

void effect_decode_riscv64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                           struct effect *out)
{
    uint32_t w = n >= 2 ? bytes[0] | (uint32_t)bytes[1] << 8 : 0;
    bool known = false;

    (void)mode;
    if ((w & 3) == 3) {
        w |= n >= 4 ? (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24 : 0;
        known = n == 4 && decode_long(pc, w, out);
        if (!known) {
            effect_unknown(out, X(w >> 7 & 31));
        }
        return;
    }
    known = n == 2 && ((w & 3) == 0   ? decode_quadrant_0(w, out)
                       : (w & 3) == 1 ? decode_quadrant_1(w, out)
                                      : decode_quadrant_2(w, out));
    if (!known) {
        effect_unknown(out, written_by_short(w));
    }
}
