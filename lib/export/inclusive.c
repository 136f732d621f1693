/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/inclusive.h"

#include <glib.h>

#include "lib/export/executed.h"

#define NONE UINT32_MAX

/* Tarjan's algorithm (SIAM J. Comput. 1972) with a stack of its own. */
struct graph {
    const struct cflow_call *calls;
    uint32_t *first, *order; /* calls of function f: order[first[f]] to order[first[f + 1] - 1] */
    uint32_t *next;          /* the call to look at next */
    uint32_t *index, *low;   /* NONE: not visited */
    uint32_t *circle;        /* number of its circle; callees have lower ones; NONE: not yet */
    uint32_t *open, *path;   /* visited and without a circle; on the way from the root */
    uint32_t n_open, n_path, n_visited, n_circles;
};

/* Sorts calls by caller, without moving them. */
static void index_calls(struct graph *g, size_t n, size_t n_calls)
{
    for (size_t i = 0; i < n_calls; i++) {
        g->first[g->calls[i].caller + 1]++;
    }
    for (size_t f = 0; f < n; f++) {
        g->first[f + 1] += g->first[f];
        g->next[f] = g->first[f];
    }
    for (size_t i = 0; i < n_calls; i++) {
        g->order[g->next[g->calls[i].caller]++] = (uint32_t)i;
    }
    for (size_t f = 0; f < n; f++) {
        g->next[f] = g->first[f];
        g->index[f] = g->circle[f] = NONE;
    }
}

static void enter(struct graph *g, uint32_t f)
{
    g->index[f] = g->low[f] = g->n_visited++;
    g->open[g->n_open++] = f;
    g->path[g->n_path++] = f;
}

static void leave(struct graph *g, uint32_t f)
{
    g->n_path--;
    if (g->n_path) {
        uint32_t parent = g->path[g->n_path - 1];
        g->low[parent] = MIN(g->low[parent], g->low[f]);
    }
    if (g->low[f] == g->index[f]) {
        uint32_t member;
        do {
            member = g->open[--g->n_open];
            g->circle[member] = g->n_circles;
        } while (member != f);
        g->n_circles++;
    }
}

static void visit(struct graph *g, uint32_t root)
{
    enter(g, root);
    while (g->n_path) {
        uint32_t f = g->path[g->n_path - 1];
        if (g->next[f] == g->first[f + 1]) {
            leave(g, f);
            continue;
        }
        uint32_t callee = g->calls[g->order[g->next[f]++]].callee;
        if (g->index[callee] == NONE) {
            enter(g, callee);
        } else if (g->circle[callee] == NONE) {
            g->low[f] = MIN(g->low[f], g->index[callee]);
        }
    }
}

/* Calls sorted by the circle of the callee, so that a callee's cost is known when it is asked for.
 */
static int compare_calls(const void *pa, const void *pb, void *data)
{
    const struct graph *g = data;
    uint32_t a = g->circle[g->calls[*(const uint32_t *)pa].callee];
    uint32_t b = g->circle[g->calls[*(const uint32_t *)pb].callee];

    return a < b ? -1 : a > b;
}

/*
 * Callees first: when the calls of a circle are met, all calls that it makes
 * have been met, since those go to circles with lower numbers.
 */
static void distribute(struct graph *g, const int64_t *self, size_t n, struct cflow_call *calls,
                       size_t n_calls)
{
    g_autofree int64_t *cost = g_new0(int64_t, g->n_circles + 1);
    g_autofree int64_t *called = g_new0(int64_t, g->n_circles + 1);

    for (size_t f = 0; f < n; f++) {
        cost[g->circle[f]] = cflow_add_counts(cost[g->circle[f]], self[f]);
    }
    for (size_t i = 0; i < n_calls; i++) {
        uint32_t to = g->circle[calls[i].callee];
        if (to != g->circle[calls[i].caller]) {
            called[to] = cflow_add_counts(called[to], calls[i].count);
        }
    }
    g_qsort_with_data(g->order, (gint)n_calls, sizeof(*g->order), compare_calls, g);
    for (size_t i = 0; i < n_calls; i++) {
        struct cflow_call *call = &calls[g->order[i]];
        uint32_t from = g->circle[call->caller], to = g->circle[call->callee];
        if (from != to && called[to] > 0) {
            call->inclusive = (int64_t)((__int128)cost[to] * call->count / called[to]);
            cost[from] = cflow_add_counts(cost[from], call->inclusive);
        }
    }
}

void cflow_estimate_inclusive(const int64_t *self, size_t n, struct cflow_call *calls,
                              size_t n_calls)
{
    g_autofree uint32_t *memory = g_new0(uint32_t, 7 * n + 1 + n_calls);
    struct graph g = {
        .calls = calls,
        .next = memory,
        .index = memory + n,
        .low = memory + 2 * n,
        .circle = memory + 3 * n,
        .open = memory + 4 * n,
        .path = memory + 5 * n,
        .first = memory + 6 * n,
        .order = memory + 7 * n + 1,
    };

    index_calls(&g, n, n_calls);
    for (size_t f = 0; f < n; f++) {
        if (g.index[f] == NONE) {
            visit(&g, (uint32_t)f);
        }
    }
    distribute(&g, self, n, calls, n_calls);
}
