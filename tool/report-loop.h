/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loops of a program, for the verb "loops" and for reports by loop. */
#ifndef CFLOW_TOOL_REPORT_LOOP_H
#define CFLOW_TOOL_REPORT_LOOP_H

#include "tool/graph.h"

struct report_loop_wishes {
    const char *module, *symbol; /* patterns; NULL: all */
    guint64 limit;               /* loops to print; 0: all */
    bool json;
    bool pager; /* text may go through one */
};

/*
 * Prints the loops of @input that ran, the one with most iterations first.
 * Returns an exit status, after having said what is wrong.
 */
int report_loops(const struct graph_input *input, const struct report_loop_wishes *wishes);

#endif
