/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters that generated code adds to.
 *
 * They lie in QEMU's scoreboards, which have a slot for each vCPU, sixteen at
 * least.  Most guests have one thread, so there are two sorts: a counter of
 * the first vCPU alone, for which all slots of a scoreboard together are one
 * array, 8 bytes each; and a shared one, with its place in every slot, 128
 * bytes or more.
 */
#ifndef CFLOW_COUNTERS_H
#define CFLOW_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena/arena.h"
#include "plugin/qemu-api.h"

/* Number of a counter; 0: none. */
typedef uint32_t counter_id;

/*
 * A counter of block @block, which is below 2^31, for its starts, and if @ends another
 * one, the number after it, for its ends.  Without one it ends as often as it starts, but
 * for what is announced.  The caller locks.
 */
counter_id counters_new(bool shared, uint32_t block, bool ends);

bool counter_is_shared(counter_id id);

/* Does it count ends, too, in the one after it? */
bool counter_has_ends(counter_id id);

/* Add to a counter, on the thread of @vcpu. */
void counters_add(counter_id id, unsigned vcpu, uint64_t n);

/* What @vcpu has counted; one of the first vCPU alone is @vcpu's. */
uint64_t counters_read(counter_id id, unsigned vcpu);

/* Where generated code finds it. */
qemu_plugin_u64 counter_entry(counter_id id);

/*
 * Take a copy of all counters, summed over the vCPUs below @n_vcpus.  Little more than
 * memcpy(), since no vCPU may move meanwhile, nor a scoreboard grow.  The caller locks,
 * and nobody asks for the copy before it is complete.
 */
void counters_freeze(unsigned n_vcpus);

/*
 * Write the counts of the copy that are not zero.  A block that ran both with counters of
 * its own and with shared ones has two.  No lock is needed: new counters do not matter.
 */
void counters_frozen(struct cflow_arena_count_writer *out);

/* Set all to zero. */
void counters_clear(unsigned n_vcpus);

#endif
