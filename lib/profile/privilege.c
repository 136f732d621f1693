/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/process.h"

/* Guest address -> set of the privileges of blocks that begin there, as a pointer. */
static GHashTable *index_blocks(const struct work *w)
{
    GHashTable *at = g_hash_table_new(g_int64_hash, g_int64_equal);

    for (guint i = 0; i < w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(w->blocks, i);
        if (b->n_insns) {
            guint set = GPOINTER_TO_UINT(g_hash_table_lookup(at, &b->pc));
            set |= 1u << CFLOW_BLOCK_PRIVILEGE(b->flags);
            g_hash_table_insert(at, (void *)&b->pc, GUINT_TO_POINTER(set));
        }
    }
    return at;
}

/*
 * The recorder does not know the rights of what is interrupted before it begins behind
 * an instruction that may change them.  But control comes back there.
 */
static uint32_t of_point(struct work *w, const struct cflow_arena_block *point)
{
    w->privileges = w->privileges ? w->privileges : index_blocks(w);
    guint set = GPOINTER_TO_UINT(g_hash_table_lookup(w->privileges, &point->pc));

    return set && !(set & (set - 1)) ? (uint32_t)g_bit_nth_lsf(set, -1) : CFLOW_PRIVILEGE_UNKNOWN;
}

uint32_t work_privilege(struct work *w, const struct cflow_arena_block *src,
                        const struct cflow_arena_block *dst)
{
    const struct cflow_arena_block *b = src ? src : dst;
    uint32_t known = b ? CFLOW_BLOCK_PRIVILEGE(b->flags) : CFLOW_PRIVILEGE_UNKNOWN;

    return b && !b->n_insns && known == CFLOW_PRIVILEGE_UNKNOWN ? of_point(w, b) : known;
}
