/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the flow engine did not measure: from the counters of the blocks, and
 * from the edges and events that it did record, the flow on each silent edge.
 *
 * There is a node for every address where control arrives and one for every
 * instruction that ends blocks.  What was recorded is taken off the nodes
 * first; lib/flow/solve.h does the rest.
 */
#include <string.h>

#include "lib/flow/solve.h"
#include "lib/profile/kind.h"
#include "lib/profile/process.h"

struct graph {
    struct work *w;
    struct cflow_arena_count *counts; /* by block */
    GHashTable *arrivals;             /* pc -> node + 1 */
    GHashTable *leaves;               /* block that ends with it -> node + 1 */
    GHashTable *leaves_at;            /* pc of the instruction -> node + 1 */
    GArray *into, *out_of;            /* int64_t, by node */
    GArray *edges;                    /* struct flow_edge */
    GArray *silent;                   /* struct cflow_arena_silent, like edges */
};

static uint64_t last_pc(const struct cflow_arena_block *b)
{
    return b->pc + b->last_offset;
}

static guint leave_hash(const void *key)
{
    return cflow_arena_hash(last_pc(key));
}

static gboolean leave_equal(const void *x, const void *y)
{
    const struct cflow_arena_block *a = x, *b = y;
    unsigned na = a->data[a->n_insns - 1], nb = b->data[b->n_insns - 1];

    return last_pc(a) == last_pc(b) && a->module == b->module && a->mode == b->mode && na == nb &&
           memcmp(a->data + a->n_insns + a->last_offset, b->data + b->n_insns + b->last_offset,
                  na) == 0;
}

static uint32_t node_of(GHashTable *table, const void *key, GArray *values)
{
    void *found = g_hash_table_lookup(table, key);

    if (!found) {
        int64_t zero = 0;
        g_array_append_val(values, zero);
        found = GUINT_TO_POINTER(values->len);
        g_hash_table_insert(table, (void *)key, found);
    }
    return GPOINTER_TO_UINT(found) - 1;
}

static int64_t *into(struct graph *g, const uint64_t *pc)
{
    uint32_t node = node_of(g->arrivals, pc, g->into); /* which may move the array */

    return &g_array_index(g->into, int64_t, node);
}

static int64_t *out_of(struct graph *g, const struct cflow_arena_block *b)
{
    uint32_t node = node_of(g->leaves, b, g->out_of);

    if (!g_hash_table_contains(g->leaves_at, GSIZE_TO_POINTER(last_pc(b)))) {
        g_hash_table_insert(g->leaves_at, GSIZE_TO_POINTER(last_pc(b)), GUINT_TO_POINTER(node + 1));
    }
    return &g_array_index(g->out_of, int64_t, node);
}

static struct cflow_arena_count count_of(const struct graph *g, guint i)
{
    return g->counts[i];
}

/* Differences may be below zero; counters of a damaged arena may wrap round. */
static void add(int64_t *sum, uint64_t n)
{
    *sum = (int64_t)((uint64_t)*sum + n);
}

/* What is left for the silent edges of each node once the recorded ones are off. */
static uint64_t fill(struct graph *g)
{
    uint64_t aborts = 0, announced = 0;

    for (guint i = 0; i < g->w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(g->w->blocks, i);
        const struct flow *flow = &g->w->flows[i];
        struct cflow_arena_count count = count_of(g, i);
        if (!count.start && !count.end && !flow->in && !flow->out && !flow->before) {
            continue; /* most blocks of a forked child are only its parent's */
        }
        if (b->n_insns) {
            add(into(g, &b->pc), count.start + flow->before - flow->in);
            add(out_of(g, b), count.end - (flow->out - flow->mid));
            aborts += count.start - count.end;
            announced += flow->mid;
        } else {
            /* Control was at this address, and was taken elsewhere. */
            add(into(g, &b->pc), flow->out - flow->aborted - flow->in);
        }
    }
    /* Faults of which only the address is known: of an instruction that ends a
     * block (its end was counted), or in the middle of one. */
    for (guint i = 0; i < g->w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(g->w->blocks, i);
        const struct flow *flow = &g->w->flows[i];
        if (b->n_insns || !flow->aborted) {
            continue;
        }
        void *leave = g_hash_table_lookup(g->leaves_at, GSIZE_TO_POINTER(b->pc));
        if (leave) {
            add(&g_array_index(g->out_of, int64_t, GPOINTER_TO_UINT(leave) - 1), -flow->aborted);
        } else {
            announced += flow->aborted;
        }
    }
    uint64_t difference = aborts > announced ? aborts - announced : announced - aborts;
    return difference > g->w->process->unknown_ends ? difference - g->w->process->unknown_ends : 0;
}

