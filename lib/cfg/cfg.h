/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control-flow graph of one function: its instructions, basic blocks and
 * edges, with the counts of a profile, and its loops.
 *
 * Counts.  A profile has every transfer of control, so that what arrives at an
 * instruction and does not leave from it goes on to the next one.  Summing up
 * along the function's addresses yields, for each instruction,
 *
 *     arrived = transfers to it + what went on from the instruction before
 *     count   = arrived - how often it was interrupted before it completed
 *
 * both exact where the profile is.  Whatever is left over at an instruction
 * that cannot go on is the residual of the function, 0 in an exact profile.
 *
 * A basic block begins at the function's start, wherever an edge goes to, behind
 * every instruction that can branch (calls too: they need not come back), and at
 * the targets of branches, and of jumps through tables, that were never gone to.  Where QEMU merely
 * cut straight-line code in two, or resumed it, no block begins.
 *
 * An edge from a call to the instruction behind it stands for the calls that
 * came back.
 */
#ifndef CFLOW_CFG_CFG_H
#define CFLOW_CFG_CFG_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/profile/blocks.h"
#include "lib/profile/profile.h"
#include "lib/profile/query.h"

/* What the graphs of all functions of a profile share. */
typedef struct cflow_cfg_context {
    cflow_profile *profile;
    const cflow_flow *flow;
    const struct isa *isa; /* NULL if it has no decoder */
    GArray *blocks;        /* struct cflow_block, of all modules */
    uint32_t *by_dst;      /* indices of flow->edges, sorted by destination */
} cflow_cfg_context;

/*
 * Prepares for graphs of the functions in @profile, whose edges are @flow; both
 * must outlive the context.  Returns NULL and sets @error if the profile is
 * damaged.  Free with cflow_cfg_context_free(), or g_autoptr(cflow_cfg_context).
 */
cflow_cfg_context *cflow_cfg_context_new(cflow_profile *profile, const cflow_flow *flow,
                                         GError **error);
void cflow_cfg_context_free(cflow_cfg_context *context);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_cfg_context, cflow_cfg_context_free)

/*
 * The edges from addresses [@start, @end) of @module: flow->edges[i] with
 * *@first <= i < *@first + the number returned.
 */
size_t cflow_cfg_edges_from(const cflow_cfg_context *context, int64_t module, uint64_t start,
                            uint64_t end, size_t *first);

/* Likewise the edges to them: flow->edges[by_dst[i]]. */
size_t cflow_cfg_edges_to(const cflow_cfg_context *context, int64_t module, uint64_t start,
                          uint64_t end, size_t *first);

/* Which function. */
struct cflow_cfg_request {
    int64_t module;
    uint64_t start, end; /* addresses in the module, @end behind it */
    enum isa_mode mode;
    const unsigned char *code; /* bytes from @start on; NULL if there is no file */
    size_t n_code;             /* may be less than the function has */
    bool (*is_data)(uint64_t address, void *data); /* no code there; may be NULL */
    /* Where else the indirect jump at @address can go; *@n addresses.  May be NULL. */
    const uint64_t *(*targets)(uint64_t address, size_t *n, void *data);
    void *data;
};

struct cflow_cfg_insn {
    uint64_t address;
    unsigned size;        /* bytes; 0 if not known */
    enum isa_class class; /* ISA_UNKNOWN if not known */
    unsigned isa_flags;   /* enum isa_flags */
    uint64_t target;      /* with ISA_HAS_TARGET */
    bool has_bytes;
    unsigned char bytes[16];
    const char *text; /* the profile's disassembly, or NULL */
    unsigned flags;   /* enum cflow_insn_flag, of the profile's row; 0 if it has none */
    int64_t arrived;
    int64_t count;
    size_t first_edge, n_edges; /* what leaves it: flow->edges[first_edge...] */
    size_t block;
};

enum cflow_cfg_kind {
    CFLOW_CFG_STRAIGHT, /* on to the next block, without a branch */
    CFLOW_CFG_TAKEN,    /* a conditional branch's two ways */
    CFLOW_CFG_NOT_TAKEN,
    CFLOW_CFG_JUMP,
    CFLOW_CFG_INDIRECT,
    CFLOW_CFG_RETURNED, /* a call came back */
    CFLOW_CFG_SYSCALL,  /* a system call came back */
    CFLOW_CFG_OTHER,    /* an instruction that is not decoded */
};

