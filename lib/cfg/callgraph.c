/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/cfg/callgraph.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cfg/cfg-internal.h"

const char *cflow_call_kind_name(enum cflow_call_kind kind)
{
    static const char *const names[CFLOW_CALL_N_KINDS] = {
        [CFLOW_CALL_DIRECT] = "call",    [CFLOW_CALL_INDIRECT] = "indirect-call",
        [CFLOW_CALL_TAIL] = "tail-call", [CFLOW_CALL_TAIL_INDIRECT] = "indirect-tail-call",
        [CFLOW_CALL_SIGNAL] = "signal",  [CFLOW_CALL_ENTRY] = "entry",
    };

    return (unsigned)kind < CFLOW_CALL_N_KINDS ? names[kind] : "unknown";
}

/* -1 if @edge is no call. */
static int kind_of(const struct cflow_edge *edge, const struct cflow_cfg_function *from,
                   const struct cflow_cfg_function *to)
{
    bool start = to->has_range && edge->dst == to->start && to != from;

    switch (edge->kind) {
    case CFLOW_CALL:
        /* Within a function, not to its start: how i386 finds out where it is. */
        return from == to && from->has_range && edge->dst != to->start ? -1 : CFLOW_CALL_DIRECT;
    case CFLOW_INDIRECT_CALL:
        return CFLOW_CALL_INDIRECT;
    case CFLOW_TAKEN:
    case CFLOW_JUMP:
        return start ? CFLOW_CALL_TAIL : -1;
    case CFLOW_INDIRECT_JUMP:
        return start ? CFLOW_CALL_TAIL_INDIRECT : -1;
    case CFLOW_SIGNAL:
    case CFLOW_INTERRUPT:
    case CFLOW_EXCEPTION:
        return CFLOW_CALL_SIGNAL;
    case CFLOW_ENTRY:
        return CFLOW_CALL_ENTRY;
    case CFLOW_ENTER_REGION: /* called from there, or else returned to */
        return start ? CFLOW_CALL_ENTRY : -1;
    default:
        return -1;
    }
}

