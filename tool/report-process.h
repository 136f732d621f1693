/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "report" and processes: choosing some, and a table of them. */
#ifndef CFLOW_TOOL_REPORT_PROCESS_H
#define CFLOW_TOOL_REPORT_PROCESS_H

#include <glib.h>

#include "lib/profile/profile.h"

/*
 * The ids (int64_t) of the processes that @wanted means: a process id, or a pattern
 * for a program's name or path.  NULL: all of them.  Returns NULL and sets @error if
 * there is none.  Free with g_array_unref().
 */
GArray *report_process_select(const cflow_profile *profile, const char *wanted, GError **error);

/*
 * Chooses in @profile what the --process @wanted of a verb means; NULL: nothing to
 * choose.  Returns false and sets @error if there is none.
 */
bool report_process_choose(cflow_profile *profile, const char *wanted, GError **error);

/*
 * The name of @process's program, for people; of a whole machine what it was given
 * to run, else "machine".  g_free() it.
 */
char *report_process_name(const cflow_profile *profile, const struct cflow_process *process);

/*
 * Print the processes @ids with what they did, most transfers first, at most @limit
 * of them (0: all), as @format: "text", "json" or "csv".
 */
void report_process_print(const cflow_profile *profile, const GArray *ids, size_t limit,
                          const char *format);

#endif
