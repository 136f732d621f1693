/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jumps/symbolic.h"

#include <string.h>

/* What is in memory at @address, of @bits bits. */
struct cell {
    struct symbolic_value address, value;
    unsigned bits;
};

void symbolic_init(struct symbolic *s, unsigned address_bits)
{
    memset(s, 0, sizeof(*s));
    s->address_bits = address_bits;
    s->leaves = g_array_new(FALSE, FALSE, sizeof(struct symbolic_leaf));
    s->memory = g_array_new(FALSE, FALSE, sizeof(struct cell));
}

void symbolic_clear(struct symbolic *s)
{
    g_array_unref(s->leaves);
    g_array_unref(s->memory);
}

static struct symbolic_leaf *leaf_at(const struct symbolic *s, unsigned leaf)
{
    return &g_array_index(s->leaves, struct symbolic_leaf, leaf);
}

/* --- values ---------------------------------------------------------------------- */

/* All ones below bit @bits. */
static uint64_t ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

uint64_t symbolic_extend(uint64_t value, unsigned bits, bool is_signed)
{
    value &= ones(bits);
    if (is_signed && bits > 0 && bits < 64 && (value >> (bits - 1) & 1)) {
        value |= ~ones(bits);
    }
    return value;
}

static struct symbolic_value constant(uint64_t number)
{
    return (struct symbolic_value){.constant = number};
}

static struct symbolic_value new_leaf(struct symbolic *s, struct symbolic_leaf leaf)
{
    struct symbolic_value value = {.n = 1};

    value.terms[0].leaf = s->leaves->len;
    value.terms[0].factor = 1;
    g_array_append_val(s->leaves, leaf);
    return value;
}

static struct symbolic_value anything(struct symbolic *s)
{
    return new_leaf(s, (struct symbolic_leaf){.highest = ones(s->address_bits)});
}

static struct symbolic_value leaf_value(unsigned leaf)
{
    struct symbolic_value value = {.n = 1};

    value.terms[0].leaf = leaf;
    value.terms[0].factor = 1;
    return value;
}

/* Addresses, and so all values, are numbers of so many bits. */
static struct symbolic_value cut(const struct symbolic *s, struct symbolic_value value)
{
    unsigned kept = 0;

    value.constant &= ones(s->address_bits);
    for (unsigned i = 0; i < value.n; i++) {
        value.terms[i].factor &= ones(s->address_bits);
        if (value.terms[i].factor != 0) {
            value.terms[kept++] = value.terms[i];
        }
    }
    value.n = kept;
    memset(value.terms + kept, 0, (2 - kept) * sizeof(value.terms[0]));
    return value;
}

static bool same_terms(const struct symbolic_value *a, const struct symbolic_value *b)
{
    bool same = a->n == b->n;

    for (unsigned i = 0; same && i < a->n; i++) {
        same = a->terms[i].leaf == b->terms[i].leaf && a->terms[i].factor == b->terms[i].factor;
    }
    return same;
}

static bool same(const struct symbolic_value *a, const struct symbolic_value *b)
{
    return a->constant == b->constant && same_terms(a, b);
}

/* Whether @value is one leaf and nothing else. */
static bool is_leaf(const struct symbolic_value *value)
{
    return value->n == 1 && value->constant == 0 && value->terms[0].factor == 1;
}

const struct symbolic_leaf *symbolic_leaf_of(const struct symbolic *s,
                                             const struct symbolic_value *value)
{
    return is_leaf(value) ? leaf_at(s, value->terms[0].leaf) : NULL;
}

static uint64_t highest_of_leaf(const struct symbolic_leaf *leaf)
{
    return leaf->compared ? MIN(leaf->bound, leaf->highest) : leaf->highest;
}

