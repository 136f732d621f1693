/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/process.h"

static void note(GHashTable *sets, uint64_t pc, const struct cflow_arena_block *b)
{
    gint64 *key = g_new(gint64, 1);

    *key = (gint64)pc;
    guint set = GPOINTER_TO_UINT(g_hash_table_lookup(sets, key));
    g_hash_table_replace(sets, key, GUINT_TO_POINTER(set | 1u << CFLOW_BLOCK_PRIVILEGE(b->flags)));
}

/* Guest address -> set of the privileges of blocks that begin there, or end, as a pointer. */
static GHashTable *index_blocks(const struct work *w, bool ends)
{
    GHashTable *sets = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint i = 0; i < w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(w->blocks, i);
        if (b->n_insns) {
            note(sets, ends ? b->pc + b->last_offset : b->pc, b);
        }
    }
    return sets;
}

/* The only one of the set for @pc, or unknown. */
static uint32_t only_one(GHashTable *sets, uint64_t pc)
{
    gint64 key = (gint64)pc;
    guint set = GPOINTER_TO_UINT(g_hash_table_lookup(sets, &key));

    return set && !(set & (set - 1)) ? (uint32_t)g_bit_nth_lsf(set, -1) : CFLOW_PRIVILEGE_UNKNOWN;
}

/*
 * The recorder does not know the rights of what is interrupted before it begins behind
 * an instruction that may change them.  But control comes back there.
 */
static uint32_t of_point(struct work *w, const struct cflow_arena_block *point)
{
    w->privileges = w->privileges ? w->privileges : index_blocks(w, false);
    return only_one(w->privileges, point->pc);
}

/*
 * To the flow engine the last instructions of blocks at one address are one, and it
 * does not know how much of what leaves from there was whose.
 */
static uint32_t of_end(struct work *w, const struct cflow_arena_block *b)
{
    w->end_privileges = w->end_privileges ? w->end_privileges : index_blocks(w, true);
    return only_one(w->end_privileges, b->pc + b->last_offset);
}

uint32_t work_privilege(struct work *w, const struct cflow_arena_block *src, uint32_t offset,
                        const struct cflow_arena_block *dst)
{
    const struct cflow_arena_block *b = src ? src : dst;
    uint32_t known = b ? CFLOW_BLOCK_PRIVILEGE(b->flags) : CFLOW_PRIVILEGE_UNKNOWN;

    if (b && !b->n_insns) {
        return known == CFLOW_PRIVILEGE_UNKNOWN ? of_point(w, b) : known;
    }
    return src && w->checkpoint && w->process->system && offset == src->last_offset ? of_end(w, src)
                                                                                    : known;
}
