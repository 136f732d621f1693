/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "annotate" shows of a function, and the ways to print it. */
#ifndef CFLOW_TOOL_ANNOTATE_H
#define CFLOW_TOOL_ANNOTATE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/cfg/program.h"
#include "lib/profile/disasm.h"

/* Where an instruction comes from. */
struct annotate_line {
    const char *file; /* NULL: not known */
    unsigned line;    /* 0: not known */
};

struct annotate {
    cflow_cfg_program *program;
    const struct cflow_cfg_function *function;
    const struct cflow_module *module;
    cflow_cfg *cfg;
    GPtrArray *others; /* const struct cflow_cfg_function *: could have been meant, too */
    struct cflow_disasm *disasm;
    struct annotate_line *lines; /* of each instruction of the graph; NULL without any */
    GHashTable *sources;         /* path -> GPtrArray of lines, NULL if not readable */
    const char *sysroot;
    bool show_source, show_code, show_arrows, show_bytes;
};

/* --- annotate-source.c --- */

/* Finds the line of each instruction. */
void annotate_find_lines(struct annotate *a);

/* The text of a line; NULL if the file cannot be read or does not have it. */
const char *annotate_source_text(struct annotate *a, const char *file, unsigned line);

/* A line of the source with code of the function. */
struct annotate_source_line {
    const char *file;
    unsigned line;
    int64_t count;        /* of its instruction that ran most often */
    int64_t instructions; /* that ran, all together */
    int64_t taken, not_taken;
    unsigned branches; /* conditional ones */
};

/* All of them, by file and line: a GArray of struct annotate_source_line. */
GArray *annotate_source_lines(const struct annotate *a);

/* Last part of a path; belongs to it. */
const char *annotate_base_name(const char *path);

/* --- annotate-insn.c --- */

/* The instruction as text, places in it by name; g_free() it. */
char *annotate_disasm(struct annotate *a, const struct cflow_cfg_insn *insn);

/* The sum of @insn's edges of @kind. */
int64_t annotate_sum(const struct annotate *a, const struct cflow_cfg_insn *insn,
                     enum cflow_kind kind);

/* Whether @insn is a branch that may be not taken; its counts, then, and how often it ran. */
bool annotate_is_conditional(const struct annotate *a, const struct cflow_cfg_insn *insn,
                             int64_t *taken, int64_t *not_taken);

/* A row below an instruction: a destination, or what interrupted it. */
struct annotate_detail {
    int64_t count;
    bool fault;
    enum cflow_kind kind;
    const char *cause; /* of faults; "" if not known */
    int64_t module;
    uint64_t address;
};

/*
 * The destinations of @insn, if they are not to be seen in it, and what
 * interrupted it, highest counts first: a GArray of struct annotate_detail.
 */
GArray *annotate_details(const struct annotate *a, const struct cflow_cfg_insn *insn);

/* --- annotate-arrows.c --- */

/* Jumps inside the function, drawn to the left of the code. */
typedef struct arrows arrows;

/* Lanes for the jumps of @cfg, at most @lanes.  Free with arrows_free(). */
arrows *arrows_new(const cflow_cfg *cfg, unsigned lanes);
void arrows_free(arrows *arrows);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(arrows, arrows_free)

/* Columns that arrows_at() takes; 0 if nothing jumps. */
unsigned arrows_width(const arrows *arrows);

/* What stands in the row of instruction @insn; g_free() it. */
char *arrows_at(const arrows *arrows, size_t insn);

/* What stands in a row between @insn and the next one. */
char *arrows_below(const arrows *arrows, size_t insn);

/* --- the printers --- */
void annotate_print_text(struct annotate *a);
void annotate_print_source(struct annotate *a);
void annotate_print_json(struct annotate *a);

#endif
