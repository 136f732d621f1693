/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dominators, natural loops and irreducible regions.
 *
 * Dominators after K. D. Cooper, T. J. Harvey and K. Kennedy, "A Simple, Fast
 * Dominance Algorithm", Rice University, 2001: blocks are numbered in postorder,
 * and the intersection of two paths to the entry is found by walking up from the
 * lower number.  Several entries (of C++ landing pads, say) have a root of their
 * own above them, which is node n_blocks here.
 *
 * What is left of a graph without its back edges has circles only where a loop
 * has several entries: strongly connected components after R. Tarjan,
 * "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1, 1972.
 */
#include <string.h>

#include "lib/cfg/cfg-internal.h"

struct walk {
    cflow_cfg *cfg;
    size_t root;   /* n_blocks */
    size_t *order; /* reachable nodes in postorder, the root last */
    size_t n_order;
    size_t *number; /* of each node in it; NONE if it is not reachable */
    size_t *idom;   /* of each node; the root's is itself */
    bool *is_entry; /* child of the root */
    /* For walking without recursion. */
    size_t *stack, *next;
};

static void visit(struct walk *w, size_t start)
{
    const cflow_cfg *cfg = w->cfg;
    size_t depth = 0;

    w->stack[depth++] = start;
    w->next[start] = 0;
    cfg->blocks[start].reachable = true;
    while (depth > 0) {
        size_t at = w->stack[depth - 1];
        const struct cflow_cfg_block *block = &cfg->blocks[at];
        if (w->next[at] == block->n_out) {
            w->number[at] = w->n_order;
            w->order[w->n_order++] = at;
            depth--;
            continue;
        }
        size_t to = cfg->edges[block->first_out + w->next[at]++].to;
        if (!cfg->blocks[to].reachable) {
            cfg->blocks[to].reachable = true;
            w->next[to] = 0;
            w->stack[depth++] = to;
        }
    }
}

static void add_entry(struct walk *w, size_t block)
{
    if (!w->cfg->blocks[block].reachable) {
        w->is_entry[block] = true;
        visit(w, block);
    }
}

/*
 * The function's start first; then what was entered otherwise.  Blocks that are
 * neither reachable nor entered take no part: they never ran, and where they
 * are reached from is not known.
 */
static void number_blocks(struct walk *w)
{
    const cflow_cfg *cfg = w->cfg;

    for (size_t b = 0; b < cfg->n_blocks; b++) {
        if (cfg->blocks[b].start == cfg->what.start) {
            add_entry(w, b);
        }
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        if (cfg->blocks[b].entered > 0) {
            add_entry(w, b);
        }
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        if (cfg->insns[cfg->blocks[b].first_insn].arrived > 0) {
            add_entry(w, b); /* resumed by a signal's return only, say */
        }
    }
    w->number[w->root] = w->n_order;
    w->order[w->n_order++] = w->root;
}

static size_t intersect(const struct walk *w, size_t a, size_t b)
{
    while (a != b) {
        while (w->number[a] < w->number[b]) {
            a = w->idom[a];
        }
        while (w->number[b] < w->number[a]) {
            b = w->idom[b];
        }
    }
    return a;
}

/* The nearest common dominator of what leads to @block, as far as it is known by now. */
static size_t common_dominator(const struct walk *w, size_t block)
{
    const cflow_cfg *cfg = w->cfg;
    const struct cflow_cfg_block *b = &cfg->blocks[block];
    size_t common = w->is_entry[block] ? w->root : CFLOW_CFG_NONE;

    for (size_t i = 0; i < b->n_in; i++) {
        size_t from = cfg->edges[cfg->in[b->first_in + i]].from;
        if (w->number[from] != CFLOW_CFG_NONE && w->idom[from] != CFLOW_CFG_NONE) {
            common = common == CFLOW_CFG_NONE ? from : intersect(w, common, from);
        }
    }
    return common;
}

static void find_dominators(struct walk *w)
{
    bool changed = true;

    w->idom[w->root] = w->root;
    while (changed) {
        changed = false;
        for (size_t i = w->n_order - 1; i-- > 0;) {
            size_t block = w->order[i], idom = common_dominator(w, block);
            changed |= w->idom[block] != idom;
            w->idom[block] = idom;
        }
    }
    for (size_t b = 0; b < w->cfg->n_blocks; b++) {
        w->cfg->blocks[b].idom = w->idom[b] == w->root ? CFLOW_CFG_NONE : w->idom[b];
    }
}

static bool dominates(const struct walk *w, size_t a, size_t b)
{
    while (w->number[b] < w->number[a]) {
        b = w->idom[b];
    }
    return a == b;
}

