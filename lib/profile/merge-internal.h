/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of merging; private to lib/profile. */
#ifndef CFLOW_PROFILE_MERGE_INTERNAL_H
#define CFLOW_PROFILE_MERGE_INTERNAL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/merge.h"
#include "lib/profile/profile.h"

struct sqlite3;

/* --- the plan (merge-plan.c): what the small tables of all inputs become ---- */

struct merge_module {
    char *path, *build_id, *kind;
    int64_t least; /* smallest number in any input */
    int64_t id;    /* in the result */
    bool changed;  /* inputs disagree on bytes of its instructions */
};

struct merge_process {
    char *path, *command, *end; /* NULL: not known, or not the same */
    char *isa;                  /* NULL: not known */
    int64_t pid, ppid;          /* 0: the same */
    int64_t vcpus, transfers, residual, memory, beyond;
    bool complete;
    int64_t least, input; /* for the order of the result */
    int64_t id;
};

struct merge_plan {
    bool keep_processes;
    size_t n_inputs;
    GHashTable *modules;     /* key -> struct merge_module */
    GHashTable *processes;   /* key -> struct merge_process */
    GPtrArray *module_list;  /* in the order of their ids, once finished */
    GPtrArray *process_list; /* likewise */
    GHashTable *kinds;       /* int64_t -> char *: kinds this version does not know */
    GHashTable *metas;       /* key -> private */
    GHashTable *notes;       /* of exact_note: phrase with # -> sum */
    GHashTable *exec_notes;  /* of exec_note, likewise */
    char *isa, *mode, *first_path;
    int64_t transfers, residual, exact_except, profiles, incomplete;
    bool exact, complete;
    bool has_flights; /* an input has some, which the result has not */
};

/* Numbers of one input and what they become; sorted by the former. */
struct merge_pair {
    int64_t from, to;
};

struct merge_plan *merge_plan_new(bool keep_processes);
void merge_plan_free(struct merge_plan *plan);
typedef struct merge_plan merge_plan;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(merge_plan, merge_plan_free)

/* Takes up @profile, the input @number. */
bool merge_plan_add(struct merge_plan *plan, cflow_profile *profile, size_t number, GError **error);

/* All inputs are known: numbers modules and processes. */
void merge_plan_finish(struct merge_plan *plan);

/*
 * What the numbers of modules and processes of @profile become: arrays of
 * struct merge_pair, the caller's.  Fails if the file is not the one that was
 * added any more.
 */
bool merge_plan_maps(const struct merge_plan *plan, cflow_profile *profile, size_t number,
                     GArray **modules, GArray **processes, GError **error);

/* Writes kinds, modules, processes and meta.  False if SQLite failed. */
bool merge_plan_write(const struct merge_plan *plan, struct sqlite3 *db,
                      const struct cflow_merge_options *options, int64_t blocks_run,
                      int64_t unexplained);

/* Takes up what @profile says of itself, for merge_plan_add(); frees a value of metas. */
bool merge_meta_add(struct merge_plan *plan, cflow_profile *profile, GError **error);
void merge_meta_free(gpointer meta);
bool merge_meta_write(const struct merge_plan *plan, struct sqlite3 *db,
                      const struct cflow_merge_options *options, int64_t blocks_run,
                      int64_t unexplained);

/* Sets @error to say that a sum overflows with @profile; returns false always. */
bool merge_too_large(const cflow_profile *profile, GError **error);

/* --- the large tables (merge-rows.c) ---------------------------------------- */

struct merge_rows;

struct merge_rows *merge_rows_new(struct merge_plan *plan, struct sqlite3 *db, size_t buffer_bytes);
void merge_rows_free(struct merge_rows *rows);

/* Adds all rows of @profile.  False without @error if SQLite failed to write. */
bool merge_rows_take(struct merge_rows *rows, cflow_profile *profile, const GArray *modules,
                     const GArray *processes, GError **error);

/* Writes what is still in memory, and checks the sums.  Likewise. */
bool merge_rows_finish(struct merge_rows *rows, GError **error);

/* Sums for meta. */
int64_t merge_rows_blocks_run(const struct merge_rows *rows);
int64_t merge_rows_unexplained(const struct merge_rows *rows);

/* --- a table of sums (tally.c) ----------------------------------------------- */

/*
 * Rows of numbers: those with equal keys are one, their values added up.
 */
struct tally {
    size_t n_keys, n_values;
    int64_t *rows; /* keys, then values */
    size_t n, room;
    uint32_t *slots; /* row + 1; 0: free */
    size_t mask;
};

void tally_init(struct tally *tally, size_t n_keys, size_t n_values);
void tally_clear(struct tally *tally);

/* Adds @row.  False if a sum is too large. */
bool tally_add(struct tally *tally, const int64_t *row);

/* Sorts by key, for fast insertion; nothing can be added any more. */
void tally_sort(struct tally *tally);

size_t tally_bytes(const struct tally *tally);

static inline const int64_t *tally_row(const struct tally *tally, size_t i)
{
    return tally->rows + i * (tally->n_keys + tally->n_values);
}

/* --- instructions (merge-insn.c) -------------------------------------------- */

struct merge_insn {
    int64_t module, offset, target, flags;
    bool has_target;
    uint8_t n_bytes, bytes[16];
    bool has_bytes;
    const char *class, *disasm, *symbol; /* the last two may be NULL */
};

/*
 * Joins @b, of the same place, into @a.  Versions with other bytes, class or
 * target are not mixed: the smallest one stays, so that the order of joining
 * does not matter, and the flag "bytes changed" is set.  Returns whether they
 * were different versions.
 */
bool merge_insn_join(struct merge_insn *a, const struct merge_insn *b);

#endif
