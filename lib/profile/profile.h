/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a profile.
 *
 * A profile may come from anywhere, so it is opened read-only with SQLite's
 * defences up, and nothing in it is believed before it is looked at: whatever
 * is wrong with it becomes a GError that says what to do.
 */
#ifndef CFLOW_PROFILE_PROFILE_H
#define CFLOW_PROFILE_PROFILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/schema.h"

struct sqlite3;
struct sqlite3_stmt;

#define CFLOW_PROFILE_ERROR (cflow_profile_error_quark())
GQuark cflow_profile_error_quark(void);

enum cflow_profile_error {
    CFLOW_PROFILE_ERROR_OPEN,    /* no such file, no permission, no file */
    CFLOW_PROFILE_ERROR_FORMAT,  /* something else than a profile */
    CFLOW_PROFILE_ERROR_VERSION, /* a profile of a newer schema */
    CFLOW_PROFILE_ERROR_CORRUPT, /* a damaged profile */
};

typedef struct cflow_profile cflow_profile;

/* One row of "meta"; the list is sorted by key. */
struct cflow_meta {
    const char *key;
    const char *value; /* as text, never NULL */
    bool is_integer;
};

/* One row of "module"; the list is sorted by id. */
struct cflow_module {
    int64_t id;
    const char *path;     /* never NULL */
    const char *build_id; /* lower-case hex, or NULL */
    const char *kind;     /* "elf", "vdso", "file", "anon", "absolute", "outside" */
};

/* One row of "process"; the list is sorted by id. */
struct cflow_process {
    int64_t id;
    int64_t pid, ppid;
    const char *path;    /* or NULL */
    const char *command; /* JSON array of strings, or NULL */
    int64_t vcpus, transfers, residual;
    bool complete;
    const char *end; /* "exit", "signal", "exec", ... or NULL */
    const char *isa; /* QEMU's target name; or NULL */
    int64_t memory;  /* what recording it took, bytes; 0: not known */
    int64_t beyond;  /* blocks begun that were not recorded, for the memory limit */
};

/*
 * Opens the profile @path for reading and checks that it is one: its
 * application id, its schema version and its tables.  Its module, process and
 * meta rows are read now, the large tables when they are asked for.  Returns
 * NULL and sets @error if that fails; the message names the file.  Free with
 * cflow_profile_close(), or g_autoptr(cflow_profile).
 */
cflow_profile *cflow_profile_open(const char *path, GError **error);

/* Closes @profile; what it returned is invalid from now on.  NULL is allowed. */
void cflow_profile_close(cflow_profile *profile);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_profile, cflow_profile_close)

/* The path given to cflow_profile_open(). */
const char *cflow_profile_path(const cflow_profile *profile);

/* The schema version of the file, at most CFLOW_SCHEMA_VERSION. */
int cflow_profile_version(const cflow_profile *profile);

/* The value of @key in meta as text; NULL if there is no such row. */
const char *cflow_profile_meta(const cflow_profile *profile, const char *key);

/* The value of @key in meta as a number; @fallback if it is none. */
int64_t cflow_profile_meta_int(const cflow_profile *profile, const char *key, int64_t fallback);

/* All meta rows; *@n is set to their number.  The profile owns them. */
const struct cflow_meta *cflow_profile_metas(const cflow_profile *profile, size_t *n);

/* All modules, module 0 (outside) too; *@n is set to their number. */
const struct cflow_module *cflow_profile_modules(const cflow_profile *profile, size_t *n);

/* The module @id; NULL if the profile has none such. */
const struct cflow_module *cflow_profile_module(const cflow_profile *profile, int64_t id);

/* All processes, chosen or not; *@n is set to their number. */
const struct cflow_process *cflow_profile_processes(const cflow_profile *profile, size_t *n);

/*
 * Chooses the processes with the @n ids @ids: edges, faults and blocks that are read
 * from now on are theirs only.  NULL: of all, as in the beginning.
 */
void cflow_profile_choose(cflow_profile *profile, const int64_t *ids, size_t n);

/* Whether the process @id is among those that were chosen. */
bool cflow_profile_is_chosen(const cflow_profile *profile, int64_t id);

/* The first of the processes that were chosen; NULL if there is none. */
const struct cflow_process *cflow_profile_first_process(const cflow_profile *profile);

/*
 * Whether the counts can be relied on, in one line: "exact", "exact except N
 * transfers: why" or "INCOMPLETE: why"; and what, if only a part was recorded.  Free with g_free().
 */
char *cflow_profile_exactness(const cflow_profile *profile);

/*
 * Counts the rows of @table, one of the schema's tables, into *@rows.  Returns
 * false and sets @error if the file is damaged.
 */
bool cflow_profile_count_rows(cflow_profile *profile, const char *table, int64_t *rows,
                              GError **error);

/*
 * Reads the whole file and checks its structure (PRAGMA quick_check).  Returns
 * false and sets @error if something is wrong with it.
 */
bool cflow_profile_check(cflow_profile *profile, GError **error);

/* Has columns that @profile is too old for read as if they were there; when it is opened. */
bool cflow_profile_add_columns(cflow_profile *profile, GError **error);

/*
 * The connection, for the other files of lib/profile that read tables.  It
 * belongs to the profile.
 */
struct sqlite3 *cflow_profile_db(cflow_profile *profile);

/*
 * The statement for @sql, a string literal, prepared once per profile for
 * statements that run often.  Reset it after use; it belongs to the profile.
 * Returns NULL and sets @error if it cannot be prepared.
 */
struct sqlite3_stmt *cflow_profile_statement(cflow_profile *profile, const char *sql,
                                             GError **error);

/*
 * Sets @error from the connection's last error, in words for users; returns
 * false always.
 */
bool cflow_profile_sqlite_error(cflow_profile *profile, GError **error);

/* Sets @error to say that the file is damaged: @what; returns false always. */
bool cflow_profile_damaged(const cflow_profile *profile, const char *what, GError **error);

#endif
