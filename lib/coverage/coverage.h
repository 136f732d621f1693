/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which source lines, functions and branches ran, and how often.
 *
 * Lines.  A line has code if a row of a line table that has is_stmt set, and code
 * in it, names it.  Its count:
 *
 * - A function that was compiled several times (inlined here and there, cloned,
 *   instantiated, compiled in several files) has as many instances.  The line's
 *   count is the sum over instances.
 * - In an instance, each such row is a place where a statement of the line
 *   begins.  The count is the highest of how often the first instructions of
 *   these were begun.  It is not the sum: "for (i = 0; i < 3; i++)" is one line
 *   with three places, which ran once, four and three times; its count is 4, as
 *   gcov has it.
 *
 * The line of a function's declaration is one, too, with the function's count.
 *
 * In code that was compiled without optimisation this is how often control came
 * to the line, save where the compiler leads a jump past a line that would only
 * jump again ("break;", "}").  Where the optimiser copied a statement within a
 * function (unrolled loops, threaded jumps), the highest of the copies is a lower
 * bound.  A statement that it left no code of its own for is not among the lines.
 *
 * Functions.  How often the first instruction was reached from outside the
 * function, summed over its copies and the places where it was inlined.
 *
 * Branches.  Conditional branch instructions, predicated calls, jumps and returns
 * among them, in the code of a line, each with two outcomes.  They are found by
 * decoding the module's code, so that those that never ran are known, too.  In
 * optimised code a branch may belong to a line that is not among the lines.
 *
 * Switches.  Where an indirect jump could go is not in the instruction.  If it goes
 * through a table that a compiler made of a switch statement, and lib/jumps is certain of
 * that, its destinations are outcomes as those of a branch are, one for each place; gaps
 * between cases lead to the default.  Other indirect jumps (a computed goto, a call
 * through a pointer at a function's end) are counted by themselves, and so is one that
 * the profile saw go elsewhere.
 */
#ifndef CFLOW_COVERAGE_COVERAGE_H
#define CFLOW_COVERAGE_COVERAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/profile.h"
#include "lib/symbols/symbols.h"

#define CFLOW_COVERAGE_ERROR (cflow_coverage_error_quark())
GQuark cflow_coverage_error_quark(void);

enum cflow_coverage_error {
    CFLOW_COVERAGE_ERROR_NO_LINES, /* no line table, or none that @wanted wants */
};

/* How much there is, and how much of it ran. */
struct cflow_coverage_totals {
    size_t lines, lines_hit;
    size_t functions, functions_hit;
    size_t branches, branches_hit; /* outcomes: two for each branch, and destinations */
};

struct cflow_coverage_line {
    unsigned line;
    int64_t count;
};

struct cflow_coverage_branch {
    unsigned line;
    const struct cflow_module *module;
    uint64_t address;     /* in the module */
    const char *function; /* that it belongs to, inlined or not; NULL if not known */
    int64_t taken, not_taken;
};

/* One place that a switch goes to. */
struct cflow_coverage_destination {
    uint64_t address; /* in the same module */
    const char *file; /* NULL if not known */
    unsigned line;
    int64_t count;
};

/* An indirect jump whose destinations are known. */
struct cflow_coverage_switch {
    unsigned line;
    const struct cflow_module *module;
    uint64_t address;
    const char *function;                                  /* as above */
    const struct cflow_coverage_destination *destinations; /* by address */
    size_t n_destinations;
    int64_t count; /* how often it ran */
};

struct cflow_coverage_function {
    const char *name;
    unsigned line; /* of its declaration; its first line with code if it was only inlined */
    int64_t count;
};

struct cflow_coverage_file {
    const char *path;
    struct cflow_coverage_line *lines; /* by line */
    size_t n_lines;
    struct cflow_coverage_branch *branches; /* by line, module, address */
    size_t n_branches;
    struct cflow_coverage_switch *switches; /* likewise */
    size_t n_switches;
    struct cflow_coverage_function *functions; /* by line, name */
    size_t n_functions;
    struct cflow_coverage_totals totals;
};

/* To be read only.  Strings belong to it or to the cflow_symbols. */
typedef struct cflow_coverage {
    struct cflow_coverage_file *files; /* by path */
    size_t n_files;
    struct cflow_coverage_totals totals;
    int64_t unplaced;              /* see cflow_counts_unplaced() */
    size_t indirect, indirect_hit; /* indirect jumps, and those that ran */
    size_t open, open_hit;         /* those of them whose destinations are not known */
    bool no_decoder;               /* the instruction set has none: branches are not known */

    GStringChunk *strings; /* private */
    GArray *lines, *branches, *switches, *destinations, *functions;
} cflow_coverage;

/* Says whether the source file @path is to be covered. */
typedef bool (*cflow_coverage_wanted)(const char *path, void *data);

/*
 * The coverage of the @n modules at @modules, which belong to @profile and lie in
 * files that @symbols finds.  Only files that @wanted (NULL: all) returns true
 * for.  Returns NULL and sets @error if the profile is damaged or there is no
 * line to cover.  Free with cflow_coverage_free(), or g_autoptr(cflow_coverage).
 */
cflow_coverage *cflow_coverage_new(cflow_profile *profile, cflow_symbols *symbols,
                                   const struct cflow_module *const *modules, size_t n,
                                   cflow_coverage_wanted wanted, void *data, GError **error);

/* Frees @coverage.  NULL is allowed. */
void cflow_coverage_free(cflow_coverage *coverage);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_coverage, cflow_coverage_free)

/* The line @line of @file; NULL if it has no code. */
const struct cflow_coverage_line *cflow_coverage_line_at(const struct cflow_coverage_file *file,
                                                         unsigned line);

/* The branches of the line @line of @file; *@n is set to their number. */
const struct cflow_coverage_branch *
cflow_coverage_branches_at(const struct cflow_coverage_file *file, unsigned line, size_t *n);

/* The switches of the line @line of @file; *@n is set to their number. */
const struct cflow_coverage_switch *
cflow_coverage_switches_at(const struct cflow_coverage_file *file, unsigned line, size_t *n);

/* How many destinations of @what were seen. */
size_t cflow_coverage_seen(const struct cflow_coverage_switch *what);

/* How many of the two outcomes of @branch were seen. */
static inline unsigned cflow_coverage_outcomes(const struct cflow_coverage_branch *branch)
{
    return (branch->taken > 0) + (branch->not_taken > 0);
}

#endif
