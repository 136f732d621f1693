/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All ways that lead to the jump are followed back, each until what is on it proves
 * where the jump goes: a compare of the index with a number, which the way leaves by the
 * side of lower ones, and a constant address of the table.  They must all say the same,
 * but for the highest index.
 */
#include "lib/jumps/follow.h"

#include "lib/jumps/symbolic.h"

#define MAX_STEPS 64u /* of one way; from the compare to the jump it is a dozen */
#define MAX_WAYS  64u /* to one jump */

struct step {
    uint32_t insn;
    bool taken;
};

struct search {
    struct code *code;
    struct constants *constants;
    uint32_t jump;
    GArray *steps;        /* struct step: the way, from the jump back */
    unsigned steps_taken; /* on all ways */
    bool any;
    struct followed found;
};

/* A symbolic input: @data is a struct search. */
static bool input(unsigned reg, uint64_t *value, void *data)
{
    const struct search *s = data;
    uint32_t first = s->jump;

    if (s->steps->len > 0) {
        first = g_array_index(s->steps, struct step, s->steps->len - 1).insn;
    }
    return constants_before(s->constants, first, reg, value);
}

static void step(struct symbolic *symbolic, struct search *s, const struct step *step)
{
    const struct code_insn *insn = code_insn(s->code, step->insn);
    uint64_t by_call = s->code->module->effects->by_call, pc;
    unsigned reg;

    if (code_gets_pc(s->code, step->insn, &reg, &pc)) {
        symbolic_set(symbolic, reg, pc);
        return;
    }
    switch (insn->class) {
    case ISA_UNKNOWN:
    case ISA_SYSTEM:
        symbolic_forget(symbolic, UINT64_MAX);
        break;
    case ISA_CALL:
    case ISA_INDIRECT_CALL:
    case ISA_SYSCALL:
        symbolic_forget(symbolic, by_call);
        break;
    default:
        symbolic_step(symbolic, code_effect(s->code, step->insn), step->taken);
    }
}

/* Whether @value is a table's entry, or the low part of one. */
static bool is_entry(const struct symbolic *symbolic, const struct symbolic_leaf *leaf,
                     struct followed *out)
{
    const struct symbolic_leaf *loaded = leaf;

    out->part_bits = leaf->bits;
    if (leaf->kind == SYMBOLIC_PART) {
        loaded = symbolic_leaf_of(symbolic, &leaf->of);
        out->is_signed = leaf->is_signed;
    }
    if (!loaded || loaded->kind != SYMBOLIC_LOADED || loaded->of.n != 1) {
        return false;
    }
    const struct symbolic_leaf *index =
        &g_array_index(symbolic->leaves, struct symbolic_leaf, loaded->of.terms[0].leaf);
    out->table = loaded->of.constant;
    out->entry_bits = loaded->bits;
    out->highest = MIN(index->bound, index->highest);
    return index->compared && loaded->of.terms[0].factor == loaded->bits / 8;
}

/* Whether @target, which a jump goes to, is one of a known set. */
static bool understand(const struct symbolic *symbolic, const struct symbolic_value *target,
                       struct followed *out)
{
    *out = (struct followed){0};
    if (target->n != 1) {
        return false;
    }
    const struct symbolic_leaf *leaf =
        &g_array_index(symbolic->leaves, struct symbolic_leaf, target->terms[0].leaf);
    out->base = target->constant;
    out->factor = target->terms[0].factor;
    if (is_entry(symbolic, leaf, out)) {
        return true;
    }
    if (!leaf->compared) {
        return false;
    }
    *out = (struct followed){
        .base = target->constant,
        .factor = target->terms[0].factor,
        .highest = MIN(leaf->bound, leaf->highest),
    };
    return true;
}

/* But for the highest index. */
static bool is_alike(const struct followed *a, const struct followed *b)
{
    return a->base == b->base && a->factor == b->factor && a->table == b->table &&
           a->entry_bits == b->entry_bits && a->part_bits == b->part_bits &&
           a->is_signed == b->is_signed;
}

/* What the way says that was found so far: 1 where the jump goes, 0 nothing, -1 else. */
static int evaluate(struct search *s)
{
    struct symbolic symbolic;
    struct symbolic_value target;
    struct followed found;
    int says = 0;

    symbolic_init(&symbolic, s->code->module->isa->address_bits);
    symbolic.input = input;
    symbolic.data = s;
    for (guint i = s->steps->len; i > 0; i--) {
        code_pay(s->code);
        step(&symbolic, s, &g_array_index(s->steps, struct step, i - 1));
    }
    target = symbolic_jump(&symbolic, code_effect(s->code, s->jump));
    if (understand(&symbolic, &target, &found)) {
        says = s->any && !is_alike(&found, &s->found) ? -1 : 1;
        found.highest = s->any ? MAX(found.highest, s->found.highest) : found.highest;
        s->found = found;
        s->any = true;
    }
    symbolic_clear(&symbolic);
    return says;
}

static bool is_on_way(const struct search *s, uint32_t insn)
{
    bool found = insn == s->jump;

    for (guint i = 0; !found && i < s->steps->len; i++) {
        found = g_array_index(s->steps, struct step, i).insn == insn;
    }
    return found;
}

/* Whether the way that was found so far can say something now that it could not before. */
static bool is_worth_a_look(const struct search *s, size_t n_ways, bool one_goes_on)
{
    bool compares = code_effect(s->code, s->jump)->with_flags;

    for (guint i = 0; !compares && i < s->steps->len; i++) {
        compares =
            code_effect(s->code, g_array_index(s->steps, struct step, i).insn)->op == EFFECT_BRANCH;
    }
    if (!compares) {
        return false;
    }
    const struct step *first =
        s->steps->len ? &g_array_index(s->steps, struct step, s->steps->len - 1) : NULL;
    const struct effect *effect = first ? code_effect(s->code, first->insn) : NULL;
    return n_ways != 1 || !one_goes_on ||
           (effect && (effect->compares || (effect->op == EFFECT_BRANCH && !effect->with_flags))) ||
           s->steps->len % 8 == 7;
}

/* From instruction @first of the way on back. */
static bool go_back(struct search *s, uint32_t first)
{
    size_t n;
    const struct code_way *ways = code_ways_to(s->code, first, &n);

    if (is_worth_a_look(s, n, n == 1 && !ways[0].taken)) {
        int says = evaluate(s);
        if (says != 0) {
            return says > 0;
        }
    }
    if (n == 0 || first == s->code->entry || s->steps->len >= MAX_STEPS) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        struct step next = {ways[k].from, ways[k].taken};
        if (is_on_way(s, next.insn) || ++s->steps_taken > MAX_STEPS * MAX_WAYS ||
            !code_pay(s->code)) {
            return false;
        }
        g_array_append_val(s->steps, next);
        bool fine = go_back(s, next.insn);
        g_array_set_size(s->steps, s->steps->len - 1);
        if (!fine) {
            return false;
        }
    }
    return true;
}

bool follow(struct code *code, struct constants *constants, uint32_t i, struct followed *out)
{
    struct search s = {.code = code, .constants = constants, .jump = i};
    bool fine = false;

    if (!code_insn(code, i)->predicated && code_effect(code, i)->op == EFFECT_JUMP) {
        s.steps = g_array_new(FALSE, FALSE, sizeof(struct step));
        fine = go_back(&s, i) && s.any;
        g_array_unref(s.steps);
    }
    *out = s.found;
    return fine;
}

bool follow_is_same(const struct followed *a, const struct followed *b)
{
    return is_alike(a, b) && a->highest == b->highest;
}
