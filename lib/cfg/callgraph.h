/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who calls whom, how often.  Counts are transfers of control from one function
 * to another, each attributed to its two ends and to nothing else: they tell
 * how often f called g, not which of f's callers were behind that.
 */
#ifndef CFLOW_CFG_CALLGRAPH_H
#define CFLOW_CFG_CALLGRAPH_H

#include "lib/cfg/program.h"

enum cflow_call_kind {
    CFLOW_CALL_DIRECT,
    CFLOW_CALL_INDIRECT,
    CFLOW_CALL_TAIL,          /* a jump to another function's start */
    CFLOW_CALL_TAIL_INDIRECT, /* the same through a register or memory */
    CFLOW_CALL_SIGNAL,        /* a signal, an interrupt or an exception came: to its handler */
    CFLOW_CALL_ENTRY,         /* from outside: the program, a thread or a process began */
    CFLOW_CALL_N_KINDS
};

/* "call", "indirect-call", "tail-call", "indirect-tail-call", "signal", "entry". */
const char *cflow_call_kind_name(enum cflow_call_kind kind);

/* All calls of one kind from one function to another. */
struct cflow_call {
    const struct cflow_cfg_function *from, *to; /* of the program */
    enum cflow_call_kind kind;
    int64_t count;
    unsigned sites; /* instructions that make them */
};

struct cflow_callgraph_node {
    const struct cflow_cfg_function *function;
    int64_t called;               /* how often it was called, by itself too */
    int64_t recursive;            /* of these, by itself */
    int64_t calls;                /* how often it called */
    GPtrArray *callers, *callees; /* const struct cflow_call *, most first */
};

typedef struct cflow_callgraph {
    GPtrArray *nodes; /* struct cflow_callgraph_node *, by called, most first */
    struct cflow_call *calls;
    size_t n_calls;
    int64_t by_kind[CFLOW_CALL_N_KINDS];
    GHashTable *by_function; /* private */
} cflow_callgraph;

/*
 * The call graph of @program, which must outlive it, over all modules.  Free
 * with cflow_callgraph_free(), or g_autoptr(cflow_callgraph).
 */
cflow_callgraph *cflow_callgraph_new(cflow_cfg_program *program);
void cflow_callgraph_free(cflow_callgraph *graph);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_callgraph, cflow_callgraph_free)

/* The node of @function; NULL if it neither calls nor is called. */
const struct cflow_callgraph_node *cflow_callgraph_find(const cflow_callgraph *graph,
                                                        const struct cflow_cfg_function *function);

#endif
