/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one module contributes to a coverage.  Private to lib/coverage. */
#ifndef CFLOW_COVERAGE_GATHER_H
#define CFLOW_COVERAGE_GATHER_H

#include "isa/isa.h"
#include "lib/coverage/coverage.h"
#include "lib/jumps/jumps.h"
#include "lib/profile/query.h"

struct gathered_line {
    const char *file; /* interned, as all strings here */
    unsigned line;
    unsigned instance;
    int64_t count;
};

struct gathered_branch {
    const char *file;
    struct cflow_coverage_branch branch;
};

struct gathered_switch {
    const char *file;
    struct cflow_coverage_switch what; /* destinations are not set, but their number is */
    guint first;                       /* of them, in the destinations */
};

struct gathered_function {
    const char *file;
    struct cflow_coverage_function function;
    bool inlined; /* line is not that of the declaration */
};

/* What is collected from all modules. */
struct gather {
    cflow_profile *profile;
    cflow_symbols *symbols;
    const cflow_flow *flow;
    const struct isa *isa; /* NULL: no decoder */
    cflow_coverage_wanted wanted;
    void *data;

    GStringChunk *strings;
    GHashTable *paths;     /* path in a line table -> interned, canonical; NULL if not wanted */
    GHashTable *instances; /* GBytes -> instance number */
    GArray *lines;         /* of struct gathered_line, several of one line */
    GArray *branches;      /* of struct gathered_branch */
    GArray *switches;      /* of struct gathered_switch */
    GArray *destinations;  /* of struct cflow_coverage_destination */
    GArray *functions;     /* of struct gathered_function, several of one function */
    bool any_lines;        /* there was a line table */
    int64_t unplaced;
    size_t indirect, indirect_hit; /* indirect jumps in the code of lines, and those that ran */
    size_t open, open_hit;         /* those of them whose destinations are not known */
};

/* Adds what @module has.  Returns false and sets @error if the profile is damaged. */
bool gather_module(struct gather *gather, const struct cflow_module *module, GError **error);

/*
 * Adds the indirect jump @ran (NULL: it did not), at @address of @module, of the line
 * @line of @file and in @function.  @table is where it can go, or NULL.
 */
void gather_indirect(struct gather *gather, const struct cflow_module *module, uint64_t address,
                     const struct cflow_site *ran, const struct cflow_jump_table *table,
                     const char *file, unsigned line, const char *function);

#endif