/* "straight", "taken", ... */
const char *cflow_cfg_kind_name(enum cflow_cfg_kind kind);

#define CFLOW_CFG_NONE SIZE_MAX

/* An edge inside the function.  One that never ran has count 0. */
struct cflow_cfg_edge {
    size_t from, to; /* blocks */
    enum cflow_cfg_kind kind;
    int64_t count;
};

struct cflow_cfg_block {
    uint64_t start, end; /* @end behind its last instruction, as far as known */
    size_t first_insn, n_insns;
    int64_t count;           /* of its first instruction */
    int64_t entered;         /* arrivals from other functions, and by calls */
    int64_t left;            /* departures to other functions, by calls and returns too */
    int64_t interrupted;     /* of all its instructions */
    size_t first_out, n_out; /* edges[first_out...] */
    size_t first_in, n_in;   /* edges[in[first_in]...] */
    bool reachable;          /* over known edges from an entry; the rest never ran */
    size_t idom;             /* immediate dominator; NONE for entries */
    size_t loop;             /* innermost loop; NONE */
    size_t region;           /* irreducible region; NONE */
};

/*
 * A natural loop: a block, the header, that dominates the source of an edge back
 * to it, and all blocks between.  Loops of one header are one loop.
 */
struct cflow_cfg_loop {
    size_t header;
    size_t parent;  /* the loop around it; NONE */
    unsigned depth; /* 1: outermost */
    size_t n_blocks;
    int64_t entries;     /* arrivals at the header from outside the loop */
    int64_t back;        /* arrivals at the header from inside */
    int64_t exits;       /* transfers from inside to blocks of the function outside */
    size_t test;         /* the block where the straight way from the header ends */
    bool top_tested;     /* left there only: the last arrival at the header is no iteration */
    int64_t iterations;  /* how often the body ran: entries + back; back if top_tested */
    int64_t least, most; /* iterations per entry, as far as the counts tell; exact if equal */
};

/* Blocks that run in a circle which has several entries, so that none dominates. */
struct cflow_cfg_region {
    size_t n_blocks;
    size_t n_entries; /* blocks that it is entered through */
    size_t first;     /* the block with the lowest address */
    int64_t entries;  /* transfers into it */
    int64_t inside;   /* transfers between its blocks */
};

typedef struct cflow_cfg {
    struct cflow_cfg_request what;
    const cflow_cfg_context *context;
    struct cflow_cfg_insn *insns; /* sorted by address */
    size_t n_insns;
    struct cflow_cfg_block *blocks; /* sorted by start */
    size_t n_blocks;
    struct cflow_cfg_edge *edges; /* sorted by from, to, kind */
    size_t n_edges;
    size_t *in;                   /* indices of edges, sorted by to */
    struct cflow_cfg_loop *loops; /* each behind the loops around it */
    size_t n_loops;
    struct cflow_cfg_region *regions;
    size_t n_regions;
    int64_t residual;      /* transfers that do not add up */
    int64_t instructions;  /* executed, sum over insns[].count, where all are known */
    GStringChunk *strings; /* private */
} cflow_cfg;

/*
 * Makes the graph.  Returns NULL and sets @error if the profile is damaged.
 * Free with cflow_cfg_free(), or g_autoptr(cflow_cfg).
 */
cflow_cfg *cflow_cfg_new(const cflow_cfg_context *context, const struct cflow_cfg_request *what,
                         GError **error);
void cflow_cfg_free(cflow_cfg *cfg);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_cfg, cflow_cfg_free)

/* The instruction at @address; NULL if none begins there. */
const struct cflow_cfg_insn *cflow_cfg_insn_at(const cflow_cfg *cfg, uint64_t address);

/* Whether @block is in @loop or a loop inside it. */
bool cflow_cfg_in_loop(const cflow_cfg *cfg, size_t block, size_t loop);

/* Whether @edge leads back to the header of a loop from inside. */
bool cflow_cfg_is_back_edge(const cflow_cfg *cfg, const struct cflow_cfg_edge *edge);

#endif
