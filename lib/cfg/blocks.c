/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of instructions, basic blocks, and the edges between them. */
#include <stdlib.h>

#include "lib/cfg/cfg-internal.h"

/* Transfers that only resume what had begun: no block begins where they go to. */
#define RESUMING_KINDS                                                                             \
    (CFLOW_ARTEFACT_KINDS | CFLOW_KIND_BIT(CFLOW_SIGNAL_RETURN) |                                  \
     CFLOW_KIND_BIT(CFLOW_UNEXPLAINED) | CFLOW_KIND_BIT(CFLOW_EXIT) |                              \
     CFLOW_KIND_BIT(CFLOW_LEAVE_REGION))

const char *cflow_cfg_kind_name(enum cflow_cfg_kind kind)
{
    static const char *const names[] = {
        [CFLOW_CFG_STRAIGHT] = "straight",   [CFLOW_CFG_TAKEN] = "taken",
        [CFLOW_CFG_NOT_TAKEN] = "not-taken", [CFLOW_CFG_JUMP] = "jump",
        [CFLOW_CFG_INDIRECT] = "indirect",   [CFLOW_CFG_RETURNED] = "returned",
        [CFLOW_CFG_SYSCALL] = "syscall",     [CFLOW_CFG_OTHER] = "other",
    };

    return (unsigned)kind < G_N_ELEMENTS(names) ? names[kind] : "other";
}

/* Whether @edge left @insn before it completed. */
static bool interrupts(const struct cflow_cfg_insn *insn, const struct cflow_edge *edge)
{
    bool on_purpose =
        insn->class == ISA_SYSCALL || insn->class == ISA_TRAP || insn->class == ISA_SYSTEM;

    switch (edge->kind) {
    case CFLOW_RETRY:
        return true;
    case CFLOW_SPLIT:
        return edge->dst == edge->src; /* one round of a repeated string instruction */
    case CFLOW_EXIT:
        return insn->class == ISA_PLAIN;
    case CFLOW_SIGNAL:
        return insn->class != ISA_TRAP;
    case CFLOW_INTERRUPT:
    case CFLOW_EXCEPTION:
        return !on_purpose;
    default:
        return false;
    }
}

/* How often @edge, which leaves the recorded region, did so before its instruction completed. */
static int64_t interrupted_leaves(const cflow_flow *flow, const struct cflow_edge *edge)
{
    int64_t sum = 0;

    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        if (fault->kind == CFLOW_LEAVE_REGION && fault->src == edge->src &&
            fault->src_module == edge->src_module) {
            sum = cfg_add(sum, fault->count);
        }
    }
    return sum;
}

static int64_t interruptions(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn)
{
    int64_t sum = 0;

    for (size_t i = 0; i < insn->n_edges; i++) {
        const struct cflow_edge *edge = &cfg->context->flow->edges[insn->first_edge + i];
        if (interrupts(insn, edge)) {
            sum = cfg_add(sum, edge->count);
        } else if (edge->kind == CFLOW_LEAVE_REGION) {
            sum = cfg_add(sum, interrupted_leaves(cfg->context->flow, edge));
        }
    }
    return sum;
}

static int64_t departures(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn)
{
    int64_t sum = 0;

    for (size_t i = 0; i < insn->n_edges; i++) {
        sum = cfg_add(sum, cfg->context->flow->edges[insn->first_edge + i].count);
    }
    return sum;
}

static int64_t arrivals(const cflow_cfg *cfg, uint64_t address)
{
    const cflow_cfg_context *context = cfg->context;
    size_t first, n = cflow_cfg_edges_to(context, cfg->what.module, address, address + 1, &first);
    int64_t sum = 0;

    for (size_t i = first; i < first + n; i++) {
        sum = cfg_add(sum, context->flow->edges[context->by_dst[i]].count);
    }
    return sum;
}