/* The highest that @value can be, if no sum overflows; false if one might. */
static bool highest(const struct symbolic *s, const struct symbolic_value *value, uint64_t *out)
{
    uint64_t sum = value->constant;

    for (unsigned i = 0; i < value->n; i++) {
        uint64_t most = highest_of_leaf(leaf_at(s, value->terms[i].leaf));
        if (__builtin_mul_overflow(most, value->terms[i].factor, &most) ||
            __builtin_add_overflow(sum, most, &sum)) {
            return false;
        }
    }
    *out = sum;
    return sum <= ones(s->address_bits);
}

static struct symbolic_value multiply(const struct symbolic *s, struct symbolic_value value,
                                      uint64_t by)
{
    value.constant *= by;
    for (unsigned i = 0; i < value.n; i++) {
        value.terms[i].factor *= by;
    }
    return cut(s, value);
}

static struct symbolic_value add(struct symbolic *s, const struct symbolic_value *a,
                                 const struct symbolic_value *b)
{
    struct symbolic_value sum = *a;

    sum.constant += b->constant;
    for (unsigned i = 0; i < b->n; i++) {
        unsigned at = 0;
        while (at < sum.n && sum.terms[at].leaf != b->terms[i].leaf) {
            at++;
        }
        if (at < sum.n) {
            sum.terms[at].factor += b->terms[i].factor;
        } else if (sum.n == 2) {
            return anything(s);
        } else {
            sum.terms[sum.n++] = b->terms[i];
        }
    }
    if (sum.n == 2 && sum.terms[0].leaf > sum.terms[1].leaf) {
        struct symbolic_value turned = sum;
        turned.terms[0] = sum.terms[1];
        turned.terms[1] = sum.terms[0];
        sum = turned;
    }
    return cut(s, sum);
}

/* The leaf like @wanted, an old one if there is one. */
static struct symbolic_value find_leaf(struct symbolic *s, const struct symbolic_leaf *wanted)
{
    for (guint i = 0; i < s->leaves->len; i++) {
        const struct symbolic_leaf *leaf = leaf_at(s, i);
        if (leaf->kind == wanted->kind && leaf->bits == wanted->bits &&
            leaf->is_signed == wanted->is_signed && leaf->added == wanted->added &&
            same(&leaf->of, &wanted->of)) {
            return leaf_value(i);
        }
    }
    return new_leaf(s, *wanted);
}

/*
 * A leaf that is the low @bits bits of @of because a compare says that it is lower than
 * what fits; -1.
 */
static int find_part(const struct symbolic *s, const struct symbolic_value *of, unsigned bits,
                     uint64_t below)
{
    for (guint i = 0; i < s->leaves->len; i++) {
        const struct symbolic_leaf *leaf = leaf_at(s, i);
        uint64_t limit = ones(leaf->is_signed ? leaf->bits - 1 : leaf->bits);
        if (leaf->kind == SYMBOLIC_PART && leaf->bits >= bits && leaf->compared &&
            leaf->bound <= MIN(below, limit) && same(&leaf->of, of)) {
            return (int)i;
        }
    }
    return -1;
}

/* The low @bits bits of @value, extended. */
static struct symbolic_value part(struct symbolic *s, struct symbolic_value value, unsigned bits,
                                  bool is_signed)
{
    uint64_t most, below = ones(is_signed ? bits - 1 : bits);
    const struct symbolic_leaf *leaf;
    int known;

    if (bits >= s->address_bits) {
        return cut(s, value);
    }
    if (value.n == 0) {
        return cut(s, constant(symbolic_extend(value.constant, bits, is_signed)));
    }
    while ((leaf = symbolic_leaf_of(s, &value)) && leaf->kind == SYMBOLIC_PART &&
           leaf->bits >= bits && !(highest(s, &value, &most) && most <= below)) {
        value = leaf->of;
    }
    if (highest(s, &value, &most) && most <= below) {
        return value;
    }
    known = find_part(s, &value, bits, below);
    if (known >= 0) {
        return leaf_value((unsigned)known);
    }
    struct symbolic_leaf wanted = {
        .kind = SYMBOLIC_PART,
        .bits = bits,
        .is_signed = is_signed,
        .of = value,
        .highest = is_signed ? ones(s->address_bits) : ones(bits),
    };
    return find_leaf(s, &wanted);
}

