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
#include "lib/flow/successors.h"
#include "lib/profile/kind.h"
#include "lib/profile/process.h"
#include "lib/profile/table.h"

/* An address at which control arrives. */
struct arrival {
    uint32_t node;  /* + 1; 0: none so far */
    uint32_t block; /* + 1: the first one at it; set when edges are made */
};

/* An instruction that ends blocks; its node has the same number. */
struct leave {
    const struct cflow_arena_block *block; /* any that ends with it ... */
    uint32_t id;                           /* ... and its number */
    uint32_t next;                         /* + 1: another one at the same address */
    bool measured;                         /* none of the edges that it names is silent */
};

/* Numbers + 1 are numbers from 1, with 0 for none. */
struct graph {
    struct work *w;
    struct cflow_arena_count *counts; /* by block */
    struct cflow_table by_pc;         /* pc -> arrival + 1 */
    GArray *arrivals;                 /* struct arrival */
    uint32_t *arrival;                /* by block that ran: arrival + 1 */
    struct cflow_table by_last_pc;    /* pc of the instruction -> the first leave + 1 */
    GArray *leaves;                   /* struct leave */
    uint32_t *leave;                  /* by block that ran: leave + 1 */
    uint32_t *next_block;             /* by block: + 1: the next one with the same pc */
    GArray *into, *out_of;            /* int64_t, by node */
    GArray *edges;                    /* struct flow_edge */
    GArray *silent;                   /* struct silent, like edges */
};

/* Where a silent edge goes from and to. */
struct silent {
    uint32_t src;     /* block */
    uint32_t arrival; /* + 1 */
};

static uint64_t last_pc(const struct cflow_arena_block *b)
{
    return b->pc + b->last_offset;
}

/* Do both end with the same instruction?  That they end at the same address is known. */
static bool same_leave(const struct cflow_arena_block *a, const struct cflow_arena_block *b)
{
    unsigned na = a->data[a->n_insns - 1], nb = b->data[b->n_insns - 1];

    return a->module == b->module && a->mode == b->mode && na == nb &&
           (a->flags & CFLOW_BLOCK_CAREFUL) == (b->flags & CFLOW_BLOCK_CAREFUL) &&
           memcmp(work_bytes(a) + a->last_offset, work_bytes(b) + b->last_offset, na) == 0;
}

/* The arrival at @pc + 1, found or made. */
static uint32_t arrival_at(struct graph *g, uint64_t pc)
{
    uint32_t *found = cflow_table_at(&g->by_pc, pc);

    if (!*found) {
        struct arrival fresh = {0};
        g_array_append_val(g->arrivals, fresh);
        *found = g->arrivals->len;
    }
    return *found;
}

/* The node of the arrival that is @number - 1. */
static uint32_t node_of(struct graph *g, uint32_t number)
{
    struct arrival *arrival = &g_array_index(g->arrivals, struct arrival, number - 1);
    int64_t zero = 0;

    if (!arrival->node) {
        g_array_append_val(g->into, zero);
        arrival->node = g->into->len;
    }
    return arrival->node - 1;
}

/* What flows into block @i. */
static int64_t *into(struct graph *g, guint i, const struct cflow_arena_block *b)
{
    g->arrival[i] = arrival_at(g, b->pc);
    uint32_t node = node_of(g, g->arrival[i]); /* which may move the array */

    return &g_array_index(g->into, int64_t, node);
}

/* The leave of @b + 1 among those from @number on; 0: there is none. */
static uint32_t find_leave(const struct graph *g, uint32_t number,
                           const struct cflow_arena_block *b)
{
    while (number) {
        const struct leave *leave = &g_array_index(g->leaves, struct leave, number - 1);
        if (same_leave(leave->block, b)) {
            break;
        }
        number = leave->next;
    }
    return number;
}

/* What flows out of block @i by its last instruction. */
static int64_t *out_of(struct graph *g, guint i, const struct cflow_arena_block *b)
{
    uint32_t *first = cflow_table_at(&g->by_last_pc, last_pc(b));
    uint32_t number = find_leave(g, *first, b);
    int64_t zero = 0;

    if (!number) {
        struct leave fresh = {.block = b, .id = i};
        if (*first) { /* the first one stays it */
            struct leave *before = &g_array_index(g->leaves, struct leave, *first - 1);
            fresh.next = before->next;
            before->next = g->leaves->len + 1;
        }
        g_array_append_val(g->leaves, fresh);
        g_array_append_val(g->out_of, zero);
        number = g->leaves->len;
        *first = *first ? *first : number;
    }
    g->leave[i] = number;
    return &g_array_index(g->out_of, int64_t, number - 1);
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
            add(into(g, i, b), count.start + flow->before - flow->in);
            add(out_of(g, i, b), count.end - (flow->out - flow->mid));
            aborts += count.start - count.end;
            announced += flow->mid;
        } else {
            /* Control was at this address, and was taken elsewhere. */
            add(into(g, i, b), flow->out - flow->aborted - flow->in);
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
        uint32_t leave = cflow_table_get(&g->by_last_pc, b->pc);
        if (leave) {
            add(&g_array_index(g->out_of, int64_t, leave - 1), -flow->aborted);
        } else {
            announced += flow->aborted;
        }
    }
    uint64_t difference = aborts > announced ? aborts - announced : announced - aborts;
    return difference > g->w->process->unknown_ends ? difference - g->w->process->unknown_ends : 0;
}

