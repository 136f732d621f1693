/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "diff" prints, and the two ways to print it. */
#ifndef CFLOW_TOOL_DIFF_H
#define CFLOW_TOOL_DIFF_H

#include "lib/profile/diff.h"
#include "tool/report.h"

struct diff_view {
    struct report report[CFLOW_DIFF_SIDES]; /* for names: profile, flow, symbols, strings */
    const cflow_diff *diff;
    double threshold;
    int64_t min_count;
    double deviations; /* of lib/profile/diff.h */
    guint limit;       /* entries of each table; 0: all */
};

/* On stdout. */
void diff_print_text(struct diff_view *view);
void diff_print_json(struct diff_view *view);

#endif
