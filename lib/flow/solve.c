/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/flow/solve.h"

#include <stdlib.h>

/*
 * Each node is two halves, one that edges leave and one that they enter, and
 * each half is a vertex of the forest with an equation of its own.
 */
struct half {
    uint32_t degree;
    uint32_t edges; /* XOR of the numbers of the unsolved edges here */
};

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

/* Solve the one unknown edge of leaf @h and take it off; the vertex at its far end. */
static size_t peel(size_t h, size_t n, struct half *halves, int64_t *need, struct flow_edge *edges,
                   struct flow_result *result)
{
    uint32_t e = halves[h].edges;
    size_t far = h < n ? n + edges[e].to : edges[e].from;

    edges[e].flow = need[h];
    if (need[h] < 0) {
        result->negative += magnitude(need[h]);
        result->n_unbalanced++;
    }
    need[far] = (int64_t)((uint64_t)need[far] - (uint64_t)need[h]); /* damaged counters wrap */
    need[h] = 0;
    halves[h].degree = 0;
    halves[far].degree--;
    halves[far].edges ^= e;
    return far;
}

bool flow_solve(size_t n_nodes, int64_t *out_of, int64_t *into, size_t n_edges,
                struct flow_edge *edges, struct flow_result *result)
{
    size_t n = n_nodes, n_halves = 2 * n_nodes, solved = 0;
    struct half *halves = calloc(n_halves + 1, sizeof(*halves));
    int64_t *need = malloc((n_halves + 1) * sizeof(*need));

    *result = (struct flow_result){0};
    if (!halves || !need) {
        free(halves);
        free(need);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        need[i] = out_of[i];
        need[n + i] = into[i];
    }
    for (uint32_t e = 0; e < n_edges; e++) {
        struct half *from = &halves[edges[e].from], *to = &halves[n + edges[e].to];
        edges[e].flow = 0;
        from->degree++;
        from->edges ^= e;
        to->degree++;
        to->edges ^= e;
    }
    for (size_t start = 0; start < n_halves; start++) {
        /* Taking a leaf off may make a leaf of its neighbour: follow it. */
        for (size_t h = start; halves[h].degree == 1; solved++) {
            h = peel(h, n, halves, need, edges, result);
        }
    }
    for (size_t h = 0; h < n_halves; h++) {
        if (need[h]) {
            result->residual += magnitude(need[h]);
            result->n_unbalanced++;
        }
    }
    result->n_cyclic = n_edges - solved;
    free(halves);
    free(need);
    return true;
}