static void add_silent(struct graph *g, uint32_t src, uint32_t leave, uint64_t pc)
{
    struct silent silent = {src, arrival_at(g, pc)};
    struct flow_edge edge = {.from = leave - 1, .to = node_of(g, silent.arrival)};

    g_array_append_val(g->edges, edge);
    g_array_append_val(g->silent, silent);
}

static bool take_way(const void *record, void *data)
{
    const struct cflow_arena_way *way = record;
    struct graph *g = data;
    const struct cflow_arena_block *src = work_block(g->w, way->block);

    if (!src) {
        return work_block_exists(g->w, way->block);
    }
    if (way->size != sizeof(*way) || !src->n_insns) {
        return false;
    }
    uint32_t leave = g->leave[way->block];
    if (!leave) { /* another block that ends with it may have run */
        leave = find_leave(g, cflow_table_get(&g->by_last_pc, last_pc(src)), src);
    }
    if (leave && way->silent) {
        add_silent(g, way->block, leave, way->pc);
    } else if (leave) { /* else control never left there */
        g_array_index(g->leaves, struct leave, leave - 1).measured = true;
    }
    return true;
}

static bool take_ways(struct graph *g, const struct cflow_arena_process *p, uint32_t max)
{
    /* take_records() has checked the chain of parents. */
    if (p->parent && !take_ways(g, cflow_arena_at(g->w->arena, p->parent), p->parent_ways)) {
        return false;
    }
    uint32_t own = MIN(max - p->parent_ways, atomic_load(&p->ways.n));
    return cflow_arena_each(g->w->arena, &p->ways, own, take_way, g);
}

/* The edges that last instructions name, but for what is measured. */
static void add_named(struct graph *g)
{
    for (guint i = 0; i < g->leaves->len; i++) {
        const struct leave *leave = &g_array_index(g->leaves, struct leave, i);
        struct isa_insn insn;
        uint64_t pcs[2];
        unsigned n = leave->measured ? 0 : flow_successors(g->w->isa, leave->block, pcs, &insn);
        while (n-- > 0) {
            add_silent(g, leave->id, i + 1, pcs[n]);
        }
    }
}

/* Make lists of the blocks at each arrival, whether they ran or not, in their order. */
static void list_blocks(struct graph *g)
{
    for (guint i = g->w->blocks->len; i-- > 0;) {
        const struct cflow_arena_block *b = g_ptr_array_index(g->w->blocks, i);
        uint32_t number = g->arrival[i] ? g->arrival[i] : cflow_table_get(&g->by_pc, b->pc);
        if (number) {
            struct arrival *arrival = &g_array_index(g->arrivals, struct arrival, number - 1);
            g->next_block[i] = arrival->block;
            arrival->block = i + 1;
        }
    }
}

/* A block at the arrival that is @number - 1, of @module if there is one. */
static const struct cflow_arena_block *find_block(const struct graph *g, uint32_t number,
                                                  uint32_t module)
{
    uint32_t first = g_array_index(g->arrivals, struct arrival, number - 1).block;

    for (uint32_t i = first; i; i = g->next_block[i - 1]) {
        const struct cflow_arena_block *b = work_block(g->w, i - 1);
        if (b->module == module) {
            return b;
        }
    }
    return first ? work_block(g->w, first - 1) : NULL;
}

