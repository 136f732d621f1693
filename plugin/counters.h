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

#include "plugin/qemu-api.h"

/* Number of a counter; 0: none. */
typedef uint32_t counter_id;

/* Two counters next to each other, @first and @first + 1.  The caller locks. */
counter_id counters_new_pair(bool shared);

/* Where generated code finds it. */
qemu_plugin_u64 counter_entry(counter_id id);

/* Its value, over the vCPUs below @n_vcpus.  No scoreboard may grow meanwhile. */
uint64_t counter_sum(counter_id id, unsigned n_vcpus);

/* Set all to zero. */
void counters_clear(unsigned n_vcpus);

#endif
