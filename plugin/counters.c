/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/counters.h"

#include <glib.h>
#include <string.h>

#define SLOT  1024 /* counters in a slot of a scoreboard: 8 KiB, and a shift finds the slot */
#define SLOTS 16   /* vCPUs that QEMU makes room for at least */

#define SHARED (1u << 31)

struct pool {
    GPtrArray *scoreboards;
    uint32_t used;      /* counters, from 0 */
    uint32_t per_board; /* a power of two */
};

static struct pool alone = {.per_board = SLOT * SLOTS}, together = {.per_board = SLOT};

static struct pool *pool_of(counter_id id)
{
    return id & SHARED ? &together : &alone;
}

/* Ids count from 1, so that 0 is none. */
static uint32_t place_of(counter_id id)
{
    return (id & ~SHARED) - 1;
}

counter_id counters_new_pair(bool shared)
{
    struct pool *pool = shared ? &together : &alone;

    if (!pool->scoreboards) {
        pool->scoreboards = g_ptr_array_new();
    }
    if (pool->used == pool->scoreboards->len * pool->per_board) {
        g_ptr_array_add(pool->scoreboards, qemu_plugin_scoreboard_new(SLOT * sizeof(uint64_t)));
    }
    counter_id id = (pool->used + 1) | (shared ? SHARED : 0);
    pool->used += 2;
    return id;
}

qemu_plugin_u64 counter_entry(counter_id id)
{
    const struct pool *pool = pool_of(id);
    uint32_t place = place_of(id);

    return (qemu_plugin_u64){g_ptr_array_index(pool->scoreboards, place / pool->per_board),
                             place % pool->per_board * sizeof(uint64_t)};
}

uint64_t counter_sum(counter_id id, unsigned n_vcpus)
{
    qemu_plugin_u64 entry = counter_entry(id);
    uint64_t total = 0;

    for (unsigned i = 0; i < (id & SHARED ? n_vcpus : 1); i++) {
        char *slot = qemu_plugin_scoreboard_find(entry.score, i);
        total += *(uint64_t *)(void *)(slot + entry.offset);
    }
    return total;
}

void counters_clear(unsigned n_vcpus)
{
    for (guint i = 0; alone.scoreboards && i < alone.scoreboards->len; i++) {
        memset(qemu_plugin_scoreboard_find(g_ptr_array_index(alone.scoreboards, i), 0), 0,
               alone.per_board * sizeof(uint64_t));
    }
    for (guint i = 0; together.scoreboards && i < together.scoreboards->len; i++) {
        for (unsigned v = 0; v < n_vcpus; v++) {
            memset(qemu_plugin_scoreboard_find(g_ptr_array_index(together.scoreboards, i), v), 0,
                   SLOT * sizeof(uint64_t));
        }
    }
}