static uint64_t add_edges(struct graph *g)
{
    uint64_t nowhere = 0;

    list_blocks(g);
    for (guint i = 0; i < g->edges->len; i++) {
        const struct flow_edge *e = &g_array_index(g->edges, struct flow_edge, i);
        const struct silent *s = &g_array_index(g->silent, struct silent, i);
        if (e->flow <= 0) {
            continue;
        }
        const struct cflow_arena_block *src = work_block(g->w, s->src);
        const struct cflow_arena_block *dst = find_block(g, s->arrival, src->module);
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

/* The block that a fault ended the process in: the plugin says, or the counters do. */
static const struct cflow_arena_block *crashed_block(const struct graph *g)
{
    const struct cflow_arena_block *crashed = NULL;
    uint64_t surplus = 0;

    if (g->w->process->crashed) {
        return work_block(g->w, g->w->process->crashed - 1);
    }
    for (guint i = 0; i < g->w->blocks->len; i++) {
        struct cflow_arena_count count = count_of(g, i);
        uint64_t left = count.start - count.end - g->w->flows[i].mid;
        if (left) {
            surplus += left;
            crashed = g_ptr_array_index(g->w->blocks, i);
        }
    }
    return surplus == 1 ? crashed : NULL;
}

static bool can_fault(const struct graph *g, const struct cflow_arena_block *b, unsigned i)
{
    struct isa_insn insn;

    work_decode(g->w, b, i, &insn);
    return !(insn.flags & ISA_NO_FAULT);
}

/*
 * A fault that nobody handled ended the process: one block was begun and left
 * without a word.  If just one of its instructions can fault, it was that one.
 */
static bool find_crash(struct graph *g)
{
    const struct cflow_arena_block *crashed = crashed_block(g);
    const struct cflow_arena_process *p = g->w->process;
    unsigned candidates = 0, culprit = 0;

    if (!crashed || !crashed->n_insns) {
        return false;
    }
    unsigned last = crashed->n_insns - 1u;
    for (unsigned i = 0; i < last && !(p->crashed && p->crashed_last); i++) {
        if (can_fault(g, crashed, i)) {
            candidates++;
            culprit = i;
        }
    }
    if (!candidates && p->crashed && can_fault(g, crashed, last)) {
        candidates = 1;
        culprit = last;
    }
    if (candidates != 1) {
        return false;
    }
    work_add_crash(g->w, crashed, culprit);
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
    if (!take_ways(g, p, UINT32_MAX)) {
        return false;
    }
    add_named(g);
    while (g->into->len < g->out_of->len) {
        g_array_append_val(g->into, zero);
    }
    while (g->out_of->len < g->into->len) {
        g_array_append_val(g->out_of, zero);
    }
    if (!flow_solve(g->into->len, (int64_t *)(void *)g->out_of->data,
                    (int64_t *)(void *)g->into->data, g->edges->len,
                    (struct flow_edge *)(void *)g->edges->data, &result)) {
        return false;
    }
    uint64_t nowhere = add_edges(g);
    if (p->unknown_ends == 1 && atomic_load(&p->end) == CFLOW_END_SIGNAL && find_crash(g)) {
        g->w->row->unknown_ends = 0;
    }
    set_flows(g);
    g->w->row->residual +=
        result.residual + result.negative + nowhere + unannounced + result.n_cyclic;
    return true;
}

static void add_count(struct work *w, struct cflow_arena_count *counts,
                      const struct cflow_arena_count *more)
{
    if (more->block == CFLOW_BEYOND_LIMIT) {
        w->row->beyond += more->start;
    } else if (more->block < w->blocks->len) {
        struct cflow_arena_count *count = &counts[more->block];
        count->start += more->start;
        count->end += more->end;
        if (more->one && !count->one) {
            count->one = 1;
            count->end -= w->flows[more->block].mid;
        }
    }
}

/* The counts of the checkpoint, by block; NULL if they are damaged. */
static struct cflow_arena_count *read_counts(struct work *w)
{
    uint64_t n = w->checkpoint->n_bytes;
    struct cflow_arena_count_reader reader = {
        .at = cflow_arena_get(w->arena, w->checkpoint->counts, n)};
    struct cflow_arena_count more;

    if (!reader.at) {
        return NULL;
    }
    reader.end = reader.at + n;
    struct cflow_arena_count *counts = g_new0(struct cflow_arena_count, w->blocks->len + 1);
    while (cflow_arena_count_read(&reader, &more)) {
        add_count(w, counts, &more);
    }
    if (reader.at != reader.end) {
        g_free(counts);
        return NULL;
    }
    uint32_t crashed = w->process->crashed;
    if (crashed && crashed <= w->blocks->len && counts[crashed - 1].one &&
        counts[crashed - 1].end) {
        counts[crashed - 1].end--; /* it did not */
    }
    return counts;
}

bool work_deduce(struct work *w)
{
    struct cflow_arena_count *counts = read_counts(w);

    if (!counts) {
        return false;
    }
    guint n = w->blocks->len + 1;
    struct graph g = {
        .w = w,
        .counts = counts,
        .arrivals = g_array_new(FALSE, FALSE, sizeof(struct arrival)),
        .arrival = g_new0(uint32_t, n),
        .leaves = g_array_new(FALSE, FALSE, sizeof(struct leave)),
        .leave = g_new0(uint32_t, n),
        .next_block = g_new0(uint32_t, n),
        .into = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .out_of = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .edges = g_array_new(FALSE, FALSE, sizeof(struct flow_edge)),
        .silent = g_array_new(FALSE, FALSE, sizeof(struct silent)),
    };
    bool ok = solve(&g);
    g_free(counts);
    cflow_table_clear(&g.by_pc);
    cflow_table_clear(&g.by_last_pc);
    g_free(g.arrival);
    g_free(g.leave);
    g_free(g.next_block);
    g_array_free(g.arrivals, TRUE);
    g_array_free(g.leaves, TRUE);
    g_array_free(g.into, TRUE);
    g_array_free(g.out_of, TRUE);
    g_array_free(g.edges, TRUE);
    g_array_free(g.silent, TRUE);
    return ok;
}
