/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An estimate of what functions cost together with what they call.
 *
 * Counts of calls do not tell which caller's calls were the expensive ones.  As
 * in gprof (Graham, Kessler, McKusick: gprof, a call graph execution profiler,
 * SIGPLAN 1982) each call of a function is taken to cost the same, and
 * functions that call each other in a circle count as one.
 */
#ifndef CFLOW_EXPORT_INCLUSIVE_H
#define CFLOW_EXPORT_INCLUSIVE_H

#include <stddef.h>
#include <stdint.h>

/* Calls of one function by another; both are indices. */
struct cflow_call {
    uint32_t caller, callee;
    int64_t count;
    int64_t inclusive; /* filled in: the estimate for these calls together */
};

/*
 * Fills in .inclusive of the @n_calls calls among @n functions that cost @self
 * themselves.  Calls within a circle get 0.
 */
void cflow_estimate_inclusive(const int64_t *self, size_t n, struct cflow_call *calls,
                              size_t n_calls);

#endif