/* @value with the number @by added, which makes something new of a leaf. */
static struct symbolic_value add_number(struct symbolic *s, struct symbolic_value value,
                                        uint64_t by)
{
    by &= ones(s->address_bits);
    if (!is_leaf(&value) || by == 0) {
        value.constant += by;
        return cut(s, value);
    }
    struct symbolic_leaf wanted = {
        .kind = SYMBOLIC_SUM,
        .of = value,
        .added = by,
        .highest = ones(s->address_bits),
    };
    return find_leaf(s, &wanted);
}

/* A sum of two leaves is a leaf of its own, of which a compare may tell something. */
static struct symbolic_value as_leaf(struct symbolic *s, struct symbolic_value value)
{
    struct symbolic_leaf wanted = {
        .kind = SYMBOLIC_SUM,
        .of = value,
        .highest = ones(s->address_bits),
    };
    return value.n == 2 ? find_leaf(s, &wanted) : value;
}

/*
 * @value >> @by, for what was shifted left before: all that the shift to the left has
 * left over of a leaf is its low bits.
 */
static struct symbolic_value shift_right(struct symbolic *s, const struct symbolic_value *value,
                                         unsigned by, bool is_signed)
{
    unsigned left = value->n == 1 ? (unsigned)__builtin_ctzll(value->terms[0].factor) : 0;

    if (value->n == 0 && !is_signed) {
        return constant(value->constant >> by);
    }
    if (value->n != 1 || value->constant != 0 || value->terms[0].factor != UINT64_C(1) << left ||
        left < by || (left == 0 && by == 0)) {
        return anything(s);
    }
    struct symbolic_value low =
        part(s, leaf_value(value->terms[0].leaf), s->address_bits - left, is_signed);
    return multiply(s, low, UINT64_C(1) << (left - by));
}

/* --- what a compare tells ------------------------------------------------------- */

static void bound_leaf(struct symbolic *s, unsigned number, uint64_t bound)
{
    struct symbolic_leaf *leaf = leaf_at(s, number);

    leaf->bound = leaf->compared ? MIN(leaf->bound, bound) : bound;
    leaf->compared = true;
}

/* No higher than @bound, and so is all that is the same number then. */
static void bound_value(struct symbolic *s, const struct symbolic_value *value, uint64_t bound)
{
    if (!is_leaf(value)) {
        return;
    }
    struct symbolic_leaf leaf = *leaf_at(s, value->terms[0].leaf);
    bound_leaf(s, value->terms[0].leaf, bound);
    if (leaf.kind != SYMBOLIC_PART || bound > ones(leaf.bits - 1)) {
        return;
    }
    for (guint i = 0; i < s->leaves->len; i++) {
        const struct symbolic_leaf *other = leaf_at(s, i);
        if (other->kind == SYMBOLIC_PART && other->bits <= leaf.bits &&
            bound <= ones(other->bits - 1) && same(&other->of, &leaf.of)) {
            bound_leaf(s, i, bound);
        }
    }
    if (is_leaf(&leaf.of) && leaf_at(s, leaf.of.terms[0].leaf)->highest <= ones(leaf.bits)) {
        bound_leaf(s, leaf.of.terms[0].leaf, bound);
    }
}

static enum effect_cond otherwise(enum effect_cond cond)
{
    switch (cond) {
    case EFFECT_LOWER:
        return EFFECT_HIGHER_SAME;
    case EFFECT_LOWER_SAME:
        return EFFECT_HIGHER;
    case EFFECT_HIGHER:
        return EFFECT_LOWER_SAME;
    case EFFECT_HIGHER_SAME:
        return EFFECT_LOWER;
    default:
        return EFFECT_OTHERWISE;
    }
}

