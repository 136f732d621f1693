/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "report" prints, and the three ways to print it. */
#ifndef CFLOW_TOOL_REPORT_H
#define CFLOW_TOOL_REPORT_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/profile.h"
#include "lib/profile/query.h"
#include "lib/symbols/symbols.h"
#include "tool/table.h"

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
    cflow_privileges privileges; /* that it is about */
    enum cflow_privilege group;  /* --by privilege: whose edges and blocks are added up */
    bool no_inline;              /* inlined functions are left out */
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
    const char *file; /* or NULL */
    unsigned line, column;
    /*
     * The functions that were inlined there, innermost first, and behind them
     * the one that they are in.  Valid until the next place is looked for.
     */
    const struct cflow_frame *frames;
    size_t n_inlined; /* without the last */
};

/* Names @offset in @module.  Strings belong to @report. */
void report_find_place(struct report *report, int64_t module, uint64_t offset,
                       struct report_place *place);

/*
 * "name+0x12", or "module+0x1234" where no name is known, for people: without
 * parameters.  g_free() it.
 */
char *report_place_text(const struct report_place *place);

/* "file.c:12", without directories; NULL if not known.  g_free() it. */
char *report_source_text(const char *file, unsigned line);

/* The last part of a module's path; g_free() it. */
char *report_module_name(const struct cflow_module *module);

/* What kind of instruction @site is: "conditional", "indirect-call", ... */
const char *report_site_kind(const struct cflow_site *site, const cflow_insn *insn);

/* Whether @site chooses between a destination and the next instruction. */
bool report_is_conditional(const struct cflow_site *site);

/* Name of a sort order. */
const char *report_sort_name(enum report_sort sort);

/* What of the program the user wants to see, and whether an address is of it. */
struct report_filter;
bool report_place_matches(struct report *report, struct report_filter *filter, int64_t module,
                          uint64_t offset);

/* What every report of a whole machine has to say; NULL for other profiles. */
const char *report_machine_note(const struct report *report);

/* "[k] " and the like before a place, as in perf; "" in user mode. */
const char *report_privilege_mark(const struct report *report, cflow_privileges set);

/* "user+kernel".  g_free() it. */
char *report_privilege_text(cflow_privileges set);

/* A line about transfers whose privilege is not known; NULL if there are none.  g_free() it. */
char *report_privilege_note(const struct report *report);

/* The printers, on stdout. */
void report_print_text(struct report *report);
void report_print_json(struct report *report);
void report_print_csv(struct report *report);

/*
 * How many instructions ran until control was back, as a mean of the times that are
 * known: "12.5", "" if none are.  g_free() it.
 */
char *report_until_text(int64_t instructions, int64_t returned);

/* The same in JSON, as members. */
void report_add_until(JsonBuilder *b, int64_t instructions, int64_t returned);

/* "100.0" and "0.0" mean all and nothing. */
void report_cell_percent(table *table, size_t column, int64_t part, int64_t whole);

/* Parts of them that tables of groups have, too. */
void report_print_text_header(const struct report *report);
void report_print_text_notes(const struct report *report);
void report_print_json_head(struct report *report);
void report_print_json_warnings(struct report *report);
void report_print_csv_text(const char *text);
void report_print_csv_warnings(const struct report *report);

/* What tells groups apart; what does not is -1, 0 or NULL. */
struct report_key {
    int64_t module;
    uint64_t offset;
    const char *name; /* lives as long as the report */
};

/*
 * --by: what is counted, added up over all that has a key in common.  A way to
 * add up is a row of the table in report-by.c.
 */
struct report_by {
    const char *name;
    /* Fills in the key of the group that an address belongs to. */
    void (*find)(struct report *report, int64_t module, uint64_t offset, struct report_key *key);
    bool has_module, has_place; /* a group lies in one module, at one place in it */
    bool of_branches;           /* groups are instructions: blocks have no part in them */
    bool of_blocks;             /* groups are translation blocks, whose entries count */
    bool of_privileges;         /* groups are levels of privilege */
};

/* One row of such a table. */
struct report_group {
    char *name; /* of the function, file, ...; NULL: not known */
    int64_t module;
    uint64_t offset; /* where it begins, for what has one place */
    const char *file;
    unsigned line;
    int64_t transfers;    /* out of its instructions; of a block: how often it was begun */
    int64_t calls;        /* calls that arrive in it */
    int64_t blocks;       /* translation blocks that were begun in it */
    int64_t instructions; /* of those of them that ran to their end */
    size_t sites;         /* different instructions that transfers come from */
};

typedef struct report_groups {
    const struct report_by *by;
    GPtrArray *rows;    /* struct report_group, sorted, cut to the limit */
    size_t n_matching;  /* rows before they were cut */
    int64_t transfers;  /* of all of them */
    int64_t left_early; /* blocks that did not run to their end */
} report_groups;

/* The key called @name; NULL if there is none. */
const struct report_by *report_by_find(const char *name);
/*
 * Adds up transfers of @kinds out of places that @filter lets through.  Returns
 * NULL and sets @error if the profile is damaged.  Free with report_groups_free().
 */
report_groups *report_by_group(struct report *report, const struct report_by *by,
                               struct report_filter *filter, cflow_kinds kinds, guint64 limit,
                               GError **error);
void report_groups_free(report_groups *groups);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(report_groups, report_groups_free)

void report_by_print_text(struct report *report, const report_groups *groups);
void report_by_print_json(struct report *report, const report_groups *groups);
void report_by_print_csv(struct report *report, const report_groups *groups);

struct report_format {
    const char *name;
    void (*print)(struct report *report);
    void (*print_groups)(struct report *report, const report_groups *groups);
};

/*
 * --interrupts: what took control away, by cause and handler; at most @limit rows
 * (0: all) of @kinds, in @format, with handlers that @filter lets through.
 */
bool report_print_interrupts(struct report *report, struct report_filter *filter,
                             const struct report_format *format, cflow_kinds kinds, guint64 limit);

/*
 * --history: what the flight recorder kept, of things of @kinds at instructions that
 * @filter lets through; at most @limit of them (0: all).  False with @error.
 */
bool report_print_history(struct report *report, struct report_filter *filter,
                          const struct report_format *format, cflow_kinds kinds, guint64 limit,
                          GError **error);

#endif