static int compare_pointers(const void *a, const void *b)
{
    return (uintptr_t)a == (uintptr_t)b ? 0 : (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

static int compare_calls(const void *pa, const void *pb)
{
    const struct cflow_call *a = pa, *b = pb;
    int order = compare_pointers(a->from, b->from);

    order = order ? order : compare_pointers(a->to, b->to);
    return order ? order : (int)a->kind - (int)b->kind;
}

static void merge_calls(GArray *calls)
{
    struct cflow_call *c = (struct cflow_call *)(void *)calls->data;
    guint kept = 0;

    if (calls->len == 0) {
        return;
    }
    qsort(c, calls->len, sizeof(*c), compare_calls);
    for (guint i = 1; i < calls->len; i++) {
        if (compare_calls(&c[kept], &c[i]) == 0) {
            c[kept].count = cfg_add(c[kept].count, c[i].count);
            c[kept].sites += c[i].sites;
        } else {
            c[++kept] = c[i];
        }
    }
    g_array_set_size(calls, kept + 1);
}

static void read_calls(cflow_cfg_program *program, cflow_callgraph *graph)
{
    const cflow_flow *flow = program->context->flow;
    GArray *calls = g_array_new(FALSE, FALSE, sizeof(struct cflow_call));
    const cflow_kinds may_call = CFLOW_KIND_BIT(CFLOW_CALL) | CFLOW_KIND_BIT(CFLOW_INDIRECT_CALL) |
                                 CFLOW_KIND_BIT(CFLOW_TAKEN) | CFLOW_KIND_BIT(CFLOW_JUMP) |
                                 CFLOW_KIND_BIT(CFLOW_INDIRECT_JUMP) |
                                 CFLOW_KIND_BIT(CFLOW_SIGNAL) | CFLOW_KIND_BIT(CFLOW_INTERRUPT) |
                                 CFLOW_KIND_BIT(CFLOW_EXCEPTION) | CFLOW_KIND_BIT(CFLOW_ENTRY) |
                                 CFLOW_KIND_BIT(CFLOW_ENTER_REGION);

    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        if (!(may_call & CFLOW_KIND_BIT(edge->kind)) || edge->count == 0) {
            continue;
        }
        struct cflow_call call = {
            .from = cflow_cfg_program_at(program, edge->src_module, edge->src),
            .to = cflow_cfg_program_at(program, edge->dst_module, edge->dst),
            .count = edge->count,
        };
        int kind = kind_of(edge, call.from, call.to);
        if (kind < 0) {
            continue;
        }
        call.kind = (enum cflow_call_kind)kind;
        /* Edges are sorted by source: is this the first of that kind from its instruction? */
        const struct cflow_call *last =
            calls->len ? &g_array_index(calls, struct cflow_call, calls->len - 1) : NULL;
        bool same = last && i > 0 && edge[-1].src == edge->src &&
                    edge[-1].src_module == edge->src_module && compare_calls(last, &call) == 0;
        call.sites = !same;
        graph->by_kind[kind] = cfg_add(graph->by_kind[kind], edge->count);
        g_array_append_val(calls, call);
    }
    merge_calls(calls);
    graph->n_calls = calls->len;
    graph->calls = (struct cflow_call *)(void *)g_array_free(calls, FALSE);
}

static void free_node(gpointer data)
{
    struct cflow_callgraph_node *node = data;

    g_ptr_array_unref(node->callers);
    g_ptr_array_unref(node->callees);
    g_free(node);
}

static struct cflow_callgraph_node *node_of(cflow_callgraph *graph,
                                            const struct cflow_cfg_function *function)
{
    struct cflow_callgraph_node *node = g_hash_table_lookup(graph->by_function, function);

    if (!node) {
        node = g_new0(struct cflow_callgraph_node, 1);
        node->function = function;
        node->callers = g_ptr_array_new();
        node->callees = g_ptr_array_new();
        g_ptr_array_add(graph->nodes, node);
        g_hash_table_insert(graph->by_function, (gpointer)function, node);
    }
    return node;
}

static int compare_places(const struct cflow_cfg_function *a, const struct cflow_cfg_function *b)
{
    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static int compare_counts(const void *pa, const void *pb)
{
    const struct cflow_call *a = *(const struct cflow_call *const *)pa;
    const struct cflow_call *b = *(const struct cflow_call *const *)pb;
    int order;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    order = compare_places(a->from, b->from);
    order = order ? order : compare_places(a->to, b->to);
    return order ? order : (int)a->kind - (int)b->kind;
}

static int compare_nodes(const void *pa, const void *pb)
{
    const struct cflow_callgraph_node *a = *(const struct cflow_callgraph_node *const *)pa;
    const struct cflow_callgraph_node *b = *(const struct cflow_callgraph_node *const *)pb;

    if (a->called != b->called) {
        return a->called > b->called ? -1 : 1;
    }
    return compare_places(a->function, b->function);
}

cflow_callgraph *cflow_callgraph_new(cflow_cfg_program *program)
{
    cflow_callgraph *graph = g_new0(cflow_callgraph, 1);

    graph->nodes = g_ptr_array_new_with_free_func(free_node);
    graph->by_function = g_hash_table_new(NULL, NULL);
    read_calls(program, graph);
    for (size_t i = 0; i < graph->n_calls; i++) {
        struct cflow_call *call = &graph->calls[i];
        struct cflow_callgraph_node *from = node_of(graph, call->from);
        struct cflow_callgraph_node *to = node_of(graph, call->to);
        g_ptr_array_add(from->callees, call);
        g_ptr_array_add(to->callers, call);
        from->calls = cfg_add(from->calls, call->count);
        to->called = cfg_add(to->called, call->count);
        to->recursive = cfg_add(to->recursive, from == to ? call->count : 0);
    }
    g_ptr_array_sort(graph->nodes, compare_nodes);
    for (guint i = 0; i < graph->nodes->len; i++) {
        struct cflow_callgraph_node *node = g_ptr_array_index(graph->nodes, i);
        g_ptr_array_sort(node->callers, compare_counts);
        g_ptr_array_sort(node->callees, compare_counts);
    }
    return graph;
}

void cflow_callgraph_free(cflow_callgraph *graph)
{
    if (graph) {
        g_ptr_array_unref(graph->nodes);
        g_hash_table_unref(graph->by_function);
        g_free(graph->calls);
        g_free(graph);
    }
}

const struct cflow_callgraph_node *cflow_callgraph_find(const cflow_callgraph *graph,
                                                        const struct cflow_cfg_function *function)
{
    return g_hash_table_lookup(graph->by_function, function);
}