static bool take_silent(const void *record, void *data)
{
    const struct cflow_arena_silent *s = record;
    struct graph *g = data;
    const struct cflow_arena_block *src = work_block(g->w, s->src);

    if (!src) {
        return work_block_exists(g->w, s->src);
    }
    if (s->size != sizeof(*s) || !src->n_insns) {
        return false;
    }
    void *from = g_hash_table_lookup(g->leaves, src);
    if (!from) {
        return true; /* control never left there */
    }
    struct flow_edge edge = {.from = GPOINTER_TO_UINT(from) - 1,
                             .to = node_of(g->arrivals, &s->dst_pc, g->into)};
    g_array_append_val(g->edges, edge);
    g_array_append_val(g->silent, *s);
    return true;
}

static bool take_all_silent(struct graph *g, const struct cflow_arena_process *p, uint32_t max)
{
    /* take_records() has checked the chain of parents. */
    if (p->parent &&
        !take_all_silent(g, cflow_arena_at(g->w->arena, p->parent), p->parent_silent)) {
        return false;
    }
    uint32_t own = MIN(max - p->parent_silent, atomic_load(&p->silent.n));
    return cflow_arena_each(g->w->arena, &p->silent, own, take_silent, g);
}

/* A block at @pc, of @module if there is one. */
static const struct cflow_arena_block *find_block(GHashTable *by_pc, uint64_t pc, uint32_t module)
{
    const GPtrArray *list = g_hash_table_lookup(by_pc, GSIZE_TO_POINTER(pc));

    for (guint i = 0; list && i < list->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(list, i);
        if (b->module == module) {
            return b;
        }
    }
    return list ? g_ptr_array_index(list, 0) : NULL;
}

static GHashTable *index_blocks(const struct work *w)
{
    GHashTable *by_pc = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(w->blocks, i);
        GPtrArray *list = g_hash_table_lookup(by_pc, GSIZE_TO_POINTER(b->pc));
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(by_pc, GSIZE_TO_POINTER(b->pc), list);
        }
        g_ptr_array_add(list, (void *)b);
    }
    return by_pc;
}

static uint64_t add_edges(struct graph *g)
{
    g_autoptr(GHashTable) by_pc = index_blocks(g->w);
    uint64_t nowhere = 0;

    for (guint i = 0; i < g->edges->len; i++) {
        const struct flow_edge *e = &g_array_index(g->edges, struct flow_edge, i);
        const struct cflow_arena_silent *s =
            &g_array_index(g->silent, struct cflow_arena_silent, i);
        const struct cflow_arena_block *src = work_block(g->w, s->src);
        const struct cflow_arena_block *dst = find_block(by_pc, s->dst_pc, src->module);
        if (e->flow <= 0) {
            continue;
        }
        if (!dst) { /* nothing ever ran there: the counters contradict each other */
            nowhere += (uint64_t)e->flow;
            continue;
        }
        struct isa_insn insn;
        work_decode_last(g->w, src, &insn);
        work_add_edge(g->w, src, src->last_offset, dst,
                      cflow_kind_of(&insn, g->w->isa != NULL, last_pc(src), dst->pc),
                      (uint64_t)e->flow);
    }
    return nowhere;
}

/*
 * A fault that nobody handled ended the process: one block was begun and left
 * without a word.  If just one of its instructions can fault, it was that one.
 */