/* Whether @insn can be left without an edge: a branch cannot, whichever way it goes. */
static bool goes_straight_on(const struct cflow_cfg_insn *insn)
{
    switch (insn->class) {
    case ISA_COND:
    case ISA_JUMP:
    case ISA_CALL:
    case ISA_RETURN:
    case ISA_INDIRECT_JUMP:
    case ISA_INDIRECT_CALL:
    case ISA_TRAP:
        return false;
    default:
        return true;
    }
}

/* In order of addresses: what goes straight on goes upwards. */
static void count_insns(cflow_cfg *cfg)
{
    for (size_t i = 0; i < cfg->n_insns; i++) {
        struct cflow_cfg_insn *insn = &cfg->insns[i];
        size_t next = cfg_next_insn(cfg, i);
        insn->n_edges = cflow_cfg_edges_from(cfg->context, cfg->what.module, insn->address,
                                             insn->address + 1, &insn->first_edge);
        insn->arrived = cfg_add(insn->arrived, arrivals(cfg, insn->address));
        int64_t out = departures(cfg, insn), rest = cfg_sub(insn->arrived, out);
        insn->arrived = MAX(insn->arrived, out); /* what left was there */
        insn->count = MAX(cfg_sub(insn->arrived, interruptions(cfg, insn)), 0);
        cfg->instructions = cfg_add(cfg->instructions, insn->count);
        if (rest > 0 && next != CFLOW_CFG_NONE && goes_straight_on(insn)) {
            cfg->insns[next].arrived = cfg_add(cfg->insns[next].arrived, rest);
        } else if (rest != 0) {
            cfg->residual = cfg_add(cfg->residual, rest < 0 ? -rest : rest);
        }
    }
}

/* Whether a block ends with @insn. */
static bool ends_block(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn)
{
    switch (insn->class) {
    case ISA_PLAIN:
    case ISA_REPEAT:
    case ISA_UNKNOWN:
        break;
    default:
        return true;
    }
    for (size_t i = 0; i < insn->n_edges; i++) {
        const struct cflow_edge *edge = &cfg->context->flow->edges[insn->first_edge + i];
        if (CFLOW_BRANCH_KINDS & CFLOW_KIND_BIT(edge->kind)) {
            return true;
        }
    }
    return false;
}

