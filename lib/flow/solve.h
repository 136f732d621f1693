/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovering the flow on edges that were not measured.
 *
 * What flows into a node flows out of it, so where the edges without a
 * measurement form a forest, each of them follows from the nodes: a leaf's one
 * unknown edge carries what the leaf still lacks, and taking the leaf off
 * leaves a smaller forest.  (Knuth and Stevenson, "Optimal measurement points
 * for program frequency counts", BIT 1973.)  A tree of n nodes has n - 1
 * unknowns and n equations: the last one is a check, its residual.
 */
#ifndef CFLOW_FLOW_SOLVE_H
#define CFLOW_FLOW_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An edge between nodes @from and @to; @flow is found by flow_solve(). */
struct flow_edge {
    uint32_t from, to;
    int64_t flow;
};

struct flow_result {
    uint64_t residual;   /* sum of |what is left over| over all trees */
    uint64_t negative;   /* sum of -flow over edges that came out below zero */
    size_t n_unbalanced; /* trees with a residual, edges below zero */
    size_t n_cyclic;     /* edges on cycles, not solved: their flow is 0 */
};

/*
 * @out_of[i] and @into[i]: what leaves node i, and what enters it, by
 * unmeasured edges (measured flows already taken off).  A node is a source of
 * edges or a destination, or both: an edge takes its flow from out_of[from]
 * and into[to].  To split a node, give it two numbers.
 *
 * The arrays are used up.  False without memory.
 */
bool flow_solve(size_t n_nodes, int64_t *out_of, int64_t *into, size_t n_edges,
                struct flow_edge *edges, struct flow_result *result);

#endif
