/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow solver: forests with known flows are recovered exactly, and a wrong
 * measurement never goes unnoticed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/flow/solve.h"

#define MAX_NODES 200

/* A reproducible source of numbers (Marsaglia, "Xorshift RNGs", 2003). */
static uint64_t state = 88172645463325252ull;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

struct forest {
    size_t n_nodes, n_edges;
    struct flow_edge edges[2 * MAX_NODES];
    int64_t flows[2 * MAX_NODES];
    int64_t out_of[MAX_NODES], into[MAX_NODES];
};

static size_t find(size_t *up, size_t x)
{
    while (up[x] != x) {
        x = up[x] = up[up[x]];
    }
    return x;
}

/* Random edges that close no cycle, random flows on them, the nodes' sums. */
static void make(struct forest *f)
{
    size_t up[2 * MAX_NODES];

    memset(f, 0, sizeof(*f));
    f->n_nodes = 1 + random_below(MAX_NODES);
    for (size_t i = 0; i < 2 * f->n_nodes; i++) {
        up[i] = i;
    }
    for (size_t tries = 0; tries < 4 * f->n_nodes; tries++) {
        size_t from = random_below(f->n_nodes), to = random_below(f->n_nodes);
        size_t a = find(up, from), b = find(up, f->n_nodes + to);
        if (a == b) {
            continue;
        }
        up[a] = b;
        int64_t flow = random_below(4) ? (int64_t)random_below(1u << 30) : 0;
        f->edges[f->n_edges] = (struct flow_edge){.from = (uint32_t)from, .to = (uint32_t)to};
        f->flows[f->n_edges++] = flow;
        f->out_of[from] += flow;
        f->into[to] += flow;
    }
}

static void recovers_random_forests(void **unused)
{
    (void)unused;
    static struct forest f;

    for (int round = 0; round < 5000; round++) {
        struct flow_result result;
        make(&f);
        assert_true(flow_solve(f.n_nodes, f.out_of, f.into, f.n_edges, f.edges, &result));
        assert_int_equal(result.residual, 0);
        assert_int_equal(result.negative, 0);
        assert_int_equal(result.n_unbalanced, 0);
        assert_int_equal(result.n_cyclic, 0);
        for (size_t i = 0; i < f.n_edges; i++) {
            assert_int_equal(f.edges[i].flow, f.flows[i]);
        }
    }
}

/* One count that is wrong leaves a residual, wherever it is and however small. */
static void catches_a_damaged_count(void **unused)
{
    (void)unused;
    static struct forest f;

    for (int round = 0; round < 5000; round++) {
        struct flow_result result;
        make(&f);
        int64_t error = (int64_t)random_below(2) ? 1 : -(int64_t)(1 + random_below(1000));
        (random_below(2) ? f.out_of : f.into)[random_below(f.n_nodes)] += error;
        assert_true(flow_solve(f.n_nodes, f.out_of, f.into, f.n_edges, f.edges, &result));
        assert_int_not_equal(result.residual, 0);
        assert_int_not_equal(result.n_unbalanced, 0);
    }
}

static void reports_a_cycle(void **unused)
{
    (void)unused;
    struct flow_edge edges[] = {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}};
    int64_t out_of[] = {3, 4}, into[] = {5, 2};
    struct flow_result result;

    assert_true(flow_solve(2, out_of, into, 4, edges, &result));
    assert_int_equal(result.n_cyclic, 4);
}

static void reports_a_negative_flow(void **unused)
{
    (void)unused;
    /* 0 -> 0 carries 5, so 0 -> 1 would have to carry -2. */
    struct flow_edge edges[] = {{0, 0, 0}, {0, 1, 0}};
    int64_t out_of[] = {3, 0}, into[] = {5, -2};
    struct flow_result result;

    assert_true(flow_solve(2, out_of, into, 2, edges, &result));
    assert_int_equal(result.negative, 2);
    assert_int_equal(result.residual, 0);
}

static void solves_nothing(void **unused)
{
    (void)unused;
    int64_t none[1] = {0};
    struct flow_result result;

    assert_true(flow_solve(0, none, none, 0, NULL, &result));
    assert_int_equal(result.residual, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovers_random_forests), cmocka_unit_test(catches_a_damaged_count),
        cmocka_unit_test(reports_a_cycle),         cmocka_unit_test(reports_a_negative_flow),
        cmocka_unit_test(solves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
