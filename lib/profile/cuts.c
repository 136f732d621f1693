/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/cuts.h"

static int compare_cuts(const void *pa, const void *pb)
{
    const struct cflow_cut *a = pa, *b = pb;

    if (a->next != b->next) {
        return a->next < b->next ? -1 : 1;
    }
    return a->last == b->last ? 0 : a->last < b->last ? -1 : 1;
}

/* Adds up the splits from each instruction to the next. */
static GHashTable *read_splits(const cflow_flow *flow, int64_t module)
{
    GHashTable *splits = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);

    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        if (edge->kind != CFLOW_SPLIT || edge->src_module != module || edge->dst_module != module ||
            edge->dst <= edge->src) {
            continue;
        }
        struct cflow_cut *cut = g_hash_table_lookup(splits, &edge->src);
        if (!cut) {
            cut = g_new(struct cflow_cut, 1);
            *cut = (struct cflow_cut){edge->src, edge->dst, 0};
            g_hash_table_insert(splits, &cut->last, cut);
        }
        if (__builtin_add_overflow(cut->count, edge->count, &cut->count)) {
            cut->count = INT64_MAX;
        }
    }
    return splits;
}

GArray *cflow_cuts(const cflow_flow *flow, int64_t module, const struct cflow_block *blocks,
                   size_t n)
{
    g_autoptr(GHashTable) splits = read_splits(flow, module);
    GArray *cuts = g_array_new(FALSE, FALSE, sizeof(struct cflow_cut));
    GHashTableIter iter;
    gpointer value;

    for (size_t i = 0; i < n; i++) {
        struct cflow_cut *cut = g_hash_table_lookup(splits, &blocks[i].last);
        if (cut) {
            cut->count -= MIN(cut->count, blocks[i].completed);
        }
    }
    g_hash_table_iter_init(&iter, splits);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct cflow_cut *cut = value;
        if (cut->count > 0) {
            g_array_append_val(cuts, *cut);
        }
    }
    g_array_sort(cuts, compare_cuts);
    return cuts;
}