/* Source and destination are reachable, and this one dominates that one. */
static bool is_back(const struct walk *w, const struct cflow_cfg_edge *edge)
{
    return w->number[edge->from] != CFLOW_CFG_NONE && dominates(w, edge->to, edge->from);
}

static size_t outermost(const cflow_cfg *cfg, size_t loop)
{
    while (cfg->loops[loop].parent != CFLOW_CFG_NONE) {
        loop = cfg->loops[loop].parent;
    }
    return loop;
}

/*
 * Takes into @loop what leads to @block without passing the header.  Loops found
 * before are inner ones and are taken in whole.
 */
static void collect_body(struct walk *w, size_t loop, size_t latch)
{
    cflow_cfg *cfg = w->cfg;
    size_t header = cfg->loops[loop].header, depth = 0;

    w->stack[depth++] = latch;
    while (depth > 0) {
        size_t at = w->stack[--depth];
        struct cflow_cfg_block *block = &cfg->blocks[at];
        if (block->loop == CFLOW_CFG_NONE) {
            block->loop = loop;
        } else {
            size_t inner = outermost(cfg, block->loop);
            if (inner == loop) {
                continue;
            }
            cfg->loops[inner].parent = loop;
            at = cfg->loops[inner].header; /* go on from where it is entered */
            block = &cfg->blocks[at];
        }
        for (size_t i = 0; at != header && i < block->n_in; i++) {
            size_t from = cfg->edges[cfg->in[block->first_in + i]].from;
            if (w->number[from] != CFLOW_CFG_NONE &&
                (cfg->blocks[from].loop == CFLOW_CFG_NONE ||
                 outermost(cfg, cfg->blocks[from].loop) != loop)) {
                w->stack[depth++] = from;
            }
        }
    }
}

/* In postorder: a header that another one dominates comes before it. */
static void find_natural_loops(struct walk *w)
{
    cflow_cfg *cfg = w->cfg;
    GArray *loops = g_array_new(FALSE, TRUE, sizeof(struct cflow_cfg_loop));

    for (size_t i = 0; i + 1 < w->n_order; i++) {
        size_t header = w->order[i];
        const struct cflow_cfg_block *block = &cfg->blocks[header];
        bool known = false;
        for (size_t e = 0; e < block->n_in; e++) {
            const struct cflow_cfg_edge *edge = &cfg->edges[cfg->in[block->first_in + e]];
            if (!is_back(w, edge)) {
                continue;
            }
            if (!known) {
                struct cflow_cfg_loop loop = {.header = header, .parent = CFLOW_CFG_NONE};
                g_array_append_val(loops, loop);
                known = true;
            }
            cfg->loops = (struct cflow_cfg_loop *)(void *)loops->data;
            cfg->blocks[header].loop = cfg->blocks[header].loop == CFLOW_CFG_NONE
                                           ? loops->len - 1
                                           : cfg->blocks[header].loop;
            collect_body(w, loops->len - 1, edge->from);
        }
    }
    cfg->n_loops = loops->len;
    cfg->loops = (struct cflow_cfg_loop *)(void *)g_array_free(loops, FALSE);
}

bool cflow_cfg_in_loop(const cflow_cfg *cfg, size_t block, size_t loop)
{
    size_t at = cfg->blocks[block].loop;

    while (at != CFLOW_CFG_NONE && at != loop) {
        at = cfg->loops[at].parent;
    }
    return at == loop;
}

bool cflow_cfg_is_back_edge(const cflow_cfg *cfg, const struct cflow_cfg_edge *edge)
{
    size_t loop = cfg->blocks[edge->to].loop;

    return loop != CFLOW_CFG_NONE && cfg->loops[loop].header == edge->to &&
           cflow_cfg_in_loop(cfg, edge->from, loop);
}

/* Outer loops first: turns the order of their finding round. */
static void order_loops(cflow_cfg *cfg)
{
    size_t n = cfg->n_loops;

    for (size_t i = 0; i < n / 2; i++) {
        struct cflow_cfg_loop swapped = cfg->loops[i];
        cfg->loops[i] = cfg->loops[n - 1 - i];
        cfg->loops[n - 1 - i] = swapped;
    }
    for (size_t i = 0; i < n; i++) {
        struct cflow_cfg_loop *loop = &cfg->loops[i];
        loop->parent = loop->parent == CFLOW_CFG_NONE ? CFLOW_CFG_NONE : n - 1 - loop->parent;
        loop->depth = loop->parent == CFLOW_CFG_NONE ? 1 : cfg->loops[loop->parent].depth + 1;
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        size_t *loop = &cfg->blocks[b].loop;
        *loop = *loop == CFLOW_CFG_NONE ? CFLOW_CFG_NONE : n - 1 - *loop;
        for (size_t l = *loop; l != CFLOW_CFG_NONE; l = cfg->loops[l].parent) {
            cfg->loops[l].n_blocks++;
        }
    }
}