/* It is known that @a stands to @b as @cond says. */
static void learn(struct symbolic *s, const struct symbolic_value *a,
                  const struct symbolic_value *b, enum effect_cond cond)
{
    if (b->n == 0 && cond == EFFECT_LOWER_SAME) {
        bound_value(s, a, b->constant);
    } else if (b->n == 0 && cond == EFFECT_LOWER && b->constant > 0) {
        bound_value(s, a, b->constant - 1);
    } else if (a->n == 0 && cond == EFFECT_HIGHER_SAME) {
        bound_value(s, b, a->constant);
    } else if (a->n == 0 && cond == EFFECT_HIGHER && a->constant > 0) {
        bound_value(s, b, a->constant - 1);
    }
}

/* --- memory ----------------------------------------------------------------------- */

/* Whether what is at @a may share a byte with what is at @b. */
static bool may_overlap(const struct symbolic *s, const struct cell *a, const struct cell *b)
{
    uint64_t up = (a->address.constant - b->address.constant) & ones(s->address_bits);
    uint64_t down = (b->address.constant - a->address.constant) & ones(s->address_bits);

    return !same_terms(&a->address, &b->address) || up < b->bits / 8 || down < a->bits / 8;
}

static void store(struct symbolic *s, const struct cell *cell)
{
    for (guint i = s->memory->len; i > 0; i--) {
        if (may_overlap(s, cell, &g_array_index(s->memory, struct cell, i - 1))) {
            g_array_remove_index_fast(s->memory, i - 1);
        }
    }
    g_array_append_val(s->memory, *cell);
}

static struct symbolic_value load(struct symbolic *s, const struct symbolic_value *address,
                                  unsigned bits)
{
    for (guint i = 0; i < s->memory->len; i++) {
        const struct cell *cell = &g_array_index(s->memory, struct cell, i);
        if (cell->bits == bits && same(&cell->address, address)) {
            return cell->value;
        }
    }
    struct symbolic_leaf leaf = {
        .kind = SYMBOLIC_LOADED, .bits = bits, .of = *address, .highest = ones(bits)};
    struct cell cell = {*address, new_leaf(s, leaf), bits};
    g_array_append_val(s->memory, cell);
    return cell.value;
}

/* --- instructions ------------------------------------------------------------------- */

static struct symbolic_value reg_value(struct symbolic *s, unsigned reg)
{
    uint64_t number;

    if (!s->known[reg]) {
        s->known[reg] = true;
        s->regs[reg] = s->input && s->input(reg, &number, s->data) ? constant(number) : anything(s);
        s->regs[reg] = cut(s, s->regs[reg]);
    }
    return s->regs[reg];
}

static struct symbolic_value address_of(struct symbolic *s, const struct effect_operand *operand)
{
    struct symbolic_value address = constant(0), index;

    if (operand->reg != EFFECT_NO_REG) {
        address = reg_value(s, operand->reg);
    }
    if (operand->index != EFFECT_NO_REG) {
        index = part(s, reg_value(s, operand->index), operand->ibits, operand->isigned);
        index = multiply(s, index, UINT64_C(1) << operand->scale);
        address = add(s, &address, &index);
    }
    return address;
}

static struct symbolic_value operand_value(struct symbolic *s, const struct effect_operand *operand)
{
    struct symbolic_value value = constant(operand->number);

    if (operand->kind == EFFECT_REG) {
        value = part(s, reg_value(s, operand->reg), operand->bits, operand->is_signed);
    } else if (operand->kind == EFFECT_MEMORY) {
        struct symbolic_value address = address_of(s, operand);
        address.constant += operand->number;
        address = cut(s, address);
        value = load(s, &address, operand->bits);
        value = part(s, value, operand->bits, operand->is_signed);
    }
    return multiply(s, value, UINT64_C(1) << operand->shift);
}