/* leaders[i]: a block begins with instruction i. */
static bool *find_leaders(const cflow_cfg *cfg)
{
    const cflow_cfg_context *context = cfg->context;
    bool *leaders = g_new0(bool, cfg->n_insns + 1);
    size_t first, at, n, n_targets;

    for (size_t i = 0; i < cfg->n_insns; i++) {
        const struct cflow_cfg_insn *insn = &cfg->insns[i];
        size_t next = cfg_next_insn(cfg, i);
        /* Instructions that overlap, code behind a gap. */
        leaders[i] |= i == 0 || insn->address == cfg->what.start || cfg_next_insn(cfg, i - 1) != i;
        if (ends_block(cfg, insn)) {
            leaders[i + 1] = true;
            if (next != CFLOW_CFG_NONE) {
                leaders[next] = true;
            }
        }
        at = insn->isa_flags & ISA_HAS_TARGET ? cfg_insn_index(cfg, insn->target) : CFLOW_CFG_NONE;
        if (at != CFLOW_CFG_NONE) {
            leaders[at] = true;
        }
        const uint64_t *targets = cfg_targets(cfg, insn, &n_targets);
        for (size_t t = 0; t < n_targets; t++) {
            at = cfg_insn_index(cfg, targets[t]);
            leaders[at == CFLOW_CFG_NONE ? i : at] |= at != CFLOW_CFG_NONE;
        }
    }
    n = cflow_cfg_edges_to(context, cfg->what.module, cfg->what.start, cfg->what.end, &first);
    for (size_t i = first; i < first + n; i++) {
        const struct cflow_edge *edge = &context->flow->edges[context->by_dst[i]];
        at = cfg_insn_index(cfg, edge->dst);
        if (at != CFLOW_CFG_NONE && !(RESUMING_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            leaders[at] = true;
        }
    }
    return leaders;
}

static void make_blocks(cflow_cfg *cfg)
{
    g_autofree bool *leaders = find_leaders(cfg);
    GArray *blocks = g_array_new(FALSE, TRUE, sizeof(struct cflow_cfg_block));

    for (size_t i = 0; i < cfg->n_insns; i++) {
        struct cflow_cfg_insn *insn = &cfg->insns[i];
        if (leaders[i]) {
            struct cflow_cfg_block block = {.start = insn->address,
                                            .first_insn = i,
                                            .count = insn->count,
                                            .idom = CFLOW_CFG_NONE,
                                            .loop = CFLOW_CFG_NONE,
                                            .region = CFLOW_CFG_NONE};
            g_array_append_val(blocks, block);
        }
        struct cflow_cfg_block *block =
            &g_array_index(blocks, struct cflow_cfg_block, blocks->len - 1);
        block->n_insns++;
        block->end = insn->address + insn->size;
        block->interrupted = cfg_add(block->interrupted, interruptions(cfg, insn));
        insn->block = blocks->len - 1;
    }
    cfg->n_blocks = blocks->len;
    cfg->blocks = (struct cflow_cfg_block *)(void *)g_array_free(blocks, FALSE);
}

/*
 * Which way inside the function @edge, from @insn, goes; -1 if it leaves the
 * function, as calls do even when they call the function itself.
 */
static int way_of(const cflow_cfg *cfg, const struct cflow_cfg_insn *insn,
                  const struct cflow_edge *edge)
{
    bool next = insn->size > 0 && edge->dst == insn->address + insn->size;

    if (edge->dst_module != cfg->what.module || cfg_insn_index(cfg, edge->dst) == CFLOW_CFG_NONE) {
        return -1;
    }
    switch (edge->kind) {
    case CFLOW_TAKEN:
        return CFLOW_CFG_TAKEN;
    case CFLOW_NOT_TAKEN:
        return CFLOW_CFG_NOT_TAKEN;
    case CFLOW_JUMP:
        return CFLOW_CFG_JUMP;
    case CFLOW_INDIRECT_JUMP:
        return CFLOW_CFG_INDIRECT;
    case CFLOW_SYSCALL:
        return CFLOW_CFG_SYSCALL;
    case CFLOW_SPLIT:
        return edge->dst == edge->src ? -1 : CFLOW_CFG_STRAIGHT;
    case CFLOW_CALL: /* how i386 finds out where it is */
        return next ? CFLOW_CFG_JUMP : -1;
    case CFLOW_SYSTEM:
    case CFLOW_HOST_CALL:
        return next ? CFLOW_CFG_STRAIGHT : -1;
    case CFLOW_UNKNOWN:
        return CFLOW_CFG_OTHER;
    default:
        return -1;
    }
}

static void add_edge(GArray *edges, size_t from, size_t to, enum cflow_cfg_kind kind, int64_t count)
{
    struct cflow_cfg_edge edge = {.from = from, .to = to, .kind = kind, .count = count};

    g_array_append_val(edges, edge);
}

static bool is_call(const struct cflow_cfg_insn *insn)
{
    return insn->class == ISA_CALL || insn->class == ISA_INDIRECT_CALL;
}

/* How many calls came back to @address. */
static int64_t returns_to(const cflow_cfg *cfg, uint64_t address)
{
    const cflow_cfg_context *context = cfg->context;
    size_t first, n = cflow_cfg_edges_to(context, cfg->what.module, address, address + 1, &first);
    int64_t sum = 0;

    for (size_t i = first; i < first + n; i++) {
        const struct cflow_edge *edge = &context->flow->edges[context->by_dst[i]];
        if (edge->kind == CFLOW_RETURN) {
            sum = cfg_add(sum, edge->count);
        }
    }
    return sum;
}

/* The ways that the last instruction of a block could have gone as well. */
static void add_static_edges(const cflow_cfg *cfg, GArray *edges, const struct cflow_cfg_insn *insn,
                             size_t next)
{
    size_t target =
        insn->isa_flags & ISA_HAS_TARGET ? cfg_insn_index(cfg, insn->target) : CFLOW_CFG_NONE;
    bool skips = (insn->isa_flags & ISA_MAY_SKIP) != 0 || insn->class == ISA_COND;
    size_t n_targets;

    if (target != CFLOW_CFG_NONE && (insn->class == ISA_COND || insn->class == ISA_JUMP)) {
        add_edge(edges, insn->block, cfg->insns[target].block,
                 insn->class == ISA_COND ? CFLOW_CFG_TAKEN : CFLOW_CFG_JUMP, 0);
    }
    const uint64_t *targets = cfg_targets(cfg, insn, &n_targets);
    for (size_t t = 0; t < n_targets; t++) {
        size_t at = cfg_insn_index(cfg, targets[t]);
        if (at != CFLOW_CFG_NONE) {
            add_edge(edges, insn->block, cfg->insns[at].block, CFLOW_CFG_INDIRECT, 0);
        }
    }
    if (next == CFLOW_CFG_NONE || !cfg->what.code) {
        return;
    }
    if (skips && insn->class != ISA_SYSCALL) {
        add_edge(edges, insn->block, cfg->insns[next].block, CFLOW_CFG_NOT_TAKEN, 0);
    } else if (insn->arrived == 0 && (is_call(insn) || insn->class == ISA_SYSCALL)) {
        add_edge(edges, insn->block, cfg->insns[next].block,
                 is_call(insn) ? CFLOW_CFG_RETURNED : CFLOW_CFG_SYSCALL, 0);
    }
}

/* What @insn, anywhere in its block, sends to other blocks. */
static void add_edges_of(cflow_cfg *cfg, GArray *edges, size_t i)
{
    const struct cflow_cfg_insn *insn = &cfg->insns[i];
    struct cflow_cfg_block *block = &cfg->blocks[insn->block];
    bool last = i == block->first_insn + block->n_insns - 1;
    size_t next = cfg_next_insn(cfg, i);
    int64_t rest = cfg_sub(insn->arrived, departures(cfg, insn));

    for (size_t e = insn->first_edge; e < insn->first_edge + insn->n_edges; e++) {
        const struct cflow_edge *edge = &cfg->context->flow->edges[e];
        int way = way_of(cfg, insn, edge);
        if (way < 0) {
            block->left = interrupts(insn, edge) ? block->left : cfg_add(block->left, edge->count);
        } else if (last || way != CFLOW_CFG_STRAIGHT) {
            size_t to = cfg->insns[cfg_insn_index(cfg, edge->dst)].block;
            add_edge(edges, insn->block, to, (enum cflow_cfg_kind)way, edge->count);
        }
    }
    if (!last) {
        return;
    }
    if (next != CFLOW_CFG_NONE && is_call(insn)) {
        int64_t returned = returns_to(cfg, cfg->insns[next].address);
        if (returned > 0) {
            add_edge(edges, insn->block, cfg->insns[next].block, CFLOW_CFG_RETURNED, returned);
        }
    }
    if (next != CFLOW_CFG_NONE && goes_straight_on(insn) &&
        (rest > 0 || (cfg->what.code && !ends_block(cfg, insn)))) {
        add_edge(edges, insn->block, cfg->insns[next].block, CFLOW_CFG_STRAIGHT, MAX(rest, 0));
    }
    add_static_edges(cfg, edges, insn, next);
}

static int compare_edges(const void *pa, const void *pb)
{
    const struct cflow_cfg_edge *a = pa, *b = pb;

    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    if (a->to != b->to) {
        return a->to < b->to ? -1 : 1;
    }
    return (int)a->kind - (int)b->kind;
}

static int compare_by_target(const void *pa, const void *pb, void *data)
{
    const struct cflow_cfg_edge *edges = data;
    size_t ia = *(const size_t *)pa, ib = *(const size_t *)pb;

    if (edges[ia].to != edges[ib].to) {
        return edges[ia].to < edges[ib].to ? -1 : 1;
    }
    return ia < ib ? -1 : ia > ib;
}

static void merge_edges(GArray *edges)
{
    struct cflow_cfg_edge *e = (struct cflow_cfg_edge *)(void *)edges->data;
    guint kept = 0;

    if (edges->len == 0) {
        return;
    }
    qsort(e, edges->len, sizeof(*e), compare_edges);
    for (guint i = 1; i < edges->len; i++) {
        if (compare_edges(&e[kept], &e[i]) == 0) {
            e[kept].count = cfg_add(e[kept].count, e[i].count);
        } else {
            e[++kept] = e[i];
        }
    }
    g_array_set_size(edges, kept + 1);
}

/* Where each block's edges stand in edges and in. */
static void index_edges(cflow_cfg *cfg)
{
    cfg->in = g_new(size_t, cfg->n_edges + 1);
    for (size_t i = 0; i < cfg->n_edges; i++) {
        struct cflow_cfg_block *from = &cfg->blocks[cfg->edges[i].from];
        from->first_out = from->n_out++ ? from->first_out : i;
        cfg->in[i] = i;
    }
    if (cfg->n_edges > 0) {
        g_qsort_with_data(cfg->in, (int)cfg->n_edges, sizeof(size_t), compare_by_target,
                          cfg->edges);
    }
    for (size_t i = 0; i < cfg->n_edges; i++) {
        struct cflow_cfg_block *to = &cfg->blocks[cfg->edges[cfg->in[i]].to];
        to->first_in = to->n_in++ ? to->first_in : i;
    }
}

/* What arrives at each block from outside: all but what the edges bring and what resumes. */
static void count_entries(cflow_cfg *cfg)
{
    const cflow_cfg_context *context = cfg->context;

    for (size_t b = 0; b < cfg->n_blocks; b++) {
        struct cflow_cfg_block *block = &cfg->blocks[b];
        size_t first, n = cflow_cfg_edges_to(context, cfg->what.module, block->start,
                                             block->start + 1, &first);
        bool behind_call = false;
        for (size_t i = 0; i < block->n_in; i++) {
            behind_call |= cfg->edges[cfg->in[block->first_in + i]].kind == CFLOW_CFG_RETURNED;
        }
        for (size_t i = first; i < first + n; i++) {
            const struct cflow_edge *edge = &context->flow->edges[context->by_dst[i]];
            size_t src = edge->src_module == cfg->what.module ? cfg_insn_index(cfg, edge->src)
                                                              : CFLOW_CFG_NONE;
            bool own = src != CFLOW_CFG_NONE && way_of(cfg, &cfg->insns[src], edge) >= 0;
            if (!own && !(RESUMING_KINDS & CFLOW_KIND_BIT(edge->kind)) &&
                !(behind_call && edge->kind == CFLOW_RETURN)) {
                block->entered = cfg_add(block->entered, edge->count);
            }
        }
    }
}

void cfg_find_blocks(cflow_cfg *cfg)
{
    GArray *edges = g_array_new(FALSE, FALSE, sizeof(struct cflow_cfg_edge));

    count_insns(cfg);
    make_blocks(cfg);
    for (size_t i = 0; i < cfg->n_insns; i++) {
        add_edges_of(cfg, edges, i);
    }
    merge_edges(edges);
    cfg->n_edges = edges->len;
    cfg->edges = (struct cflow_cfg_edge *)(void *)g_array_free(edges, FALSE);
    index_edges(cfg);
    count_entries(cfg);
}