/* Adds @edge to the loops that it enters, repeats or leaves. */
static void count_edge(cflow_cfg *cfg, const struct cflow_cfg_edge *edge)
{
    for (size_t l = cfg->blocks[edge->to].loop; l != CFLOW_CFG_NONE; l = cfg->loops[l].parent) {
        struct cflow_cfg_loop *loop = &cfg->loops[l];
        if (!cflow_cfg_in_loop(cfg, edge->from, l)) {
            loop->entries = cfg_add(loop->entries, edge->count);
        } else if (loop->header == edge->to) {
            loop->back = cfg_add(loop->back, edge->count);
        }
    }
    for (size_t l = cfg->blocks[edge->from].loop; l != CFLOW_CFG_NONE; l = cfg->loops[l].parent) {
        struct cflow_cfg_loop *loop = &cfg->loops[l];
        if (!cflow_cfg_in_loop(cfg, edge->to, l)) {
            loop->exits = cfg_add(loop->exits, edge->count);
            loop->top_tested &= edge->count == 0 || edge->from == loop->test;
        }
    }
}

static void count_outside(cflow_cfg *cfg, size_t b)
{
    const struct cflow_cfg_block *block = &cfg->blocks[b];
    const struct cflow_cfg_insn *last = &cfg->insns[block->first_insn + block->n_insns - 1];
    bool is_call = last->class == ISA_CALL || last->class == ISA_INDIRECT_CALL;

    for (size_t l = block->loop; l != CFLOW_CFG_NONE; l = cfg->loops[l].parent) {
        struct cflow_cfg_loop *loop = &cfg->loops[l];
        if (block->entered > 0) {
            loop->entries = cfg_add(loop->entries, block->entered);
        }
        if (block->left > 0 && !is_call && b != loop->test) {
            loop->top_tested = false; /* a return out of its middle */
        }
    }
}

/*
 * How often each entry went round, as far as sums tell: all of them together
 * made loop->iterations, and each entry at least @floor.
 */
static void bound_iterations(struct cflow_cfg_loop *loop)
{
    int64_t floor = loop->top_tested ? 0 : 1;

    loop->iterations = loop->top_tested ? loop->back : cfg_add(loop->entries, loop->back);
    if (loop->entries <= 0) {
        loop->least = loop->most = 0;
    } else if (loop->entries == 1) {
        loop->least = loop->most = loop->iterations;
    } else {
        loop->least = floor;
        loop->most =
            loop->back == 0 ? floor : cfg_sub(loop->iterations, floor * (loop->entries - 1));
    }
}

/*
 * Follows the blocks that are cut by calls only: a test behind them is still at
 * the loop's top, unless it is at its bottom as well.
 */
static void find_test(cflow_cfg *cfg, struct cflow_cfg_loop *loop)
{
    const struct cflow_cfg_block *block = &cfg->blocks[loop->header];

    loop->test = loop->header;
    while (block->n_out == 1) {
        size_t to = cfg->edges[block->first_out].to;
        if (to == loop->header || cfg->blocks[to].n_in != 1) {
            break;
        }
        loop->test = to;
        block = &cfg->blocks[to];
    }
    loop->top_tested = true;
    for (size_t e = 0; e < block->n_out; e++) {
        loop->top_tested &= cfg->edges[block->first_out + e].to != loop->header;
    }
}

static void count_loops(cflow_cfg *cfg)
{
    for (size_t i = 0; i < cfg->n_loops; i++) {
        find_test(cfg, &cfg->loops[i]);
    }
    for (size_t i = 0; i < cfg->n_edges; i++) {
        count_edge(cfg, &cfg->edges[i]);
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        count_outside(cfg, b);
    }
    for (size_t i = 0; i < cfg->n_loops; i++) {
        /* Without a known exit there is no telling where the test is. */
        cfg->loops[i].top_tested &= cfg->loops[i].exits > 0;
        bound_iterations(&cfg->loops[i]);
    }
}

/* Tarjan's algorithm, without recursion and without the back edges. */
struct components {
    struct walk *w;
    size_t *index, *low; /* NONE before the visit; low NONE when it is done */
    size_t *waiting, n_waiting;
    size_t counter;
};

