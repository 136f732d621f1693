/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instruction does to registers, as far as following an index from a
 * compare to a jump through a table needs it.  Private to lib/jumps.
 *
 * A decoder may understand as little as it likes.  What it does not understand it
 * says may change registers, the flags and memory, and it names every register that
 * could be meant: too many do no harm, for then a jump's destinations are not known,
 * while one too few could make a wrong one.
 */
#ifndef CFLOW_JUMPS_EFFECT_H
#define CFLOW_JUMPS_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"

enum effect_op {
    EFFECT_NONE,    /* nothing but what it clobbers */
    EFFECT_ANY,     /* dst = any number of so many bits */
    EFFECT_MOVE,    /* dst = a */
    EFFECT_ADD,     /* dst = a + b */
    EFFECT_SUB,     /* dst = a - b */
    EFFECT_SHL,     /* dst = a << b, b a constant */
    EFFECT_SHR,     /* dst = a >> b, zeros move in */
    EFFECT_SAR,     /* dst = a >> b, the sign moves in */
    EFFECT_ADDRESS, /* dst = the address of a, not what is there */
    EFFECT_STORE,   /* what a names in memory = b */
    EFFECT_BRANCH,  /* goes to its target if a stands to b as cond says */
    EFFECT_JUMP,    /* goes to a + b; if cond says so */
};

/* How two unsigned numbers stand to each other. */
enum effect_cond {
    EFFECT_ALWAYS,
    EFFECT_LOWER,
    EFFECT_LOWER_SAME,
    EFFECT_HIGHER,
    EFFECT_HIGHER_SAME,
    EFFECT_OTHERWISE, /* something else */
};

enum effect_kind {
    EFFECT_NOTHING,
    EFFECT_REG,
    EFFECT_CONSTANT,
    EFFECT_MEMORY
};

#define EFFECT_NO_REG 63u

/* A number: the low @bits bits of what @kind names, extended, then shifted left. */
struct effect_operand {
    enum effect_kind kind;
    unsigned bits;   /* REG and MEMORY: how many are taken */
    bool is_signed;  /* extended by their sign */
    unsigned shift;  /* ... and shifted left by as many */
    unsigned reg;    /* REG; MEMORY: the base, or EFFECT_NO_REG */
    unsigned index;  /* MEMORY: or EFFECT_NO_REG */
    unsigned scale;  /* MEMORY: the index is shifted left by as many */
    unsigned ibits;  /* MEMORY: bits of the index that are taken */
    bool isigned;    /* MEMORY: ... and extended by their sign */
    uint64_t number; /* CONSTANT; MEMORY: added to base and index */
};

struct effect {
    enum effect_op op;
    unsigned dst;          /* a register */
    unsigned bits;         /* of the result; above them zeros, or */
    bool is_signed;        /* the sign of the result */
    bool compares;         /* sets the flags as a - b, unsigned numbers of @bits bits, does */
    bool with_flags;       /* BRANCH, JUMP: cond is of the flags, not of a and b */
    enum effect_cond cond; /* BRANCH, JUMP */
    struct effect_operand a, b;
    uint64_t clobbers;   /* registers that are anything afterwards; not dst */
    bool clobbers_flags; /* compares comes after it */
    bool clobbers_memory;
};

struct effect_isa {
    const char *name; /* of the isa */
    uint64_t by_call; /* registers that a called function may change */

    /* Fills *@out, which is zero but for dst, EFFECT_NO_REG; @n bytes is what it has. */
    void (*decode)(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                   struct effect *out);

    /*
     * Code that learns its address by calling.  Both are NULL if there is none.
     *
     * Whether what is called at @bytes does nothing but return with its return address
     * in a register, and whether the instruction there, called as a function, takes the
     * return address into one; *@reg is set to it.
     */
    bool (*is_pc_thunk)(const uint8_t *bytes, size_t n, unsigned *reg);
    bool (*is_pop)(const uint8_t *bytes, size_t n, unsigned *reg);
};

/* The row for @name; NULL if there is none. */
const struct effect_isa *effect_isa_find(const char *name);

void effect_decode_x86_64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                          struct effect *out);
void effect_decode_i386(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                        struct effect *out);
bool effect_is_pc_thunk_i386(const uint8_t *bytes, size_t n, unsigned *reg);
bool effect_is_pop_i386(const uint8_t *bytes, size_t n, unsigned *reg);
void effect_decode_aarch64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                           struct effect *out);
void effect_decode_arm(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                       struct effect *out);
void effect_decode_thumb(uint64_t pc, const uint8_t *bytes, size_t n, struct effect *out);
void effect_decode_riscv64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                           struct effect *out);

/* --- for the decoders ------------------------------------------------------------- */

static inline struct effect_operand effect_reg(unsigned reg, unsigned bits, bool is_signed)
{
    return (struct effect_operand){
        .kind = EFFECT_REG, .reg = reg, .bits = bits, .is_signed = is_signed};
}

static inline struct effect_operand effect_constant(uint64_t number)
{
    return (struct effect_operand){.kind = EFFECT_CONSTANT, .number = number, .bits = 64};
}

/* @bits bits at @base + @number. */
static inline struct effect_operand effect_memory(unsigned base, uint64_t number, unsigned bits,
                                                  bool is_signed)
{
    return (struct effect_operand){.kind = EFFECT_MEMORY,
                                   .reg = base,
                                   .index = EFFECT_NO_REG,
                                   .ibits = 64,
                                   .number = number,
                                   .bits = bits,
                                   .is_signed = is_signed};
}

/* dst = a op b, of @bits bits. */
static inline void effect_set(struct effect *out, enum effect_op op, unsigned dst, unsigned bits,
                              struct effect_operand a, struct effect_operand b)
{
    out->op = op;
    out->dst = dst;
    out->bits = bits;
    out->a = a;
    out->b = b;
}

/* dst = something of @bits bits that is not understood, and the flags are anything. */
static inline bool effect_any(struct effect *out, unsigned dst, unsigned bits)
{
    *out = (struct effect){.op = EFFECT_ANY, .dst = dst, .bits = bits, .clobbers_flags = true};
    return true;
}

/* All that an instruction could do that is not understood. */
static inline void effect_unknown(struct effect *out, uint64_t clobbers)
{
    *out = (struct effect){.dst = EFFECT_NO_REG,
                           .clobbers = clobbers,
                           .clobbers_flags = true,
                           .clobbers_memory = true};
}

#endif
