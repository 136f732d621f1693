/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a command in our stead: signals reach it, and we end as it did. */
#ifndef CFLOW_TOOL_RUN_H
#define CFLOW_TOOL_RUN_H

#include <glib.h>
#include <stdbool.h>

struct run_result {
    int status;        /* as waitpid() gives it */
    gint64 started_us; /* Unix time */
    gint64 duration_us;
};

/*
 * Run @command, NULL-terminated words, pass on the signals that are sent to us, and
 * wait for it to end.  Fails if it cannot be started.
 */
bool run_command(GPtrArray *command, struct run_result *result, GError **error);

/*
 * Between these two a file that is too large is an error and not our end (SIGXFSZ),
 * and the limit on the size of files is as high as it may be.  The program that we
 * run must not inherit either.
 */
void run_lift_limits(void);
void run_restore_limits(void);

/*
 * End like a process whose status was @status, so that whoever called us sees no
 * difference: returns the exit status, or does not return.
 */
int run_end_like(int status);

#endif
