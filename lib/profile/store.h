/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a profile: one transaction into a file of another name beside the
 * wanted one, which takes its place only when it is whole.  A profile that was
 * there before survives any failure.
 */
#ifndef CFLOW_PROFILE_STORE_H
#define CFLOW_PROFILE_STORE_H

#include "lib/profile/rows.h"

struct cflow_store;
struct sqlite3;

/* What a profile says of itself beside its rows. */
struct cflow_store_meta {
    const char *tool_version, *qemu, *qemu_version;
    const char *program;     /* path, for when QEMU did not tell; or NULL */
    const char *command;     /* JSON array */
    const char *exit_status; /* "exit 0", "signal 9" */
    const char *host;        /* machine and system recorded on */
    const char *narrowed;    /* what part was recorded, in words; NULL: all */
    gint64 started_us, duration_us;
    bool killed; /* QEMU was ended from outside, without warning */
};

/*
 * Open a new profile that will become @path.  Fails when the directory cannot
 * be written, so that one learns it before a long run.
 */
bool cflow_store_create(const char *path, struct cflow_store **store, GError **error);

/* What does that, and more. */
typedef bool cflow_store_maker(const char *path, struct cflow_store **store, GError **error);

/* The file that is to become the profile, until it does; stays the store's. */
const char *cflow_store_temporary(const struct cflow_store *store);

/* Write everything and put the profile in place. */
bool cflow_store_commit(struct cflow_store *store, const struct cflow_rows *rows,
                        const struct cflow_store_meta *meta, GError **error);

/*
 * Writes rows into the tables of a new profile, in which the kinds are already.
 * Statements of its own are finalized when it returns.  False if that failed;
 * without @error set it was SQLite that failed.
 */
typedef bool (*cflow_store_fill)(struct sqlite3 *db, void *data, GError **error);

/* Have @fill write everything, and put the profile in place. */
bool cflow_store_commit_with(struct cflow_store *store, cflow_store_fill fill, void *data,
                             GError **error);

/* Close; what was not committed is removed.  NULL is fine. */
void cflow_store_destroy(struct cflow_store *store);

/*
 * Is @rows exact?  If not, *@note (to be freed) says in a few words what is
 * not, and *@n how many transfers it concerns.
 */
bool cflow_rows_exact(const struct cflow_rows *rows, uint64_t *n, char **note);

#endif
