/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation blocks of a profile, and from them how often each
 * instruction ran.  Blocks overlap: QEMU begins one wherever control arrives.
 */
#ifndef CFLOW_PROFILE_BLOCKS_H
#define CFLOW_PROFILE_BLOCKS_H

#include <glib.h>
#include <stdint.h>

#include "lib/profile/profile.h"

/* A block, its counts added up over processes. */
struct cflow_block {
    int64_t module;
    uint64_t start, last; /* addresses in the module of the first and last instruction */
    int64_t insns;        /* instructions, both included */
    int64_t entered;      /* how often its first instruction was begun */
    int64_t completed;    /* how often its last instruction completed */
};

/*
 * All blocks of @module (-1: of all modules) and the chosen processes, sorted by module, start,
 * last: a GArray of struct cflow_block.  Additions saturate at INT64_MAX.  Returns NULL and sets
 * @error if the profile is damaged.  Free with g_array_unref().
 */
GArray *cflow_query_blocks(cflow_profile *profile, int64_t module, GError **error);

/* The same of those that ran with one of @privileges only. */
GArray *cflow_query_blocks_of(cflow_profile *profile, int64_t module, cflow_privileges privileges,
                              GError **error);

#endif
