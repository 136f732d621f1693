/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/cfg/cfg.h"

static int compare_place(int64_t module_a, uint64_t a, int64_t module_b, uint64_t b)
{
    if (module_a != module_b) {
        return module_a < module_b ? -1 : 1;
    }
    return a == b ? 0 : a < b ? -1 : 1;
}

static int compare_destinations(const void *pa, const void *pb, void *data)
{
    const cflow_flow *flow = data;
    uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;
    const struct cflow_edge *a = &flow->edges[ia], *b = &flow->edges[ib];
    int order = compare_place(a->dst_module, a->dst, b->dst_module, b->dst);

    return order ? order : ia < ib ? -1 : ia > ib;
}

cflow_cfg_context *cflow_cfg_context_new(cflow_profile *profile, const cflow_flow *flow,
                                         GError **error)
{
    g_autoptr(cflow_cfg_context) context = g_new0(cflow_cfg_context, 1);
    const char *isa = cflow_profile_meta(profile, "isa");

    context->profile = profile;
    context->flow = flow;
    context->isa = isa ? isa_find(isa) : NULL;
    context->blocks = cflow_query_blocks(profile, -1, error);
    if (!context->blocks) {
        return NULL;
    }
    if (flow->n_edges >= G_MAXINT32) {
        cflow_profile_damaged(profile, "more edges than there can be", error);
        return NULL;
    }
    context->by_dst = g_new(uint32_t, flow->n_edges);
    for (size_t i = 0; i < flow->n_edges; i++) {
        context->by_dst[i] = (uint32_t)i;
    }
    if (flow->n_edges > 0) {
        g_qsort_with_data(context->by_dst, (int)flow->n_edges, sizeof(uint32_t),
                          compare_destinations, (void *)flow);
    }
    return g_steal_pointer(&context);
}

void cflow_cfg_context_free(cflow_cfg_context *context)
{
    if (context) {
        g_clear_pointer(&context->blocks, g_array_unref);
        g_free(context->by_dst);
        g_free(context);
    }
}

/* The first edge whose source (or destination) is not before the place. */
static size_t lower_bound(const cflow_cfg_context *context, bool to, int64_t module,
                          uint64_t address)
{
    size_t low = 0, high = context->flow->n_edges;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cflow_edge *edge =
            &context->flow->edges[to ? context->by_dst[middle] : middle];
        int order = to ? compare_place(edge->dst_module, edge->dst, module, address)
                       : compare_place(edge->src_module, edge->src, module, address);
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t cflow_cfg_edges_from(const cflow_cfg_context *context, int64_t module, uint64_t start,
                            uint64_t end, size_t *first)
{
    *first = lower_bound(context, false, module, start);
    return lower_bound(context, false, module, end) - *first;
}

size_t cflow_cfg_edges_to(const cflow_cfg_context *context, int64_t module, uint64_t start,
                          uint64_t end, size_t *first)
{
    *first = lower_bound(context, true, module, start);
    return lower_bound(context, true, module, end) - *first;
}
