/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A32.  What is not understood may write each register that one of its fields names.
 */
#include "lib/jumps/effect.h"

#define R(reg) (UINT64_C(1) << (reg))
#define PC     15u

static const struct effect_operand nothing;

static uint64_t field(uint32_t w, unsigned low, unsigned n)
{
    return w >> low & ((UINT32_C(1) << n) - 1);
}

static uint32_t rotated(uint32_t w)
{
    uint32_t number = w & 0xff;
    unsigned by = (unsigned)field(w, 8, 4) * 2;

    return by ? number >> by | number << (32 - by) : number;
}

/* pc reads as two instructions ahead. */
static struct effect_operand reg(uint64_t number, uint64_t pc)
{
    return number == PC ? effect_constant(pc + 8) : effect_reg((unsigned)number, 32, false);
}

static enum effect_cond condition(unsigned cond)
{
    switch (cond) {
    case 2:
        return EFFECT_HIGHER_SAME;
    case 3:
        return EFFECT_LOWER;
    case 8:
        return EFFECT_HIGHER;
    case 9:
        return EFFECT_LOWER_SAME;
    case 14:
        return EFFECT_ALWAYS;
    default:
        return EFFECT_OTHERWISE;
    }
}

/* The second operand: a number, or a register shifted left by a number. */
static bool second(uint32_t w, uint64_t pc, struct effect_operand *out)
{
    if (w >> 25 & 1) {
        *out = effect_constant(rotated(w));
        return true;
    }
    *out = reg(w & 15, pc);
    out->shift = (unsigned)field(w, 7, 5);
    return (w & 0x70) == 0;
}

static void jump(struct effect *out, struct effect_operand a, struct effect_operand b)
{
    out->op = EFFECT_JUMP;
    out->with_flags = true;
    out->a = a;
    out->b = b;
}

/* add, sub, cmp, mov, and with 0xff */
static bool processing(uint32_t w, uint64_t pc, struct effect *out)
{
    unsigned rd = (unsigned)field(w, 12, 4);
    struct effect_operand a = reg(field(w, 16, 4), pc), b;

    if (!second(w, pc, &b)) {
        return false;
    }
    switch (field(w, 20, 5)) {
    case 0x08: /* add */
        if (rd == PC) {
            jump(out, a, b);
        } else {
            effect_set(out, EFFECT_ADD, rd, 32, a, b);
        }
        return true;
    case 0x04: /* sub, subs */
    case 0x05:
    case 0x15: /* cmp */
        effect_set(out, EFFECT_SUB, field(w, 20, 5) == 0x15 ? EFFECT_NO_REG : rd, 32, a, b);
        out->compares = w >> 20 & 1;
        return rd != PC && !(out->compares && b.shift);
    case 0x1a: /* mov, lsl */
        effect_set(out, EFFECT_MOVE, rd, 32, b, nothing);
        return rd != PC;
    case 0x00: /* and */
        a.bits = 8;
        effect_set(out, EFFECT_MOVE, rd, 32, a, nothing);
        return rd != PC && a.kind == EFFECT_REG && b.kind == EFFECT_CONSTANT && b.number == 0xff;
    default:
        return false;
    }
}

/* ldr, ldrb, str, strb, without writing back */
static bool access(uint32_t w, uint64_t pc, struct effect *out)
{
    unsigned rn = (unsigned)field(w, 16, 4), rt = (unsigned)field(w, 12, 4);
    unsigned bits = w >> 22 & 1 ? 8 : 32;
    struct effect_operand memory = effect_memory(rn, 0, bits, false);
    bool up = w >> 23 & 1;

    if (!(w >> 24 & 1) || (w >> 21 & 1) || ((w >> 25 & 1) && ((w & 0x70) || !up))) {
        return false;
    }
    if (w >> 25 & 1) {
        memory.index = w & 15;
        memory.scale = (unsigned)field(w, 7, 5);
    } else {
        memory.number = up ? w & 0xfff : -(uint64_t)(w & 0xfff);
    }
    if (rn == PC) {
        memory.reg = EFFECT_NO_REG;
        memory.number += pc + 8;
    }
    if (memory.index == PC || (rt == PC && !(w >> 20 & 1))) {
        return false;
    }
    if (!(w >> 20 & 1)) {
        out->op = EFFECT_STORE;
        out->a = memory;
        out->b = effect_reg(rt, bits, false);
    } else if (rt == PC) {
        jump(out, memory, effect_constant(0));
    } else {
        effect_set(out, EFFECT_MOVE, rt, 32, memory, nothing);
    }
    return true;
}

static bool decode(uint32_t w, uint64_t pc, struct effect *out)
{
    if ((w & 0x0fffffff) == 0x0320f000) { /* nop */
        return true;
    }
    if ((w & 0x0fffffd0) == 0x012fff10) { /* bx, not blx */
        jump(out, reg(w & 15, pc), effect_constant(0));
        return (w & 0x20) == 0;
    }
    if ((w & 0x0fff03f0) == 0x06ef0070 || (w & 0x0fff03f0) == 0x06ff0070) { /* uxtb, uxth */
        struct effect_operand a = effect_reg(w & 15, w >> 20 & 1 ? 16 : 8, false);
        effect_set(out, EFFECT_MOVE, (unsigned)field(w, 12, 4), 32, a, nothing);
        return field(w, 10, 2) == 0;
    }
    if ((w & 0x0ff00000) == 0x03000000) { /* movw */
        effect_set(out, EFFECT_MOVE, (unsigned)field(w, 12, 4), 32,
                   effect_constant(field(w, 16, 4) << 12 | (w & 0xfff)), nothing);
        return true;
    }
    if ((w & 0x0f000000) == 0x0a000000) { /* b */
        out->op = EFFECT_BRANCH;
        out->with_flags = true;
        return true;
    }
    if ((w & 0x0c000000) == 0 && ((w & 0x02000000) || (w & 0x90) != 0x90)) {
        return processing(w, pc, out);
    }
    return (w & 0x0c000000) == 0x04000000 && (w & 0x02000010) != 0x02000010 && access(w, pc, out);
}

/* Everything that an instruction could write. */
static uint64_t written(uint32_t w)
{
    uint64_t several = (w & 0x0e000000) == 0x08000000 ? w & 0xffff : 0; /* ldm, pop */

    return several | R(field(w, 16, 4)) | R(field(w, 12, 4)) | R(field(w, 12, 4) + 1) | R(w & 15) |
           R(field(w, 8, 4)); /* + 1: ldrd */
}

void effect_decode_arm(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                       struct effect *out)
{
    uint32_t w = n == 4 ? bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                              (uint32_t)bytes[3] << 24
                        : 0;

    if (mode == ISA_MODE_THUMB) {
        effect_decode_thumb(pc, bytes, n, out);
        return;
    }
    bool known = n == 4 && w >> 28 != 15 && decode(w, pc, out);
    enum effect_cond cond = condition(w >> 28);
    if (known && (out->op == EFFECT_BRANCH || out->op == EFFECT_JUMP)) {
        out->cond = cond;
    } else if (!known || cond != EFFECT_ALWAYS) { /* it may have been skipped */
        effect_unknown(out, written(w));
    }
}
