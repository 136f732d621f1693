/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/counters.h"

#include <glib.h>
#include <string.h>

#include "plugin/memory.h"

#define SLOT  1024 /* counters in a slot of a scoreboard: 8 KiB, and a shift finds the slot */
#define SLOTS 16   /* vCPUs that QEMU makes room for at least */

#define SHARED (1u << 31)

#define NOBODY UINT32_MAX /* owns it: it is of ends, or not used */

/* A scoreboard, and what belongs to its counters. */
struct board {
    struct qemu_plugin_scoreboard *score;
    uint64_t *frozen; /* by counter: the copy */
    uint32_t *owners; /* by counter: block << 1 | whether the next one is of its ends */
};

struct pool {
    GArray *boards;     /* of struct board */
    uint32_t used;      /* counters, from 0 */
    uint32_t per_board; /* a power of two */
    GArray *copied;     /* of struct board: those there were when the copy was taken */
    uint32_t n_copied;  /* counters */
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

static struct board *board_at(const GArray *boards, uint32_t i)
{
    return &g_array_index(boards, struct board, i);
}

static void add_board(struct pool *pool)
{
    struct board board = {
        .score = qemu_plugin_scoreboard_new(SLOT * sizeof(uint64_t)),
        .frozen = memory_new(pool->per_board * sizeof(uint64_t)),
        .owners = memory_new(pool->per_board * sizeof(uint32_t)),
    };

    if (!pool->boards) {
        pool->boards = g_array_new(FALSE, FALSE, sizeof(struct board));
        pool->copied = g_array_new(FALSE, FALSE, sizeof(struct board));
    }
    g_array_append_val(pool->boards, board);
    memory_account((ptrdiff_t)(SLOTS * SLOT * sizeof(uint64_t)));
}

/* The next counter, which is @owner's. */
static uint32_t take(struct pool *pool, uint32_t owner)
{
    if (!pool->boards || pool->used == pool->boards->len * pool->per_board) {
        add_board(pool);
    }
    const struct board *board = board_at(pool->boards, pool->used / pool->per_board);
    uint32_t place = pool->used % pool->per_board;
    board->owners[place] = owner;
    board->frozen[place] = 0; /* so that its page is there when vCPUs wait for the copy */
    return ++pool->used;
}

counter_id counters_new(bool shared, uint32_t block, bool ends)
{
    struct pool *pool = shared ? &together : &alone;

    if (ends && pool->used % pool->per_board == pool->per_board - 1) {
        take(pool, NOBODY); /* both are in one scoreboard */
    }
    counter_id id = take(pool, block << 1 | ends);
    if (ends) {
        take(pool, NOBODY);
    }
    return id | (shared ? SHARED : 0);
}

qemu_plugin_u64 counter_entry(counter_id id)
{
    const struct pool *pool = pool_of(id);
    uint32_t place = place_of(id);

    return (qemu_plugin_u64){board_at(pool->boards, place / pool->per_board)->score,
                             place % pool->per_board * sizeof(uint64_t)};
}

bool counter_is_shared(counter_id id)
{
    return id & SHARED;
}

bool counter_has_ends(counter_id id)
{
    const struct pool *pool = pool_of(id);
    uint32_t place = place_of(id);

    return board_at(pool->boards, place / pool->per_board)->owners[place % pool->per_board] & 1;
}

static uint64_t *find_counter(counter_id id, unsigned vcpu)
{
    qemu_plugin_u64 entry = counter_entry(id);
    char *slot = qemu_plugin_scoreboard_find(entry.score, counter_is_shared(id) ? vcpu : 0);

    return (uint64_t *)(void *)(slot + entry.offset);
}

void counters_add(counter_id id, unsigned vcpu, uint64_t n)
{
    *find_counter(id, vcpu) += n;
}

uint64_t counters_read(counter_id id, unsigned vcpu)
{
    return *find_counter(id, vcpu);
}

/* Counters of board @i that are in use. */
static uint32_t used_of(uint32_t used, uint32_t per_board, guint i)
{
    return MIN(per_board, used - i * per_board);
}

static void freeze(struct pool *pool, unsigned n_slots)
{
    guint n = pool->boards ? pool->boards->len : 0;

    pool->n_copied = pool->used;
    if (!n) {
        return;
    }
    g_array_set_size(pool->copied, n);
    memcpy(pool->copied->data, pool->boards->data, n * sizeof(struct board));
    for (guint i = 0; i < n; i++) {
        const struct board *board = board_at(pool->boards, i);
        uint32_t used = used_of(pool->used, pool->per_board, i);
        memcpy(board->frozen, qemu_plugin_scoreboard_find(board->score, 0),
               used * sizeof(uint64_t));
        for (unsigned v = 1; v < n_slots; v++) {
            const uint64_t *slot = qemu_plugin_scoreboard_find(board->score, v);
            for (uint32_t k = 0; k < used; k++) {
                board->frozen[k] += slot[k];
            }
        }
    }
}

void counters_freeze(unsigned n_vcpus)
{
    freeze(&alone, 1);
    freeze(&together, n_vcpus);
}

static void write_frozen(const struct pool *pool, struct cflow_arena_count_writer *out)
{
    for (guint i = 0; i * (uint64_t)pool->per_board < pool->n_copied; i++) {
        const struct board *board = board_at(pool->copied, i);
        uint32_t used = used_of(pool->n_copied, pool->per_board, i);
        for (uint32_t k = 0; k < used; k++) {
            uint32_t owner = board->owners[k];
            struct cflow_arena_count count = {.block = owner >> 1, .one = !(owner & 1)};
            if (owner != NOBODY && board->frozen[k]) {
                count.start = board->frozen[k];
                count.end = board->frozen[k + (owner & 1)];
                cflow_arena_count_write(out, &count);
            }
        }
    }
}

void counters_frozen(struct cflow_arena_count_writer *out)
{
    write_frozen(&alone, out);
    write_frozen(&together, out);
}

void counters_clear(unsigned n_vcpus)
{
    for (guint i = 0; alone.boards && i < alone.boards->len; i++) {
        memset(qemu_plugin_scoreboard_find(board_at(alone.boards, i)->score, 0), 0,
               alone.per_board * sizeof(uint64_t));
    }
    for (guint i = 0; together.boards && i < together.boards->len; i++) {
        for (unsigned v = 0; v < n_vcpus; v++) {
            memset(qemu_plugin_scoreboard_find(board_at(together.boards, i)->score, v), 0,
                   SLOT * sizeof(uint64_t));
        }
    }
}