static struct symbolic_value result(struct symbolic *s, const struct effect *effect,
                                    const struct symbolic_value *a, const struct symbolic_value *b)
{
    unsigned by = (unsigned)(b->constant & 63);

    switch (effect->op) {
    case EFFECT_MOVE:
        return *a;
    case EFFECT_ADD:
        return effect->b.kind == EFFECT_CONSTANT   ? add_number(s, *a, b->constant)
               : effect->a.kind == EFFECT_CONSTANT ? add_number(s, *b, a->constant)
                                                   : add(s, a, b);
    case EFFECT_SUB:
        return b->n == 0 ? add_number(s, *a, -b->constant) : anything(s);
    case EFFECT_SHL:
        return b->n == 0 && by < s->address_bits ? multiply(s, *a, UINT64_C(1) << by) : anything(s);
    case EFFECT_SHR:
    case EFFECT_SAR:
        return b->n == 0 && effect->bits == s->address_bits
                   ? shift_right(s, a, by, effect->op == EFFECT_SAR)
                   : anything(s);
    default:
        return anything(s);
    }
}

static void forget_regs(struct symbolic *s, uint64_t clobbers)
{
    for (unsigned reg = 0; reg < SYMBOLIC_REGS; reg++) {
        if (clobbers >> reg & 1) {
            s->known[reg] = true;
            s->regs[reg] = anything(s);
        }
    }
}

void symbolic_forget(struct symbolic *s, uint64_t clobbers)
{
    forget_regs(s, clobbers);
    s->flags_known = false;
    g_array_set_size(s->memory, 0);
}

void symbolic_set(struct symbolic *s, unsigned reg, uint64_t number)
{
    s->known[reg] = true;
    s->regs[reg] = cut(s, constant(number));
}

/* What a branch that went where it went tells, or a jump that is made on a condition. */
static void decide(struct symbolic *s, const struct effect *effect, bool taken)
{
    enum effect_cond cond = taken ? effect->cond : otherwise(effect->cond);

    if (effect->with_flags && s->flags_known) {
        learn(s, &s->flags_a, &s->flags_b, cond);
    } else if (!effect->with_flags && effect->op == EFFECT_BRANCH && effect->a.kind &&
               effect->b.kind) {
        struct symbolic_value a = operand_value(s, &effect->a);
        struct symbolic_value b = operand_value(s, &effect->b);
        learn(s, &a, &b, cond);
    }
}

void symbolic_step(struct symbolic *s, const struct effect *effect, bool taken)
{
    struct symbolic_value a, b, value = {0};
    bool sets = effect->dst != EFFECT_NO_REG;

    if (effect->op == EFFECT_BRANCH || effect->op == EFFECT_JUMP) {
        decide(s, effect, taken);
        return;
    }
    if (effect->op == EFFECT_ADDRESS) {
        a = address_of(s, &effect->a);
        value = add_number(s, a, effect->a.number);
    } else if (effect->op == EFFECT_STORE) {
        struct cell cell = {address_of(s, &effect->a), operand_value(s, &effect->b),
                            effect->a.bits};
        cell.address.constant += effect->a.number;
        cell.address = cut(s, cell.address);
        cell.value = part(s, cell.value, cell.bits, false);
        store(s, &cell);
    } else if (effect->op == EFFECT_ANY) {
        value = anything(s);
    } else if (effect->op != EFFECT_NONE) {
        a = operand_value(s, &effect->a);
        b = effect->b.kind ? operand_value(s, &effect->b) : constant(0);
        value = result(s, effect, &a, &b);
    }
    if (effect->clobbers_memory) {
        g_array_set_size(s->memory, 0);
    }
    forget_regs(s, effect->clobbers);
    s->flags_known = s->flags_known && !effect->clobbers_flags;
    if (effect->compares) {
        s->flags_known = true;
        s->flags_a = part(s, a, effect->bits, false);
        s->flags_b = part(s, b, effect->bits, false);
    }
    if (sets && effect->op != EFFECT_NONE && effect->op != EFFECT_STORE) {
        s->known[effect->dst] = true;
        s->regs[effect->dst] = as_leaf(s, part(s, value, effect->bits, effect->is_signed));
    }
}

struct symbolic_value symbolic_jump(struct symbolic *s, const struct effect *effect)
{
    struct symbolic_value a, b;

    decide(s, effect, true);
    a = operand_value(s, &effect->a);
    b = operand_value(s, &effect->b);
    return add(s, &a, &b);
}
