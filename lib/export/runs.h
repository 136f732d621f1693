/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile in the terms of branch records: transfers of control, and between
 * them runs, the straight-line code from where control arrived to where it left.
 *
 * QEMU's translation blocks are pieces of runs: they end at branches that were
 * not taken, at page ends and size limits, and one begins wherever control
 * arrives, so that they overlap.  Here they are joined where control went
 * straight on.
 */
#ifndef CFLOW_EXPORT_RUNS_H
#define CFLOW_EXPORT_RUNS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/export/export.h"
#include "lib/profile/profile.h"
#include "lib/profile/query.h"

/* Control arrived at @start other than by going straight on, and left from @last. */
struct cflow_run {
    uint64_t start, last; /* addresses in the module of the first and last instruction */
    bool from_outside;    /* it arrived by a return, from another module or from nowhere */
    int64_t count;
};

typedef struct cflow_runs {
    GArray *runs;      /* struct cflow_run, sorted by start, last, from_outside */
    GArray *transfers; /* struct cflow_edge that touch the module, sorted: branches
                        * that were taken, jumps, calls, returns */
} cflow_runs;

/*
 * The runs of @module, those of all processes together.
 *
 * Counts of edges do not say which arrival went on to which departure; the runs
 * are one assignment that agrees with every count: each instruction is covered
 * by its runs as often as it was begun, and each place where control went
 * straight on as often as that happened.  What a fault or signal interrupted and
 * the guest resumed is one run.  Rounds of a repeated string instruction are one
 * execution of it.
 *
 * Returns NULL and sets @error if the profile is damaged.  Free with
 * cflow_runs_free(), or g_autoptr(cflow_runs).
 */
cflow_runs *cflow_runs_new(cflow_profile *profile, int64_t module, GError **error);

/*
 * The same for @export's module, or its function there, if the module is an ELF
 * file of one of @isas (QEMU's names, NULL at the end), all that @reader, the tool
 * that is exported to, understands.  Returns NULL and sets @error if it is not, if
 * there is no such function, if none of the code ran, or if the profile is damaged.
 */
cflow_runs *cflow_runs_export(const struct cflow_export *export, const char *reader,
                              const char *const *isas, GError **error);

/* Frees @runs.  NULL is allowed. */
void cflow_runs_free(cflow_runs *runs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_runs, cflow_runs_free)

#endif
