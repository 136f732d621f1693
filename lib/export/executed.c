/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/executed.h"

#include <string.h>

#include "isa/isa.h"
#include "lib/profile/cuts.h"

/* The work on one module. */
struct work {
    const struct cflow_export *export;
    const struct cflow_module *module;
    const struct isa *isa;
    GArray *walk;     /* uint64_t: addresses of the instructions of one block */
    GArray *counts;   /* struct cflow_executed, in any order, one address several times */
    GArray *partial;  /* the same: instructions of blocks that were left, with 0 */
    GArray *entries;  /* struct cflow_block: those that were left, sorted */
    GArray *departed; /* the same: instructions that blocks were left before, sorted */
};

static void append(GArray *array, uint64_t address, int64_t count)
{
    struct cflow_executed item = {address, count};

    g_array_append_val(array, item);
}

static int compare_addresses(const void *pa, const void *pb)
{
    const struct cflow_executed *a = pa, *b = pb;

    return a->address < b->address ? -1 : a->address > b->address;
}

/* Sorts and adds up what is at one address. */
static void sum_up(GArray *array)
{
    struct cflow_executed *e = (struct cflow_executed *)(void *)array->data;
    guint kept = 0;

    if (array->len == 0) {
        return;
    }
    qsort(e, array->len, sizeof(*e), compare_addresses);
    for (guint i = 1; i < array->len; i++) {
        if (e[kept].address == e[i].address) {
            e[kept].count = cflow_add_counts(e[kept].count, e[i].count);
        } else {
            e[++kept] = e[i];
        }
    }
    g_array_set_size(array, kept + 1);
}

/* Whether decoding in @mode meets exactly the instructions that the block is said to have. */
static bool walk_mode(struct work *w, const struct cflow_block *block, enum isa_mode mode,
                      const uint8_t *code, size_t n)
{
    uint64_t at = block->start;

    g_array_set_size(w->walk, 0);
    for (int64_t i = 0; i < block->insns; i++) {
        struct isa_insn insn;
        size_t used = (size_t)(at - block->start);
        if (at > block->last || used >= n) {
            return false;
        }
        g_array_append_val(w->walk, at);
        if (i + 1 == block->insns) {
            return at == block->last;
        }
        w->isa->decode(at, code + used, MIN(n - used, w->isa->max_size), mode, &insn);
        if (!insn.size) {
            return false;
        }
        at += insn.size;
    }
    return false;
}

/* Leaves the addresses of the block's instructions in @walk. */
static bool walk_block(struct work *w, const struct cflow_block *block)
{
    size_t n = 0;

    if (block->insns == 1 && block->start == block->last) {
        g_array_set_size(w->walk, 0);
        g_array_append_val(w->walk, block->start);
        return true;
    }
    const uint8_t *code = cflow_symbols_code(w->export->symbols, w->module->path,
                                             w->module->build_id, block->start, &n);
    if (!code || !w->isa) {
        return false;
    }
    /* Arm's mode need not be known: where both walks fit they find the same. */
    return walk_mode(w, block, ISA_MODE_DEFAULT, code, n) ||
           (strcmp(w->isa->name, "arm") == 0 && walk_mode(w, block, ISA_MODE_THUMB, code, n));
}

static void count_block(struct work *w, const struct cflow_block *block,
                        struct cflow_inexact *inexact)
{
    int64_t left = block->entered - block->completed, all;

    if (!walk_block(w, block)) {
        if (__builtin_mul_overflow(block->insns, block->completed, &all)) {
            all = INT64_MAX;
        }
        append(w->counts, block->start, all);
        inexact->lumped = cflow_add_counts(inexact->lumped, all);
        inexact->unplaced = cflow_add_counts(inexact->unplaced, left);
        return;
    }
    for (guint i = 0; i < w->walk->len; i++) {
        uint64_t address = g_array_index(w->walk, uint64_t, i);
        append(w->counts, address, block->completed);
        if (left) {
            append(w->partial, address, 0);
        }
    }
    if (left) {
        g_array_append_val(w->entries, *block);
    }
}

/* Whether a block that was left has an instruction at @address. */
static bool is_partial(const struct work *w, uint64_t address)
{
    const struct cflow_executed key = {address, 0};

    return w->partial->len &&
           bsearch(&key, w->partial->data, w->partial->len, sizeof(key), compare_addresses);
}

/* A block that was cut ends where control went on: behind an instruction that did complete. */
static void find_cuts(struct work *w, const cflow_flow *flow, const struct cflow_block *blocks,
                      size_t n)
{
    g_autoptr(GArray) cuts = cflow_cuts(flow, w->module->id, blocks, n);

    for (guint i = 0; i < cuts->len; i++) {
        const struct cflow_cut *cut = &g_array_index(cuts, struct cflow_cut, i);
        append(w->departed, cut->next, cut->count);
    }
}

/*
 * Adds where blocks were left, and takes away what did not complete though its
 * block did: a repeated string instruction comes back to itself.
 */
