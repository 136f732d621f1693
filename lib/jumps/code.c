/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jumps/code.h"

#include <string.h>

/* A hundred times what compilers' code needs. */
#define LOOKS          1000000u
#define LOOKS_PER_INSN 1000u

/* --- instructions -------------------------------------------------------------------- */

/* How many instructions an IT predicates: its mask ends with a set bit. */
static unsigned it_length(const uint8_t *bytes)
{
    unsigned mask = bytes[0] & 0xf;

    return mask ? 4 - (unsigned)__builtin_ctz(mask) : 0;
}

static bool ends(const struct isa_insn *insn, bool thumb, bool predicated)
{
    bool may_skip = (insn->flags & ISA_MAY_SKIP) && (!thumb || predicated);

    switch (insn->class) {
    case ISA_JUMP:
    case ISA_RETURN:
    case ISA_INDIRECT_JUMP:
        return !may_skip;
    case ISA_TRAP:
        return true;
    default:
        return false;
    }
}

static bool read_range(struct code *code, uint64_t start, uint64_t end)
{
    const struct code_module *m = code->module;
    bool marks = !g_str_equal(m->isa->name, "x86_64") && !g_str_equal(m->isa->name, "i386");
    unsigned predicated = 0;
    size_t n;
    const unsigned char *bytes = cflow_symbols_code(m->symbols, m->path, m->build_id, start, &n);

    if (!bytes || n < end - start) {
        return false;
    }
    for (uint64_t at = 0; at < end - start;) {
        uint64_t pc = start + at;
        struct isa_insn insn;
        if (marks && cflow_symbols_is_data(m->symbols, m->path, m->build_id, pc)) {
            at += 2 - (pc & 1);
            continue;
        }
        bool thumb = marks && cflow_symbols_is_thumb(m->symbols, m->path, m->build_id, pc);
        m->isa->decode(pc, bytes + at, end - start - at, thumb ? ISA_MODE_THUMB : ISA_MODE_DEFAULT,
                       &insn);
        if (insn.size == 0) {
            return false;
        }
        struct code_insn found = {
            .address = pc,
            .target = insn.target,
            .size = (uint8_t)insn.size,
            .class = (uint8_t)insn.class,
            .has_target =
                (insn.flags & ISA_HAS_TARGET) &&
                (insn.class == ISA_JUMP || insn.class == ISA_COND || insn.class == ISA_CALL),
            .thumb = thumb,
            .predicated = predicated > 0,
            .goes_on = !ends(&insn, thumb, predicated > 0),
        };
        g_array_append_val(code->insns, found);
        predicated = insn.flags & ISA_OPENS_IT ? it_length(bytes + at) : predicated - !!predicated;
        at += insn.size;
    }
    return true;
}

const struct code_insn *code_insn(const struct code *code, uint32_t i)
{
    return &g_array_index(code->insns, struct code_insn, i);
}

uint32_t code_find(const struct code *code, uint64_t address)
{
    guint low = 0, high = code->insns->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (code_insn(code, middle)->address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < code->insns->len && code_insn(code, low)->address == address ? low : CODE_NONE;
}

static int compare_insns(const void *pa, const void *pb)
{
    const struct code_insn *a = pa, *b = pb;

    return a->address < b->address ? -1 : a->address > b->address;
}

/* --- ways ----------------------------------------------------------------------------- */

static int compare_ways(const void *pa, const void *pb)
{
    const struct code_way *a = pa, *b = pb;

    if (a->to != b->to) {
        return a->to < b->to ? -1 : 1;
    }
    return a->from < b->from ? -1 : a->from > b->from;
}

static void add_way(struct code *code, uint32_t from, uint64_t target, bool taken)
{
    struct code_way way = {code_find(code, target), from, taken};

    if (way.to != CODE_NONE) {
        g_array_append_val(code->ways, way);
    }
}

static bool does_nothing(struct code *code, uint32_t i)
{
    const struct effect *effect = code_effect(code, i);

    return code_insn(code, i)->class == ISA_PLAIN && effect->op == EFFECT_NONE &&
           !effect->compares && effect->clobbers == 0 && !effect->clobbers_flags &&
           !effect->clobbers_memory;
}

/*
 * Instructions that do nothing and come after a jump, where no branch leads to: they align
 * the label behind them.  As a way to that label they would come from anywhere.
 */
static void find_padding(struct code *code)
{
    g_autofree bool *reached = g_new0(bool, code->insns->len + 1);

    for (guint i = 0; i < code->insns->len; i++) {
        const struct code_insn *insn = code_insn(code, i);
        uint32_t target = insn->has_target ? code_find(code, insn->target) : CODE_NONE;
        if (target != CODE_NONE) {
            reached[target] = true;
        }
    }
    reached[code->entry == CODE_NONE ? code->insns->len : code->entry] = true;
    for (guint i = 0; i < code->insns->len; i++) {
        const struct code_insn *insn = code_insn(code, i);
        code->padding[i] = !reached[i] && does_nothing(code, i);
        if (insn->goes_on && !code->padding[i] && i + 1 < code->insns->len &&
            code_insn(code, i + 1)->address == insn->address + insn->size) {
            reached[i + 1] = true;
        }
    }
}

/* Whether @insn calls a function that never comes back, by its name. */
static bool calls_end(const struct code *code, const struct code_insn *insn)
{
    static const char *const names[] = {
        "__assert_fail",  "__assert_perror_fail",
        "__chk_fail",     "__cxa_bad_cast",
        "__cxa_rethrow",  "__cxa_throw",
        "__fortify_fail", "__libc_fatal",
        "__longjmp_chk",  "__stack_chk_fail",
        "_Exit",          "_Unwind_Resume",
        "_exit",          "abort",
        "exit",           "longjmp",
        "siglongjmp",
    };
    const struct code_module *m = code->module;
    const struct cflow_function *f =
        insn->class == ISA_CALL && insn->has_target
            ? cflow_symbols_function_at(m->symbols, m->path, m->build_id, insn->target)
            : NULL;
    size_t length = f && f->name && f->start == insn->target ? strcspn(f->name, "@") : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(names) && length > 0; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], f->name, length) == 0) {
            return true;
        }
    }
    return false;
}

