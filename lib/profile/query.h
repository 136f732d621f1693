/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to a profile, answered over all of its processes together: branch
 * sites with their destinations, faults, totals.
 *
 * Counts are numbers of control transfers.  Additions saturate at INT64_MAX.
 */
#ifndef CFLOW_PROFILE_QUERY_H
#define CFLOW_PROFILE_QUERY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/profile.h"

/* A set of kinds: bit 1 << kind. */
typedef uint32_t cflow_kinds;

#define CFLOW_KIND_BIT(kind) ((cflow_kinds)1 << (kind))

/* Kinds of edges that a branch site has. */
#define CFLOW_BRANCH_KINDS                                                                         \
    (CFLOW_KIND_BIT(CFLOW_UNKNOWN) | CFLOW_KIND_BIT(CFLOW_TAKEN) |                                 \
     CFLOW_KIND_BIT(CFLOW_NOT_TAKEN) | CFLOW_KIND_BIT(CFLOW_JUMP) | CFLOW_KIND_BIT(CFLOW_CALL) |   \
     CFLOW_KIND_BIT(CFLOW_RETURN) | CFLOW_KIND_BIT(CFLOW_INDIRECT_JUMP) |                          \
     CFLOW_KIND_BIT(CFLOW_INDIRECT_CALL) | CFLOW_KIND_BIT(CFLOW_SYSCALL) |                         \
     CFLOW_KIND_BIT(CFLOW_SYSTEM))

/*
 * The same with what led out of the recorded region: it was a branch, too, unless a
 * fault or signal was handled there.
 */
#define CFLOW_SITE_KINDS (CFLOW_BRANCH_KINDS | CFLOW_KIND_BIT(CFLOW_LEAVE_REGION))

/* Kinds that interrupt the program's own flow of control. */
#define CFLOW_FAULT_KINDS                                                                          \
    (CFLOW_KIND_BIT(CFLOW_EXCEPTION) | CFLOW_KIND_BIT(CFLOW_INTERRUPT) |                           \
     CFLOW_KIND_BIT(CFLOW_SIGNAL) | CFLOW_KIND_BIT(CFLOW_UNEXPLAINED) |                            \
     CFLOW_KIND_BIT(CFLOW_HOST_CALL))

/* Kinds that are artefacts of QEMU and no transfers of control. */
#define CFLOW_ARTEFACT_KINDS (CFLOW_KIND_BIT(CFLOW_SPLIT) | CFLOW_KIND_BIT(CFLOW_RETRY))

/* An edge, its count summed over processes. */
struct cflow_edge {
    int64_t src_module;
    uint64_t src;
    int64_t dst_module;
    uint64_t dst;
    enum cflow_kind kind;
    cflow_privileges privileges; /* that the source ran with */
    int64_t count;
};

/*
 * An instruction with at least one edge of CFLOW_SITE_KINDS.  Its edges, of
 * all kinds, are edges[first_edge] to edges[first_edge + n_edges - 1].
 */
struct cflow_site {
    int64_t module;
    uint64_t offset;
    size_t first_edge, n_edges;
    cflow_kinds kinds;           /* of all its edges */
    cflow_privileges privileges; /* that it ran with */
    unsigned destinations;       /* distinct, of branch edges other than not-taken */
    int64_t total;               /* branch edges: how often it executed as a branch */
    int64_t taken;               /* branch edges other than not-taken */
    int64_t not_taken;
};

/* Control that left an instruction for a reason outside the program's code. */
struct cflow_fault {
    enum cflow_kind kind;
    const char *cause; /* "SIGSEGV", "exception 14", ...; "" if not known */
    int64_t src_module;
    uint64_t src;
    int64_t dst_module;
    uint64_t dst;
    int mid_block;               /* 1 in the middle of a block, 0 not, -1 not known */
    cflow_privileges privileges; /* that the source ran with */
    int64_t count;
    int64_t returned;     /* how often control was seen to come back */
    int64_t instructions; /* that ran until then, in sum */
};

/* What cflow_query() found.  Plain arrays, to be read only. */
typedef struct cflow_flow {
    struct cflow_edge *edges; /* sorted by source, destination, kind */
    size_t n_edges;
    struct cflow_site *sites; /* sorted by module and offset */
    size_t n_sites;
    struct cflow_fault *faults; /* sorted by count, highest first */
    size_t n_faults;
    int64_t by_kind[CFLOW_N_KINDS];
    int64_t by_privilege[CFLOW_N_PRIVILEGES]; /* transfers, by their source's */
    int64_t transfers;                        /* all edges but those of CFLOW_ARTEFACT_KINDS */
    size_t basic_blocks;                      /* distinct addresses that control was sent to */
    size_t n_modules; /* modules that an edge touches, outside not counted */

    GStringChunk *strings; /* private */
} cflow_flow;

/*
 * Reads all edges and discontinuities of @profile, of the processes that
 * cflow_profile_choose() chose, in one pass each.  Returns
 * NULL and sets @error if the profile is damaged.  Free with
 * cflow_flow_free(), or g_autoptr(cflow_flow).
 */
cflow_flow *cflow_query(cflow_profile *profile, GError **error);

/* The same of what went out of code that ran with one of @privileges. */
cflow_flow *cflow_query_part(cflow_profile *profile, cflow_privileges privileges, GError **error);

/* Frees @flow.  NULL is allowed. */
void cflow_flow_free(cflow_flow *flow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_flow, cflow_flow_free)

/* One row of "insn". */
typedef struct cflow_insn {
    char *class;   /* isa_class_name(); "" if there is no row */
    char *disasm;  /* "" if not known */
    char *symbol;  /* the name QEMU gave it, "" if none */
    GBytes *bytes; /* or NULL */
    bool has_target;
    uint64_t target; /* offset in the same module */
    unsigned flags;  /* enum cflow_insn_flag */
} cflow_insn;

/*
 * Looks up the instruction at @offset of @module; one that has no row yields
 * empty strings.  Returns NULL and sets @error if the profile is damaged.
 * Free with cflow_insn_free(), or g_autoptr(cflow_insn).
 */
cflow_insn *cflow_query_insn(cflow_profile *profile, int64_t module, uint64_t offset,
                             GError **error);

/* Frees @insn.  NULL is allowed. */
void cflow_insn_free(cflow_insn *insn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_insn, cflow_insn_free)

/* Where a module lay in the guest's address space. */
struct cflow_mapping {
    bool found;          /* false: the profile does not tell, and the rest is 0 */
    uint64_t start, end; /* the first mapping in which code ran, not all of the module */
    uint64_t bias;       /* guest address minus address in the module */
};

/*
 * Where @module lay in the first process that had it.  Returns false and sets
 * @error if the profile is damaged.
 */
bool cflow_query_mapping(cflow_profile *profile, int64_t module, struct cflow_mapping *out,
                         GError **error);

/* The kind called @name, as in the table "kind"; -1 if there is none. */
int cflow_kind_from_name(const char *name);

#endif
