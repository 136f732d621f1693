/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AArch64.  An instruction names the registers that it writes in one of four places,
 * which is all that has to be known of those not understood; only hints (pointer
 * authentication) write others.
 */
#include "lib/jumps/effect.h"

#define X(reg) (UINT64_C(1) << (reg))
#define ZERO   31u /* or the stack pointer */

static const struct effect_operand nothing;

static uint64_t field(uint32_t w, unsigned low, unsigned n)
{
    return w >> low & ((UINT32_C(1) << n) - 1);
}

static uint64_t sign(uint64_t number, unsigned bits)
{
    return (uint64_t)((int64_t)(number << (64 - bits)) >> (64 - bits));
}

/* Where 31 is the number 0. */
static struct effect_operand reg(uint64_t number, unsigned bits)
{
    return number == ZERO ? effect_constant(0) : effect_reg((unsigned)number, bits, false);
}

static void set(struct effect *out, enum effect_op op, uint64_t dst, unsigned bits,
                struct effect_operand a, struct effect_operand b)
{
    if (dst != ZERO) {
        effect_set(out, op, (unsigned)dst, bits, a, b);
    }
}

/* add, sub, adds, subs, cmp with a number. */
static bool add_immediate(uint32_t w, struct effect *out)
{
    unsigned bits = w >> 31 ? 64 : 32, rd = w & 31;
    bool subtracts = w >> 30 & 1, sets_flags = w >> 29 & 1;
    struct effect_operand a = effect_reg(w >> 5 & 31, bits, false);
    uint64_t number = field(w, 10, 12) << (w >> 22 & 1 ? 12 : 0);

    if (sets_flags && !subtracts) {
        return false;
    }
    effect_set(out, subtracts ? EFFECT_SUB : EFFECT_ADD, rd, bits, a, effect_constant(number));
    out->compares = sets_flags;
    if (sets_flags && rd == ZERO) {
        out->dst = EFFECT_NO_REG;
    }
    return true;
}

/* add, subs, cmp with a register. */
static bool add_register(uint32_t w, struct effect *out)
{
    unsigned bits = w >> 31 ? 64 : 32, rd = w & 31;
    struct effect_operand a = reg(w >> 5 & 31, bits), b = reg(w >> 16 & 31, bits);

    b.shift = (unsigned)field(w, 10, 6);
    if (b.shift >= bits) {
        return false;
    }
    if ((w & 0x7fe00000) == 0x0b000000) {
        set(out, EFFECT_ADD, rd, bits, a, b);
        return true;
    }
    if ((w & 0x7fe00000) == 0x6b000000) {
        effect_set(out, EFFECT_SUB, rd == ZERO ? EFFECT_NO_REG : rd, bits, a, b);
        out->compares = true;
        return b.shift == 0;
    }
    return false;
}

/* add x0, x1, w2, sxth #2 */
static bool add_extended(uint32_t w, struct effect *out)
{
    unsigned bits = w >> 31 ? 64 : 32, option = w >> 13 & 7, shift = w >> 10 & 7;
    struct effect_operand a = effect_reg(w >> 5 & 31, bits, false);
    struct effect_operand b =
        reg(w >> 16 & 31, (8u << (option & 3)) < bits ? 8u << (option & 3) : bits);

    b.is_signed = option >> 2;
    b.shift = shift;
    effect_set(out, EFFECT_ADD, w & 31, bits, a, b);
    return shift <= 4;
}

/* ubfm and sbfm: shifts and extensions. */
static bool bitfield(uint32_t w, struct effect *out)
{
    unsigned size = w >> 31 ? 64 : 32, rotate = (unsigned)field(w, 16, 6);
    unsigned last = (unsigned)field(w, 10, 6), opc = w >> 29 & 3;
    struct effect_operand a = reg(w >> 5 & 31, last + 1);

    if ((opc != 0 && opc != 2) || rotate >= size || last >= size || (w >> 22 & 1) != w >> 31) {
        return false;
    }
    if (rotate == 0 || rotate > last) {
        a.is_signed = opc == 0;
        a.shift = rotate ? size - rotate : 0;
        set(out, EFFECT_MOVE, w & 31, size, a, nothing);
        return true;
    }
    if (last == size - 1 && opc == 2) {
        set(out, EFFECT_SHR, w & 31, size, reg(w >> 5 & 31, size), effect_constant(rotate));
        return true;
    }
    return false;
}

