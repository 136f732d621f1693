/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where translation blocks were cut in two.  In a whole machine an instruction in
 * the middle of a block may turn out to access a device.  QEMU then ends the block
 * behind it and goes on with a new one: the instruction completed, its block did
 * not.
 */
#ifndef CFLOW_PROFILE_CUTS_H
#define CFLOW_PROFILE_CUTS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/blocks.h"
#include "lib/profile/query.h"

/* Control left blocks behind the instruction at @last and went on at @next. */
struct cflow_cut {
    uint64_t last, next; /* addresses in the module */
    int64_t count;       /* of blocks that had not come to their end */
};

/*
 * The cuts in @module, sorted by @next: a GArray of struct cflow_cut.  @blocks are
 * the @n blocks of the module that cflow_query_blocks() found, @flow what
 * cflow_query() found.  An edge of the kind "split" also leads from the end of a
 * block that QEMU made no longer; those, as many as such blocks were completed, are
 * not cuts.  Never fails.  Free with g_array_unref().
 */
GArray *cflow_cuts(const cflow_flow *flow, int64_t module, const struct cflow_block *blocks,
                   size_t n);

#endif
