/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the instruction back over all ways, as far as the ones that write the register:
 * they must all write the same number.  Open jumps may lead to any instruction, save
 * where a number is put together by several in a row (auipc and addi, adrp and add):
 * compilers have no label between these.  An instruction to which no way is known is one
 * to which an open jump leads, or a handler of exceptions, which comes after a call.
 */
#include "lib/jumps/constant.h"

#include <string.h>

#include "lib/jumps/symbolic.h"

#define MAX_DEPTH 8u
#define MAX_ABOVE 8u /* instructions that put one number together */

struct answer {
    bool is_constant;
    uint64_t number;
};

struct walk {
    struct constants *c;
    unsigned reg, depth;
    bool *seen;
    GArray *todo;    /* uint32_t: instructions that come before */
    bool everywhere; /* the open jumps are in todo */
    bool any;        /* a number was found */
    uint64_t number;
};

static bool before(struct constants *c, uint32_t i, unsigned reg, unsigned depth, uint64_t *number);

void constants_init(struct constants *c, struct code *code, GArray *open)
{
    c->code = code;
    c->open = open;
    c->guessing = false;
    c->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
}

void constants_clear(struct constants *c)
{
    g_hash_table_unref(c->known);
}

void constants_again(struct constants *c)
{
    g_hash_table_remove_all(c->known);
}

/* --- what one instruction writes ------------------------------------------------------ */

static uint64_t cut(const struct code *code, uint64_t number)
{
    return code->module->isa->address_bits == 32 ? (uint32_t)number : number;
}

static bool address_before(struct constants *c, uint32_t i, const struct effect_operand *operand,
                           unsigned depth, uint64_t *address)
{
    uint64_t base = 0, index = 0;

    if ((operand->reg != EFFECT_NO_REG && !before(c, i, operand->reg, depth, &base)) ||
        (operand->index != EFFECT_NO_REG && !before(c, i, operand->index, depth, &index))) {
        return false;
    }
    index = symbolic_extend(index, operand->ibits, operand->isigned) << operand->scale;
    *address = cut(c->code, base + index + operand->number);
    return true;
}

static bool operand_before(struct constants *c, uint32_t i, const struct effect_operand *operand,
                           unsigned depth, uint64_t *number)
{
    uint64_t address;

    *number = operand->number;
    if (operand->kind == EFFECT_REG) {
        if (!before(c, i, operand->reg, depth, number)) {
            return false;
        }
        *number = symbolic_extend(*number, operand->bits, operand->is_signed);
    } else if (operand->kind == EFFECT_MEMORY) {
        const unsigned char *bytes = NULL;
        if (address_before(c, i, operand, depth, &address)) {
            bytes = code_constant(c->code->module, address, operand->bits / 8);
        }
        if (!bytes) {
            return false;
        }
        *number = 0;
        memcpy(number, bytes, operand->bits / 8);
        *number = symbolic_extend(*number, operand->bits, operand->is_signed);
    }
    *number <<= operand->shift;
    return true;
}

/* What instruction @i, which writes a register, writes there. */
static bool written(struct constants *c, uint32_t i, const struct effect *effect, unsigned depth,
                    uint64_t *number)
{
    uint64_t a = 0, b = 0;

    if (effect->op == EFFECT_ANY) {
        return false;
    }
    if (effect->op == EFFECT_ADDRESS) {
        if (!address_before(c, i, &effect->a, depth, &a)) {
            return false;
        }
    } else if (!operand_before(c, i, &effect->a, depth, &a) ||
               (effect->b.kind && !operand_before(c, i, &effect->b, depth, &b))) {
        return false;
    }
    switch (effect->op) {
    case EFFECT_MOVE:
    case EFFECT_ADDRESS:
        break;
    case EFFECT_ADD:
        a += b;
        break;
    case EFFECT_SUB:
        a -= b;
        break;
    case EFFECT_SHL:
        a <<= b & 63;
        break;
    default:
        return false;
    }
    *number = cut(c->code, symbolic_extend(a, effect->bits, effect->is_signed));
    return true;
}

/* A call of a function, not of the next instruction, which only takes the address. */
static bool is_call(const struct code_insn *insn)
{
    return insn->class == ISA_INDIRECT_CALL ||
           (insn->class == ISA_CALL &&
            !(insn->has_target && insn->target == insn->address + insn->size));
}

/* --- the way back --------------------------------------------------------------------- */

static bool found(struct walk *w, uint64_t number)
{
    bool same = !w->any || w->number == number;

    w->any = true;
    w->number = number;
    return same;
}