/* and with 0xff or 0xffff, which takes so many bits; mov of a number. */
static bool immediate(uint32_t w, struct effect *out)
{
    unsigned size = w >> 31 ? 64 : 32, last = (unsigned)field(w, 10, 6);

    if ((w & 0x7f800000) == 0x52800000) {
        set(out, EFFECT_MOVE, w & 31, size,
            effect_constant(field(w, 5, 16) << (16 * field(w, 21, 2))), nothing);
        return true;
    }
    if ((w & 0x7f800000) == 0x12000000 && field(w, 16, 6) == 0 && (w >> 22 & 1) == w >> 31 &&
        (last == 7 || last == 15 || (last == 31 && size == 64)) && (w & 31) != ZERO) {
        set(out, EFFECT_MOVE, w & 31, size, reg(w >> 5 & 31, last + 1), nothing);
        return true;
    }
    return false;
}

static bool access(uint32_t w, struct effect_operand memory, struct effect *out)
{
    unsigned opc = w >> 22 & 3, bits = 8u << (w >> 30);

    if (bits == 64 && opc >= 2) {
        return false;
    }
    memory.bits = bits;
    memory.is_signed = opc >= 2;
    if (opc == 0) {
        out->op = EFFECT_STORE;
        out->a = memory;
        out->b = reg(w & 31, bits);
    } else {
        set(out, EFFECT_MOVE, w & 31, opc == 3 || (opc == 1 && bits < 64) ? 32 : 64, memory,
            nothing);
    }
    return true;
}

static bool load_store(uint32_t w, struct effect *out)
{
    struct effect_operand memory = effect_memory(w >> 5 & 31, 0, 0, false);
    unsigned option = w >> 13 & 7;

    if ((w & 0x3f000000) == 0x39000000) {
        memory.number = field(w, 10, 12) << (w >> 30);
        return access(w, memory, out);
    }
    if ((w & 0x3f200c00) == 0x38000000) {
        memory.number = sign(field(w, 12, 9), 9);
        return access(w, memory, out);
    }
    if ((w & 0x3f200c00) == 0x38200800 && (option & 2) && (w >> 16 & 31) != ZERO) {
        memory.index = w >> 16 & 31;
        memory.ibits = option & 1 ? 64 : 32;
        memory.isigned = option >> 2;
        memory.scale = w >> 12 & 1 ? w >> 30 : 0;
        return access(w, memory, out);
    }
    return false;
}

/* Loads and stores of vectors, from the pc, of pairs, and that write the address back. */
static bool other_access(uint32_t w, struct effect *out)
{
    if ((w & 0x3f000000) == 0x3d000000 || (w & 0x3f200c00) == 0x3c200800 ||
        (w & 0x3b000000) == 0x18000000) {
        out->clobbers = (w & 0x3f000000) == 0x18000000 ? X(w & 31) : 0;
        out->clobbers_memory = true;
        return true;
    }
    bool pair = (w & 0x3a000000) == 0x28000000, vector = w >> 26 & 1;
    bool loads = pair ? w >> 22 & 1 : w >> 22 & 3, writes_back = pair ? w >> 23 & 1 : w >> 10 & 1;

    if (!pair && (w & 0x3b200000) != 0x38000000) {
        return false;
    }
    out->clobbers = (writes_back ? X(w >> 5 & 31) : 0) | (loads && !vector ? X(w & 31) : 0) |
                    (loads && !vector && pair ? X(w >> 10 & 31) : 0);
    out->clobbers_memory = !loads || vector;
    return true;
}