static bool find_departures(struct work *w, const cflow_flow *flow, GError **error)
{
    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        if (fault->src_module != w->module->id) {
            continue;
        }
        if (fault->mid_block == 1) {
            append(w->departed, fault->src, fault->count);
        } else if (fault->kind == CFLOW_RETRY) {
            g_autoptr(cflow_insn) insn =
                cflow_query_insn(w->export->profile, fault->src_module, fault->src, error);
            if (!insn) {
                return false;
            }
            if (strcmp(insn->class, "repeat") != 0 && is_partial(w, fault->src)) {
                append(w->departed, fault->src, fault->count);
            } else if (strcmp(insn->class, "syscall") != 0) { /* that did complete */
                append(w->counts, fault->src, -fault->count);
            }
        }
    }
    sum_up(w->departed);
    return true;
}

/* Code without a gap between blocks that were left. */
struct stretch {
    uint64_t last;   /* address of the last instruction in it */
    int64_t unknown; /* passes that ended at a place that is not known */
};

/* The stretch that begins with the block *@entry of @entries; moves *@entry behind it. */
static struct stretch next_stretch(const struct work *w, guint *entry)
{
    const struct cflow_block *b = (const struct cflow_block *)(void *)w->entries->data;
    const struct cflow_executed *out = (const struct cflow_executed *)(void *)w->departed->data;
    uint64_t first = b[*entry].start;
    struct stretch stretch = {.last = b[*entry].last};
    int64_t left = 0;

    for (; *entry < w->entries->len && b[*entry].start <= stretch.last; ++*entry) {
        stretch.last = MAX(stretch.last, b[*entry].last);
        left = cflow_add_counts(left, b[*entry].entered - b[*entry].completed);
    }
    for (guint o = 0; o < w->departed->len; o++) {
        if (out[o].address >= first && out[o].address <= stretch.last &&
            is_partial(w, out[o].address)) {
            left = cflow_add_counts(left, -out[o].count);
        }
    }
    stretch.unknown = MAX(left, 0);
    return stretch;
}

/*
 * What blocks ran before they were left.  Going up through the code, the number
 * of passes in progress grows where such blocks begin and falls where they are
 * left; no need to know which of several overlapping blocks was left where.
 */
static void count_partial(struct work *w, struct cflow_inexact *inexact)
{
    const struct cflow_block *in = (const struct cflow_block *)(void *)w->entries->data;
    const struct cflow_executed *out = (const struct cflow_executed *)(void *)w->departed->data;
    struct stretch stretch = {0, 0};
    guint i = 0, o = 0, next = 0;
    int64_t passes = 0;

    for (guint p = 0; p < w->partial->len; p++) {
        uint64_t at = g_array_index(w->partial, struct cflow_executed, p).address;
        if (p == 0 || at > stretch.last) {
            stretch = next_stretch(w, &next);
            inexact->unplaced = cflow_add_counts(inexact->unplaced, stretch.unknown);
            passes = 0;
        }
        for (; i < next && in[i].start <= at; i++) {
            passes = cflow_add_counts(passes, in[i].entered - in[i].completed);
        }
        while (o < w->departed->len && out[o].address < at) {
            o++; /* in a block that could not be decoded */
        }
        if (o < w->departed->len && out[o].address == at) {
            passes = cflow_add_counts(passes, -out[o].count);
        }
        if (!stretch.unknown) {
            append(w->counts, at, passes);
            passes = MAX(passes, 0); /* a retry of the last instruction, see above */
        } else if (passes > stretch.unknown) {
            append(w->counts, at, passes - stretch.unknown);
        }
    }
}

static void drop_unused(GArray *counts)
{
    struct cflow_executed *e = (struct cflow_executed *)(void *)counts->data;
    guint kept = 0;

    for (guint i = 0; i < counts->len; i++) {
        if (e[i].count > 0) {
            e[kept++] = e[i];
        }
    }
    g_array_set_size(counts, kept);
}

static GArray *new_counts(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct cflow_executed));
}

GArray *cflow_export_executed(const struct cflow_export *export, const cflow_flow *flow,
                              const struct cflow_module *module, const struct cflow_block *blocks,
                              size_t n, struct cflow_inexact *inexact, GError **error)
{
    const char *isa = cflow_profile_meta(export->profile, "isa");
    g_autoptr(GArray) walk = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GArray) counts = new_counts();
    g_autoptr(GArray) partial = new_counts();
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(struct cflow_block));
    g_autoptr(GArray) departed = new_counts();
    struct work w = {
        .export = export,
        .module = module,
        .isa = isa ? isa_find(isa) : NULL,
        .walk = walk,
        .counts = counts,
        .partial = partial,
        .entries = entries,
        .departed = departed,
    };

    for (size_t i = 0; i < n; i++) {
        count_block(&w, &blocks[i], inexact);
    }
    sum_up(partial);
    find_cuts(&w, flow, blocks, n);
    if (!find_departures(&w, flow, error)) {
        return NULL;
    }
    count_partial(&w, inexact);
    sum_up(counts);
    drop_unused(counts);
    return g_steal_pointer(&counts);
}

void cflow_export_note_inexact(const struct cflow_export *export,
                               const struct cflow_inexact *inexact)
{
    if (inexact->lumped) {
        cflow_export_note(export,
                          "%" G_GINT64_FORMAT " instructions of code without a file are counted at "
                          "the first one of their block",
                          inexact->lumped);
    }
    if (inexact->unplaced) {
        cflow_export_note(export,
                          "%" G_GINT64_FORMAT " times a block was left before its end at a place "
                          "that is not known; what it ran before is not counted",
                          inexact->unplaced);
    }
}