static void close_component(struct components *c, size_t head)
{
    cflow_cfg *cfg = c->w->cfg;
    size_t from = c->n_waiting;

    while (c->waiting[--from] != head) {
    }
    if (c->n_waiting - from > 1) {
        struct cflow_cfg_region region = {.n_blocks = c->n_waiting - from, .first = head};
        for (size_t i = from; i < c->n_waiting; i++) {
            region.first = MIN(region.first, c->waiting[i]);
            cfg->blocks[c->waiting[i]].region = cfg->n_regions;
        }
        cfg->regions = g_renew(struct cflow_cfg_region, cfg->regions, cfg->n_regions + 1);
        cfg->regions[cfg->n_regions++] = region;
    }
    for (size_t i = from; i < c->n_waiting; i++) {
        c->low[c->waiting[i]] = CFLOW_CFG_NONE;
    }
    c->n_waiting = from;
}

static void begin_node(struct components *c, size_t node, size_t *depth)
{
    c->index[node] = c->low[node] = c->counter++;
    c->waiting[c->n_waiting++] = node;
    c->w->next[node] = 0;
    c->w->stack[(*depth)++] = node;
}

static void find_components(struct components *c, size_t start)
{
    struct walk *w = c->w;
    const cflow_cfg *cfg = w->cfg;
    size_t depth = 0;

    begin_node(c, start, &depth);
    while (depth > 0) {
        size_t at = w->stack[depth - 1];
        const struct cflow_cfg_block *block = &cfg->blocks[at];
        if (w->next[at] < block->n_out) {
            const struct cflow_cfg_edge *edge = &cfg->edges[block->first_out + w->next[at]++];
            if (is_back(w, edge)) {
                continue;
            }
            if (c->index[edge->to] == CFLOW_CFG_NONE) {
                begin_node(c, edge->to, &depth);
            } else if (c->low[edge->to] != CFLOW_CFG_NONE) {
                c->low[at] = MIN(c->low[at], c->index[edge->to]);
            }
            continue;
        }
        depth--;
        size_t low = c->low[at];
        if (low == c->index[at]) {
            close_component(c, at);
        }
        if (depth > 0 && low != CFLOW_CFG_NONE) {
            size_t parent = w->stack[depth - 1];
            c->low[parent] = MIN(c->low[parent], low);
        }
    }
}

static void count_regions(cflow_cfg *cfg)
{
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        const struct cflow_cfg_block *block = &cfg->blocks[b];
        struct cflow_cfg_region *region =
            block->region == CFLOW_CFG_NONE ? NULL : &cfg->regions[block->region];
        bool entry = region && block->entered > 0;
        if (!region) {
            continue;
        }
        region->entries = cfg_add(region->entries, block->entered);
        for (size_t i = 0; i < block->n_in; i++) {
            const struct cflow_cfg_edge *edge = &cfg->edges[cfg->in[block->first_in + i]];
            if (cfg->blocks[edge->from].region == block->region) {
                region->inside = cfg_add(region->inside, edge->count);
            } else {
                region->entries = cfg_add(region->entries, edge->count);
                entry |= cfg->blocks[edge->from].reachable;
            }
        }
        region->n_entries += entry;
    }
}

static void find_regions(struct walk *w)
{
    size_t n = w->cfg->n_blocks;
    struct components c = {
        .w = w,
        .index = g_new(size_t, n + 1),
        .low = g_new(size_t, n + 1),
        .waiting = g_new(size_t, n + 1),
    };

    memset(c.index, 0xff, (n + 1) * sizeof(size_t));
    memset(c.low, 0xff, (n + 1) * sizeof(size_t));
    for (size_t i = 0; i + 1 < w->n_order; i++) {
        if (c.index[w->order[i]] == CFLOW_CFG_NONE) {
            find_components(&c, w->order[i]);
        }
    }
    g_free(c.index);
    g_free(c.low);
    g_free(c.waiting);
    count_regions(w->cfg);
}

void cfg_find_loops(cflow_cfg *cfg)
{
    size_t n = cfg->n_blocks + 1;
    struct walk w = {
        .cfg = cfg,
        .root = cfg->n_blocks,
        .order = g_new(size_t, n),
        .number = g_new(size_t, n),
        .idom = g_new(size_t, n),
        .is_entry = g_new0(bool, n),
        .stack = g_new(size_t, n + cfg->n_edges),
        .next = g_new0(size_t, n),
    };

    memset(w.number, 0xff, n * sizeof(size_t));
    memset(w.idom, 0xff, n * sizeof(size_t));
    number_blocks(&w);
    find_dominators(&w);
    find_natural_loops(&w);
    order_loops(cfg);
    count_loops(cfg);
    find_regions(&w);
    g_free(w.order);
    g_free(w.number);
    g_free(w.idom);
    g_free(w.is_entry);
    g_free(w.stack);
    g_free(w.next);
}
