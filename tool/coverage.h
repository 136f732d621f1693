/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "coverage" prints, and the ways to print it. */
#ifndef CFLOW_TOOL_COVERAGE_H
#define CFLOW_TOOL_COVERAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/coverage/coverage.h"
#include "lib/profile/profile.h"
#include "lib/symbols/symbols.h"

struct coverage_view {
    cflow_profile *profile;
    cflow_symbols *symbols;
    const cflow_coverage *coverage;
    const struct cflow_coverage_file *listed; /* with --lines; else NULL */
    const char *sysroot;                      /* sources are looked for below it, too; or NULL */
    bool branches;                            /* with --branches */
};

/* @path without the current directory; points into @path. */
const char *coverage_short_path(const char *path);

/* The printers, on stdout. */
void coverage_print_files(const struct coverage_view *view);
void coverage_print_branches(const struct coverage_view *view);
void coverage_print_listing(const struct coverage_view *view);
void coverage_print_json(const struct coverage_view *view);

#endif
