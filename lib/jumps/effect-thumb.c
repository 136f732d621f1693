/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thumb.  Instructions of 16 bits name low registers in three places, and what is not
 * understood may write all of them.  An IT makes what follows conditional, which the
 * bytes do not tell: whoever follows a path calls those instructions not understood.
 */
#include "lib/jumps/effect.h"

#define R(reg) (UINT64_C(1) << (reg))
#define PC     15u

static const struct effect_operand nothing;

static struct effect_operand low(uint32_t w, unsigned at)
{
    return effect_reg(w >> at & 7, 32, false);
}

static struct effect_operand reg(unsigned number, uint64_t pc)
{
    return number == PC ? effect_constant(pc + 4) : effect_reg(number, 32, false);
}

static void jump(struct effect *out, struct effect_operand a, struct effect_operand b)
{
    out->op = EFFECT_JUMP;
    out->a = a;
    out->b = b;
}

static enum effect_cond condition(unsigned cond)
{
    return cond == 2   ? EFFECT_HIGHER_SAME
           : cond == 3 ? EFFECT_LOWER
           : cond == 8 ? EFFECT_HIGHER
           : cond == 9 ? EFFECT_LOWER_SAME
                       : EFFECT_OTHERWISE;
}

static void branch(struct effect *out, enum effect_cond cond)
{
    out->op = EFFECT_BRANCH;
    out->with_flags = true;
    out->cond = cond;
}

/* add, cmp, mov and bx with registers of all sixteen */
static bool high_registers(uint64_t pc, uint32_t w, struct effect *out)
{
    unsigned rd = (w & 7) | (w >> 4 & 8), rm = w >> 3 & 15;

    switch (w >> 8 & 3) {
    case 0:
        if (rd == PC) {
            jump(out, reg(PC, pc), reg(rm, pc));
        } else {
            effect_set(out, EFFECT_ADD, rd, 32, reg(rd, pc), reg(rm, pc));
        }
        return true;
    case 1:
        effect_set(out, EFFECT_SUB, EFFECT_NO_REG, 32, reg(rd, pc), reg(rm, pc));
        out->compares = true;
        return true;
    case 2:
        if (rd == PC) {
            jump(out, reg(rm, pc), effect_constant(0));
        } else {
            effect_set(out, EFFECT_MOVE, rd, 32, reg(rm, pc), nothing);
        }
        return true;
    default: /* bx, not blx */
        jump(out, reg(rm, pc), effect_constant(0));
        return (w & 0x80) == 0;
    }
}

/* ldr, ldrb, str, strb at a number from a register */
static bool short_access(uint32_t w, struct effect *out)
{
    unsigned bits = w >> 12 & 1 ? 8 : 32;
    struct effect_operand memory =
        effect_memory(w >> 3 & 7, (w >> 6 & 31) * (bits / 8), bits, false);

    if (w >> 11 & 1) {
        effect_set(out, EFFECT_MOVE, w & 7, 32, memory, nothing);
    } else {
        out->op = EFFECT_STORE;
        out->a = memory;
        out->b = effect_reg(w & 7, bits, false);
    }
    return true;
}

static bool decode_short(uint64_t pc, uint32_t w, struct effect *out)
{
    switch (w >> 11) {
    case 0x00: /* lsls, movs; flags, but not those of a compare */
        effect_set(out, EFFECT_MOVE, w & 7, 32, low(w, 3), nothing);
        out->a.shift = w >> 6 & 31;
        out->clobbers_flags = true;
        return true;
    case 0x03: /* adds, subs with a register or a number of three bits */
        effect_set(out, w >> 9 & 1 ? EFFECT_SUB : EFFECT_ADD, w & 7, 32, low(w, 3),
                   w >> 10 & 1 ? effect_constant(w >> 6 & 7) : low(w, 6));
        out->compares = w >> 9 & 1;
        out->clobbers_flags = true;
        return true;
    case 0x04: /* movs */
        effect_set(out, EFFECT_MOVE, w >> 8 & 7, 32, effect_constant(w & 0xff), nothing);
        out->clobbers_flags = true;
        return true;
    case 0x05: /* cmp */
    case 0x07: /* subs */
        effect_set(out, EFFECT_SUB, w >> 11 == 5 ? EFFECT_NO_REG : w >> 8 & 7, 32, low(w, 8),
                   effect_constant(w & 0xff));
        out->compares = true;
        return true;
    case 0x06: /* adds */
        effect_set(out, EFFECT_ADD, w >> 8 & 7, 32, low(w, 8), effect_constant(w & 0xff));
        out->clobbers_flags = true;
        return true;
    case 0x08:
        return (w >> 10 & 1) && high_registers(pc, w, out);
    case 0x09: /* ldr from the pc */
        effect_set(
            out, EFFECT_MOVE, w >> 8 & 7, 32,
            effect_memory(EFFECT_NO_REG, ((pc + 4) & ~UINT64_C(3)) + (w & 0xff) * 4, 32, false),
            nothing);
        return true;
    case 0x0c ... 0x0f:
        return short_access(w, out);
    case 0x14: /* adr */
        effect_set(out, EFFECT_MOVE, w >> 8 & 7, 32,
                   effect_constant(((pc + 4) & ~UINT64_C(3)) + (w & 0xff) * 4), nothing);
        return true;
    case 0x1a: /* b of a condition */
    case 0x1b:
        branch(out, condition(w >> 8 & 15));
        return (w >> 8 & 15) < 14;
    case 0x1c: /* b */
        branch(out, EFFECT_ALWAYS);
        return true;
    default:
        break;
    }
    if ((w & 0xffc0) == 0xb2c0 || (w & 0xffc0) == 0xb280) { /* uxtb, uxth */
        effect_set(out, EFFECT_MOVE, w & 7, 32, effect_reg(w >> 3 & 7, w & 0x40 ? 8 : 16, false),
                   nothing);
        return true;
    }
    if ((w & 0xf500) == 0xb100) { /* cbz, cbnz */
        branch(out, EFFECT_OTHERWISE);
        out->with_flags = false;
        return true;
    }
    return w == 0xbf00; /* nop */
}