static bool branch(uint32_t w, struct effect *out)
{
    static const enum effect_cond conds[16] = {
        [0] = EFFECT_OTHERWISE, EFFECT_OTHERWISE,  EFFECT_HIGHER_SAME, EFFECT_LOWER,
        EFFECT_OTHERWISE,       EFFECT_OTHERWISE,  EFFECT_OTHERWISE,   EFFECT_OTHERWISE,
        EFFECT_HIGHER,          EFFECT_LOWER_SAME, EFFECT_OTHERWISE,   EFFECT_OTHERWISE,
        EFFECT_OTHERWISE,       EFFECT_OTHERWISE,  EFFECT_OTHERWISE,   EFFECT_OTHERWISE,
    };

    if ((w & 0xff000010) == 0x54000000) {
        out->op = EFFECT_BRANCH;
        out->with_flags = true;
        out->cond = conds[w & 15];
        return true;
    }
    if ((w & 0x7c000000) == 0x34000000) { /* cbz, cbnz, tbz, tbnz */
        out->op = EFFECT_BRANCH;
        out->cond = EFFECT_OTHERWISE;
        return true;
    }
    if ((w & 0xfffffc1f) == 0xd61f0000) {
        out->op = EFFECT_JUMP;
        out->a = reg(w >> 5 & 31, 64);
        out->b = effect_constant(0);
        return true;
    }
    if (w == 0xd503201f) { /* nop */
        return true;
    }
    if ((w & 0xfffff01f) == 0xd503201f) { /* hints */
        out->clobbers = X(16) | X(17) | X(30);
        return true;
    }
    return (w & 0xfc000000) == 0x14000000;
}

static bool decode(uint64_t pc, uint32_t w, struct effect *out)
{
    if ((w & 0x1f000000) == 0x10000000) { /* adr, adrp */
        uint64_t distance = sign(field(w, 5, 19) << 2 | field(w, 29, 2), 21);
        uint64_t address = w >> 31 ? (pc & ~UINT64_C(0xfff)) + (distance << 12) : pc + distance;
        set(out, EFFECT_MOVE, w & 31, 64, effect_constant(address), nothing);
        return true;
    }
    if ((w & 0x1f800000) == 0x11000000) {
        return add_immediate(w, out);
    }
    if ((w & 0x1f200000) == 0x0b000000) {
        return add_register(w, out);
    }
    if ((w & 0x7fe00000) == 0x0b200000) {
        return add_extended(w, out);
    }
    if ((w & 0x7fe0ffe0) == 0x2a0003e0) { /* mov */
        set(out, EFFECT_MOVE, w & 31, w >> 31 ? 64 : 32, reg(w >> 16 & 31, w >> 31 ? 64 : 32),
            nothing);
        return true;
    }
    if ((w & 0x1f800000) == 0x13000000) {
        return bitfield(w, out);
    }
    return immediate(w, out) || load_store(w, out) || other_access(w, out) || branch(w, out);
}

/* Arithmetic writes one register; loads and all else write up to four. */
static void unknown(uint32_t w, struct effect *out)
{
    unsigned group = w >> 25 & 15;
    bool integers = (group & 14) == 8 || (group & 7) == 5;

    if (integers && (w & 31) != ZERO) {
        effect_any(out, w & 31, w >> 31 ? 64 : 32);
        return;
    }
    bool one = integers || (group & 7) == 7;
    uint64_t others = X(w >> 5 & 31) | X(w >> 10 & 31) | X(w >> 16 & 31);
    effect_unknown(out, X(w & 31) | (one ? 0 : others));
    out->clobbers_memory = !one;
}

void effect_decode_aarch64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                           struct effect *out)
{
    uint32_t w = n == 4 ? bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                              (uint32_t)bytes[3] << 24
                        : 0;

    (void)mode;
    if (n != 4 || (w & 0x3f000000) == 0x08000000 || (w & 0x3b200c00) == 0x38200000) {
        effect_unknown(out, UINT32_MAX); /* exclusive and atomic accesses: pairs, or eight */
    } else if (!decode(pc, w, out)) {
        unknown(w, out);
    }
}
