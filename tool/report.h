/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "report" prints, and the three ways to print it. */
#ifndef CFLOW_TOOL_REPORT_H
#define CFLOW_TOOL_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/profile.h"
#include "lib/profile/query.h"
#include "lib/symbols/symbols.h"

enum report_sort {
    REPORT_HOTTEST,
    REPORT_DESTINATIONS,
    REPORT_BIAS,
    REPORT_FAULTS,
};

struct report {
    cflow_profile *profile;
    cflow_flow *flow;
    const GArray *processes; /* ids, int64_t, of those that it is about */
    cflow_symbols *symbols;
    GStringChunk *strings;
    enum report_sort sort;
    /* Indices into flow->sites, or flow->faults for REPORT_FAULTS. */
    GArray *rows;      /* size_t, in order, cut to the limit */
    GPtrArray *insns;  /* cflow_insn, of the same rows' sources */
    size_t n_matching; /* rows before they were cut */
};

/* A place in a program, with its name where there is one. */
struct report_place {
    const struct cflow_module *module;
    uint64_t offset;
    const char *symbol;     /* or NULL */
    bool has_symbol_offset; /* not if only QEMU knew the symbol */
    uint64_t symbol_offset;
};

/* Names @offset in @module.  Strings belong to @report. */
void report_find_place(struct report *report, int64_t module, uint64_t offset,
                       struct report_place *place);

/* "name+0x12", or "module+0x1234" where no name is known; g_free() it. */
char *report_place_text(const struct report_place *place);

/* The last part of a module's path; g_free() it. */
char *report_module_name(const struct cflow_module *module);

/* What kind of instruction @site is: "conditional", "indirect-call", ... */
const char *report_site_kind(const struct cflow_site *site, const cflow_insn *insn);

/* Whether @site chooses between a destination and the next instruction. */
bool report_is_conditional(const struct cflow_site *site);

/* Name of a sort order. */
const char *report_sort_name(enum report_sort sort);

/* The printers, on stdout. */
void report_print_text(struct report *report);
void report_print_json(struct report *report);
void report_print_csv(struct report *report);

#endif
