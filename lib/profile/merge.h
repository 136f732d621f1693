/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many profiles as one: the counts of equal rows are added up.
 *
 * The result does not depend on the order of the inputs (with kept processes:
 * save for their numbers), and needs memory for its own rows at most, whatever
 * the number of inputs; above a bound these rows go to disk, too.
 */
#ifndef CFLOW_PROFILE_MERGE_H
#define CFLOW_PROFILE_MERGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/profile/store.h"

struct cflow_merge_options {
    const char *tool_version;  /* for meta.tool_version */
    bool keep_processes;       /* each process stays a process of its own; else processes
                                * of one program are added up */
    cflow_store_maker *create; /* NULL: cflow_store_create() */
    size_t buffer_bytes;       /* rows kept in memory before they are written; 0: 256 MiB */
};

/*
 * Merges the @n profiles at @inputs, at least one, into a new profile @out,
 * which may be one of them: it is replaced when the result is whole, and left
 * alone if anything fails.
 *
 * Modules are joined if path, build-id and kind are the same; generated code
 * (kind "anon") only if its instructions are the same, too.  Fails, with an
 * @error that names the file, on an input that is damaged or was recorded on
 * another instruction set or in the other mode, and when a count becomes 2^63
 * or more.
 *
 * To @warnings, an array of char * that frees its elements, is added a
 * sentence for each thing that one should know of the result.
 */
bool cflow_merge(const char *const *inputs, size_t n, const char *out,
                 const struct cflow_merge_options *options, GPtrArray *warnings, GError **error);

#endif