static bool find_crash(struct graph *g)
{
    const struct cflow_arena_block *crashed = NULL;
    uint64_t surplus = 0;
    int culprit = -1;

    for (guint i = 0; i < g->w->blocks->len; i++) {
        struct cflow_arena_count count = count_of(g, i);
        uint64_t left = count.start - count.end - g->w->flows[i].mid;
        if (left) {
            surplus += left;
            crashed = g_ptr_array_index(g->w->blocks, i);
        }
    }
    for (unsigned i = 0; surplus == 1 && i + 1u < crashed->n_insns; i++) {
        struct isa_insn insn;
        work_decode(g->w, crashed, i, &insn);
        if (!(insn.flags & ISA_NO_FAULT)) {
            if (culprit >= 0) {
                return false;
            }
            culprit = (int)i;
        }
    }
    if (culprit < 0) {
        return false;
    }
    work_add_crash(g->w, crashed, (unsigned)culprit);
    return true;
}

/* From here on each block's flow is what its counters say. */
static void set_flows(struct graph *g)
{
    for (guint i = 0; i < g->w->blocks->len; i++) {
        struct cflow_arena_count count = count_of(g, i);
        g->w->flows[i] = (struct flow){
            .in = count.start, .out = count.start, .aborted = count.start - count.end};
    }
}

static bool solve(struct graph *g)
{
    const struct cflow_arena_process *p = g->w->process;
    struct flow_result result;
    int64_t zero = 0;

    uint64_t unannounced = fill(g);
    if (!take_all_silent(g, p, UINT32_MAX)) {
        return false;
    }
    while (g->into->len < g->out_of->len) {
        g_array_append_val(g->into, zero);
    }
    while (g->out_of->len < g->into->len) {
        g_array_append_val(g->out_of, zero);
    }
    if (!flow_solve(g->into->len, (int64_t *)(void *)g->out_of->data,
                    (int64_t *)(void *)g->into->data, g->edges->len,
                    (struct flow_edge *)(void *)g->edges->data, &result) ||
        result.n_cyclic) {
        return false;
    }
    uint64_t nowhere = add_edges(g);
    if (p->unknown_ends == 1 && atomic_load(&p->end) == CFLOW_END_SIGNAL && find_crash(g)) {
        g->w->row->unknown_ends = 0;
    }
    set_flows(g);
    g->w->row->residual += result.residual + result.negative + nowhere + unannounced;
    return true;
}

/* The counts of the checkpoint, by block; NULL if they are damaged. */
static struct cflow_arena_count *read_counts(const struct work *w)
{
    cflow_off off = w->checkpoint->counts;
    uint32_t n = w->checkpoint->n_counts;

    if (!cflow_arena_get(w->arena, off, n * (uint64_t)sizeof(struct cflow_arena_count))) {
        return NULL;
    }
    const struct cflow_arena_count *from = cflow_arena_at(w->arena, off);
    struct cflow_arena_count *counts = g_new0(struct cflow_arena_count, w->blocks->len + 1);
    for (uint32_t i = 0; i < n; i++) {
        if (from[i].block < w->blocks->len) {
            counts[from[i].block] = from[i];
            if (from[i].one) {
                counts[from[i].block].end = from[i].start - w->flows[from[i].block].mid;
            }
        }
    }
    return counts;
}

bool work_deduce(struct work *w)
{
    struct cflow_arena_count *counts = read_counts(w);

    if (!counts) {
        return false;
    }
    struct graph g = {
        .w = w,
        .counts = counts,
        .arrivals = g_hash_table_new(g_int64_hash, g_int64_equal),
        .leaves = g_hash_table_new(leave_hash, leave_equal),
        .leaves_at = g_hash_table_new(NULL, NULL),
        .into = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .out_of = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .edges = g_array_new(FALSE, FALSE, sizeof(struct flow_edge)),
        .silent = g_array_new(FALSE, FALSE, sizeof(struct cflow_arena_silent)),
    };
    bool ok = solve(&g);
    g_free(counts);
    g_hash_table_destroy(g.arrivals);
    g_hash_table_destroy(g.leaves);
    g_hash_table_destroy(g.leaves_at);
    g_array_free(g.into, TRUE);
    g_array_free(g.out_of, TRUE);
    g_array_free(g.edges, TRUE);
    g_array_free(g.silent, TRUE);
    return ok;
}
