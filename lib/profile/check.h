/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a profile what it says?  What can be computed from its rows is computed
 * again, and compared with what was stored.
 */
#ifndef CFLOW_PROFILE_CHECK_H
#define CFLOW_PROFILE_CHECK_H

#include <glib.h>

#include "lib/profile/profile.h"

enum cflow_check_status {
    CFLOW_CHECK_OK,
    CFLOW_CHECK_FAILED,
    CFLOW_CHECK_SKIPPED, /* the profile does not have what it takes */
};

struct cflow_check {
    const char *name; /* "flow", ...: static */
    enum cflow_check_status status;
    char *detail; /* one line: what was found */
};

/*
 * Runs every check, in this order; those after a failure of "structure" or
 * "rows" are left out, since they would mean nothing:
 *
 *   structure       the file's pages, indexes and constraints (SQLite's check)
 *   rows            each value has its type and range, and names a process,
 *                   module and kind that the profile has
 *   arrivals        no address was begun more often than control arrived there,
 *                   nor left less often than blocks completed there
 *   flow            what arrived at each address left it again, faults in the
 *                   middle of blocks included; process.residual says what did not
 *   discontinuities each is also an edge, and none is told twice
 *   instructions    the ends of blocks and the sources of branches have a row
 *   processes       process.transfers is the sum of the edges
 *   meta            its sums, and whether it calls itself exact rightly
 *
 * Returns a GPtrArray of struct cflow_check that owns its elements; never NULL.
 */
GPtrArray *cflow_check(cflow_profile *profile);

#endif