/* Numbers of twelve bits; only those that are not rotated and not repeated. */
static bool plain_number(uint32_t w, uint64_t *number)
{
    *number = w & 0xff;
    if ((w >> 26 & 1) || (w >> 12 & 7)) { /* rotated: 0x80 to 0xff, by 8 and more */
        unsigned by = (w >> 26 & 1) << 4 | (w >> 12 & 7) << 1 | (w >> 7 & 1);
        if (by < 8) {
            return false;
        }
        uint32_t eight = 0x80 | (w & 0x7f);
        *number = eight >> by | (by ? eight << (32 - by) : 0);
    }
    return true;
}

static bool long_processing(uint32_t w, struct effect *out)
{
    unsigned rn = w >> 16 & 15, rd = w >> 8 & 15;
    uint64_t number;

    if (rn == PC || !plain_number(w, &number)) {
        return false;
    }
    if ((w & 0xfbf08f00) == 0xf1b00f00) { /* cmp */
        effect_set(out, EFFECT_SUB, EFFECT_NO_REG, 32, effect_reg(rn, 32, false),
                   effect_constant(number));
        out->compares = true;
        return true;
    }
    if ((w & 0xfbe08000) == 0xf1a00000 || (w & 0xfbe08000) == 0xf1000000) { /* sub, add */
        bool subtracts = w >> 21 & 1 && w >> 23 & 1;
        effect_set(out, subtracts ? EFFECT_SUB : EFFECT_ADD, rd, 32, effect_reg(rn, 32, false),
                   effect_constant(number));
        out->compares = subtracts && (w >> 20 & 1);
        out->clobbers_flags = w >> 20 & 1;
        return rd != PC;
    }
    return false;
}

static bool decode_long(uint64_t pc, uint32_t w, struct effect *out)
{
    unsigned rn = w >> 16 & 15, rt = w >> 12 & 15, rm = w & 15;

    if ((w & 0xfff0ffe0) == 0xe8d0f000) { /* tbb, tbh */
        unsigned half = w >> 4 & 1;
        struct effect_operand entry = effect_memory(rn, 0, half ? 16 : 8, false);
        entry.index = rm;
        entry.scale = half;
        entry.shift = 1;
        if (rn == PC) {
            entry.reg = EFFECT_NO_REG;
            entry.number = pc + 4;
        }
        jump(out, effect_constant(pc + 4), entry);
        return rm != PC;
    }
    if ((w & 0xfff00fc0) == 0xf8500000 && rn != PC && rm != PC) { /* ldr.w rt, [rn, rm, lsl #n] */
        struct effect_operand memory = effect_memory(rn, 0, 32, false);
        memory.index = rm;
        memory.scale = w >> 4 & 3;
        if (rt == PC) {
            jump(out, memory, effect_constant(0));
        } else {
            effect_set(out, EFFECT_MOVE, rt, 32, memory, nothing);
        }
        return true;
    }
    if ((w & 0xff7f0000) == 0xf85f0000 && rt != PC) { /* ldr.w from the pc */
        uint64_t distance = w >> 23 & 1 ? w & 0xfff : -(uint64_t)(w & 0xfff);
        effect_set(out, EFFECT_MOVE, rt, 32,
                   effect_memory(EFFECT_NO_REG, ((pc + 4) & ~UINT64_C(3)) + distance, 32, false),
                   nothing);
        return true;
    }
    if ((w & 0xfbff8000) == 0xf20f0000 || (w & 0xfbff8000) == 0xf2af0000) { /* adr.w */
        uint64_t number = (w & 0xff) | (w >> 4 & 0x700) | (w >> 15 & 0x800);
        uint64_t base = (pc + 4) & ~UINT64_C(3);
        effect_set(out, EFFECT_MOVE, w >> 8 & 15, 32,
                   effect_constant(w >> 23 & 1 ? base - number : base + number), nothing);
        return true;
    }
    if ((w & 0xf800d000) == 0xf0009000) { /* b.w */
        branch(out, EFFECT_ALWAYS);
        return true;
    }
    if ((w & 0xf800d000) == 0xf0008000 && (w >> 22 & 15) < 14) {
        branch(out, condition(w >> 22 & 15));
        return true;
    }
    return (w & 0xfa008000) == 0xf0000000 && long_processing(w, out);
}

void effect_decode_thumb(uint64_t pc, const uint8_t *bytes, size_t n, struct effect *out)
{
    uint32_t w = n >= 2 ? bytes[0] | (uint32_t)bytes[1] << 8 : 0;

    if (n == 4) {
        w = w << 16 | bytes[2] | (uint32_t)bytes[3] << 8;
        if (!decode_long(pc, w, out)) {
            uint64_t several = (w & 0xfe000000) == 0xe8000000 ? w & 0xffff : 0;
            effect_unknown(out, several | R(w >> 16 & 15) | R(w >> 12 & 15) | R(w >> 8 & 15) |
                                    R(w & 15));
        }
        return;
    }
    if (n != 2 || !decode_short(pc, w, out)) {
        uint64_t several = w >> 12 == 12 || (w & 0xf600) == 0xb400 ? w & 0xff : 0;
        effect_unknown(out, several | R(w & 7) | R(w >> 3 & 7) | R(w >> 8 & 7) |
                                R((w & 7) | (w >> 4 & 8)) | R(13));
    }
}
