/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What registers and memory hold along one path through code, in terms of what they
 * held at its beginning.  Private to lib/jumps.
 *
 * A value is a constant plus multiples of up to two leaves.  A leaf is a number of
 * which nothing more is known than where it comes from: it was read from memory, is the
 * low part of another value, or that with a number added.  Equal ones are the same
 * leaf, so that what a compare tells of one holds wherever it is used.
 *
 * A number that is added to a leaf makes a new leaf, and is not put with the constant:
 * so only that is taken for bounded which was itself compared.  "if (x > 20) return;"
 * says nothing about a table that is indexed by x - 3.
 */
#ifndef CFLOW_JUMPS_SYMBOLIC_H
#define CFLOW_JUMPS_SYMBOLIC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/jumps/effect.h"

#define SYMBOLIC_REGS 64u

struct symbolic_value {
    uint64_t constant;
    unsigned n;
    struct {
        unsigned leaf;
        uint64_t factor; /* not 0 */
    } terms[2];          /* by leaf */
};

enum symbolic_kind {
    SYMBOLIC_INPUT,  /* anything */
    SYMBOLIC_LOADED, /* @bits bits from memory at @of */
    SYMBOLIC_PART,   /* the low @bits bits of @of, extended */
    SYMBOLIC_SUM,    /* @of + @added */
};

struct symbolic_leaf {
    enum symbolic_kind kind;
    unsigned bits;
    bool is_signed; /* PART */
    struct symbolic_value of;
    uint64_t added;
    uint64_t highest; /* it is no higher than that, because of what it is */
    bool compared;    /* a compare says that it is no higher than: */
    uint64_t bound;
};

struct symbolic {
    unsigned address_bits;
    GArray *leaves; /* struct symbolic_leaf */
    GArray *memory; /* private: what is known to be where */
    bool known[SYMBOLIC_REGS];
    struct symbolic_value regs[SYMBOLIC_REGS];
    bool flags_known; /* the flags are those of comparing a to b */
    struct symbolic_value flags_a, flags_b;

    /* Called for a register that the path has not set; returns whether it is *@value. */
    bool (*input)(unsigned reg, uint64_t *value, void *data);
    void *data;
};

/* Begins a path.  End with symbolic_clear(). */
void symbolic_init(struct symbolic *s, unsigned address_bits);
void symbolic_clear(struct symbolic *s);

/* An instruction that does @effect, and if that is a branch, went to its target or on. */
void symbolic_step(struct symbolic *s, const struct effect *effect, bool taken);

/* Where a jump goes that does @effect. */
struct symbolic_value symbolic_jump(struct symbolic *s, const struct effect *effect);

/* @reg is @number. */
void symbolic_set(struct symbolic *s, unsigned reg, uint64_t number);

/* Everything in @clobbers, the flags and memory may be anything. */
void symbolic_forget(struct symbolic *s, uint64_t clobbers);

/* The leaf that @value is: once, with nothing added; NULL. */
const struct symbolic_leaf *symbolic_leaf_of(const struct symbolic *s,
                                             const struct symbolic_value *value);

/* @value as the low @bits bits, extended, are. */
uint64_t symbolic_extend(uint64_t value, unsigned bits, bool is_signed);

#endif