/* Instruction @i comes before.  Returns false if it may leave different numbers. */
static bool visit(struct walk *w, uint32_t i, bool *goes_on)
{
    struct code *code = w->c->code;
    const struct code_insn *insn = code_insn(code, i);
    uint64_t number, bit = UINT64_C(1) << w->reg;
    unsigned reg;

    *goes_on = false;
    if (code_gets_pc(code, i, &reg, &number)) {
        *goes_on = reg != w->reg;
        return *goes_on || found(w, cut(code, number));
    }
    if (is_call(insn) || insn->class == ISA_SYSCALL) {
        *goes_on = !(code->module->effects->by_call & bit);
        return *goes_on;
    }
    const struct effect *effect = code_effect(code, i);
    if (insn->class == ISA_UNKNOWN || (effect->clobbers & bit)) {
        return false;
    }
    if (effect->dst == w->reg) {
        return written(w->c, i, effect, w->depth + 1, &number) && found(w, number);
    }
    *goes_on = true;
    return true;
}

static void add_everywhere(struct walk *w)
{
    if (w->everywhere) {
        return;
    }
    w->everywhere = true;
    g_array_append_vals(w->todo, w->c->open->data, w->c->open->len);
    for (guint i = 0; i < w->c->code->insns->len; i++) {
        const struct code_insn *insn = code_insn(w->c->code, i);
        unsigned reg;
        uint64_t pc;
        if (is_call(insn) && !code_gets_pc(w->c->code, i, &reg, &pc)) {
            g_array_append_val(w->todo, i);
        }
    }
}

/* What can come before instruction @i.  Returns false if that is the caller. */
static bool add_before(struct walk *w, uint32_t i)
{
    size_t n;
    const struct code_way *ways = code_ways_to(w->c->code, i, &n);

    if (i == w->c->code->entry) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        g_array_append_val(w->todo, ways[k].from);
    }
    if (n == 0 && !w->c->guessing) {
        add_everywhere(w);
    }
    return true;
}

static bool walk(struct walk *w, uint32_t i)
{
    bool goes_on, fine = add_before(w, i);

    g_array_append_vals(w->todo, w->c->open->data, w->c->open->len);
    while (fine && w->todo->len > 0 && (fine = code_pay(w->c->code))) {
        uint32_t at = g_array_index(w->todo, uint32_t, w->todo->len - 1);
        g_array_set_size(w->todo, w->todo->len - 1);
        if (!w->seen[at]) {
            w->seen[at] = true;
            fine = visit(w, at, &goes_on) && (!goes_on || add_before(w, at));
        }
    }
    return fine && w->any;
}

/*
 * The instruction that writes @reg before @i in straight-line code, into which no way is
 * known but from above; CODE_NONE.
 */
static uint32_t find_above(const struct walk *w, uint32_t i)
{
    for (unsigned steps = 0; steps < MAX_ABOVE; steps++) {
        size_t n;
        bool goes_on;
        struct walk look = *w;
        const struct code_way *ways = code_ways_to(w->c->code, i, &n);
        if (n != 1 || ways[0].taken) {
            return CODE_NONE;
        }
        i = ways[0].from;
        if (!visit(&look, i, &goes_on) || look.any) {
            return look.any ? i : CODE_NONE;
        }
    }
    return CODE_NONE;
}

static bool before(struct constants *c, uint32_t i, unsigned reg, unsigned depth, uint64_t *number)
{
    int64_t key = (int64_t)i << 8 | reg;
    struct answer *answer = g_hash_table_lookup(c->known, &key);

    if (!answer) {
        struct walk w = {.c = c, .reg = reg, .depth = depth};
        answer = g_new0(struct answer, 1);
        /* While it is looked for it is not known: numbers that depend on themselves. */
        g_hash_table_insert(c->known, g_memdup2(&key, sizeof(key)), answer);
        if (depth < MAX_DEPTH) {
            w.seen = g_new0(bool, c->code->insns->len);
            w.todo = g_array_new(FALSE, FALSE, sizeof(uint32_t));
            bool goes_on;
            uint32_t above = depth > 0 ? find_above(&w, i) : CODE_NONE;
            answer->is_constant =
                above != CODE_NONE ? visit(&w, above, &goes_on) && w.any : walk(&w, i);
            answer->number = w.number;
            g_free(w.seen);
            g_array_unref(w.todo);
        }
    }
    *number = answer->number;
    return answer->is_constant;
}

bool constants_before(struct constants *c, uint32_t i, unsigned reg, uint64_t *number)
{
    return before(c, i, reg, 0, number);
}