static void find_ends(struct code *code)
{
    for (guint i = 0; i < code->insns->len; i++) {
        struct code_insn *insn = &g_array_index(code->insns, struct code_insn, i);
        insn->goes_on = insn->goes_on && !calls_end(code, insn);
    }
}

void code_find_ways(struct code *code)
{
    if (!code->effects) {
        find_ends(code);
        code->budget = LOOKS + LOOKS_PER_INSN * (uint64_t)code->insns->len;
        code->effects = g_new(struct effect, code->insns->len + 1);
        code->have_effect = g_new0(bool, code->insns->len + 1);
        code->padding = g_new0(bool, code->insns->len + 1);
    }
    find_padding(code);
    g_array_set_size(code->ways, 0);
    for (guint i = 0; i < code->insns->len; i++) {
        const struct code_insn *insn = code_insn(code, i);
        if (insn->goes_on && !code->padding[i]) {
            add_way(code, i, insn->address + insn->size, false);
        }
        if (insn->has_target && insn->class != ISA_CALL) {
            add_way(code, i, insn->target, true);
        }
    }
    g_array_sort(code->ways, compare_ways);
}

const struct code_way *code_ways_to(const struct code *code, uint32_t to, size_t *n)
{
    guint low = 0, high = code->ways->len, end;
    const struct code_way *ways = (const struct code_way *)(const void *)code->ways->data;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (ways[middle].to < to) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (end = low; end < code->ways->len && ways[end].to == to; end++) {
    }
    *n = end - low;
    return ways + low;
}

void code_add_ways(struct code *code, uint32_t from, const uint64_t *targets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = code_find(code, targets[i]);
        add_way(code, from, targets[i], true);
        for (; at < code->insns->len && code->padding[at]; at++) { /* it was none */
            code->padding[at] = false;
            add_way(code, at, code_insn(code, at)->address + code_insn(code, at)->size, false);
        }
    }
    g_array_sort(code->ways, compare_ways);
}

/* --- all of it ------------------------------------------------------------------------ */

bool code_read(struct code *code, const struct code_module *module, const uint64_t *starts,
               const uint64_t *ends, size_t n)
{
    *code = (struct code){
        .module = module,
        .insns = g_array_new(FALSE, FALSE, sizeof(struct code_insn)),
        .ways = g_array_new(FALSE, FALSE, sizeof(struct code_way)),
        .entry = CODE_NONE,
    };
    for (size_t i = 0; i < n; i++) {
        if (!read_range(code, starts[i], ends[i])) {
            return false;
        }
    }
    g_array_sort(code->insns, compare_insns);
    code->entry = code_find(code, starts[0]);
    return true;
}

void code_clear(struct code *code)
{
    g_clear_pointer(&code->insns, g_array_unref);
    g_clear_pointer(&code->ways, g_array_unref);
    g_free(code->effects);
    g_free(code->have_effect);
    g_free(code->padding);
}

const struct effect *code_effect(struct code *code, uint32_t i)
{
    const struct code_module *m = code->module;
    const struct code_insn *insn = code_insn(code, i);
    struct effect *effect = &code->effects[i];
    size_t n;

    if (code->have_effect[i]) {
        return effect;
    }
    const unsigned char *bytes =
        cflow_symbols_code(m->symbols, m->path, m->build_id, insn->address, &n);
    *effect = (struct effect){.dst = EFFECT_NO_REG};
    m->effects->decode(insn->address, bytes, MIN(n, insn->size),
                       insn->thumb ? ISA_MODE_THUMB : ISA_MODE_DEFAULT, effect);
    if (insn->predicated) {
        uint64_t dst = effect->dst == EFFECT_NO_REG ? 0 : UINT64_C(1) << effect->dst;
        effect_unknown(effect, effect->clobbers | dst);
    }
    code->have_effect[i] = true;
    return effect;
}

bool code_gets_pc(const struct code *code, uint32_t i, unsigned *reg, uint64_t *pc)
{
    const struct code_module *m = code->module;
    const struct code_insn *insn = code_insn(code, i),
                           *above = i > 0 ? code_insn(code, i - 1) : NULL;
    size_t n;

    if (!m->effects->is_pc_thunk) {
        return false;
    }
    if (insn->class == ISA_CALL && insn->has_target) {
        const unsigned char *called =
            cflow_symbols_code(m->symbols, m->path, m->build_id, insn->target, &n);
        *pc = insn->address + insn->size;
        return called && m->effects->is_pc_thunk(called, n, reg);
    }
    if (above && above->class == ISA_CALL && above->has_target && above->target == insn->address &&
        above->address + above->size == insn->address) {
        const unsigned char *bytes =
            cflow_symbols_code(m->symbols, m->path, m->build_id, insn->address, &n);
        *pc = insn->address;
        return bytes && m->effects->is_pop(bytes, n, reg);
    }
    return false;
}

const unsigned char *code_constant(const struct code_module *module, uint64_t address, size_t size)
{
    size_t n;
    const unsigned char *bytes =
        cflow_symbols_constant(module->symbols, module->path, module->build_id, address, &n);

    return bytes && n >= size ? bytes : NULL;
}
