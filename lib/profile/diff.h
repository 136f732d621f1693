/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is different between two profiles, A and B: edges that only one of them
 * has, conditional branches whose bias moved, functions whose counts moved.
 *
 * Addresses are compared in modules that are the same, by path, build-id and
 * kind.  Of a file that was built anew, and of generated code, only the counts
 * of functions are.
 */
#ifndef CFLOW_PROFILE_DIFF_H
#define CFLOW_PROFILE_DIFF_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/profile.h"
#include "lib/profile/query.h"

enum {
    CFLOW_DIFF_A,
    CFLOW_DIFF_B,
    CFLOW_DIFF_SIDES
};

/*
 * The function that has the instruction at @offset of @module in profile A or
 * B; NULL if not known.  The name has to live as long as the result.
 */
typedef const char *(*cflow_diff_name)(void *data, int side, int64_t module, uint64_t offset);

struct cflow_diff_options {
    double threshold;  /* percent, at least 0: see the structures below */
    int64_t min_count; /* transfers; smaller differences are left out */
    /*
     * Moves that two runs of a program whose behaviour is up to chance may show are left
     * out: those within so many standard deviations, if each execution of a branch is
     * a throw of its own (the two-proportion z-test), and transfers come like events of
     * a Poisson process.  0: all moves count.
     */
    double deviations;
    cflow_diff_name name;
    void *data; /* for name */
};

/* An edge, of a branch's kind, that one profile has min_count times or more. */
struct cflow_diff_edge {
    int side; /* where it is */
    const struct cflow_edge *edge;
};

/*
 * A conditional branch that both executed min_count times or more, and that was
 * taken in shares that lie threshold percentage points or more apart.
 */
struct cflow_diff_branch {
    const struct cflow_site *site[CFLOW_DIFF_SIDES];
    double taken[CFLOW_DIFF_SIDES]; /* percent */
};

/*
 * A function whose instructions made more or fewer transfers of control: by
 * min_count or more, and by threshold percent of A's count or more.
 */
struct cflow_diff_function {
    const char *module; /* path */
    const char *name;   /* NULL: code without a name */
    int64_t count[CFLOW_DIFF_SIDES];
};

typedef struct cflow_diff {
    GArray *edges;     /* struct cflow_diff_edge, highest count first */
    GArray *branches;  /* struct cflow_diff_branch, largest move first */
    GArray *functions; /* struct cflow_diff_function, largest difference first */
    GPtrArray *notes;  /* char *: what was not compared, and why */
    GStringChunk *strings;
} cflow_diff;

/*
 * Compares two profiles and their flows, which must live as long as the result.
 * Fails if they are of different instruction sets or modes.  Free with
 * cflow_diff_free(), or g_autoptr(cflow_diff).
 */
cflow_diff *cflow_diff_new(cflow_profile *const profile[CFLOW_DIFF_SIDES],
                           const cflow_flow *const flow[CFLOW_DIFF_SIDES],
                           const struct cflow_diff_options *options, GError **error);

/* Frees @diff.  NULL is allowed. */
void cflow_diff_free(cflow_diff *diff);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_diff, cflow_diff_free)

/* Whether nothing was found. */
bool cflow_diff_is_same(const cflow_diff *diff);

#endif
