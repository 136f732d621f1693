/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/blocks.h"

#include <sqlite3.h>

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int compare_blocks(const void *pa, const void *pb)
{
    const struct cflow_block *a = pa, *b = pb;

    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->last != b->last) {
        return a->last < b->last ? -1 : 1;
    }
    return a->insns == b->insns ? 0 : a->insns < b->insns ? -1 : 1;
}

static bool read_blocks(cflow_profile *profile, sqlite3_stmt *stmt, GArray *blocks, GError **error)
{
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct cflow_block block = {
            .module = sqlite3_column_int64(stmt, 0),
            .start = (uint64_t)sqlite3_column_int64(stmt, 1),
            .last = (uint64_t)sqlite3_column_int64(stmt, 2),
            .insns = sqlite3_column_int64(stmt, 3),
            .entered = sqlite3_column_int64(stmt, 4),
            .completed = sqlite3_column_int64(stmt, 5),
        };
        if (block.insns < 0 || block.completed < 0 || block.entered < block.completed ||
            block.last < block.start || !cflow_profile_module(profile, block.module)) {
            return cflow_profile_damaged(profile, "a block whose counts make no sense", error);
        }
        g_array_append_val(blocks, block);
    }
    return rc == SQLITE_DONE || cflow_profile_sqlite_error(profile, error);
}

/* Adds up equal blocks of several processes. */
static void merge_blocks(GArray *blocks)
{
    struct cflow_block *b = (struct cflow_block *)(void *)blocks->data;
    guint kept = 0;

    if (blocks->len == 0) {
        return;
    }
    qsort(b, blocks->len, sizeof(*b), compare_blocks);
    for (guint i = 1; i < blocks->len; i++) {
        if (compare_blocks(&b[kept], &b[i]) == 0) {
            b[kept].entered = add_saturated(b[kept].entered, b[i].entered);
            b[kept].completed = add_saturated(b[kept].completed, b[i].completed);
        } else {
            b[++kept] = b[i];
        }
    }
    g_array_set_size(blocks, kept + 1);
}

GArray *cflow_query_blocks(cflow_profile *profile, int64_t module, GError **error)
{
    return cflow_query_blocks_of(profile, module, CFLOW_ALL_PRIVILEGES, error);
}

GArray *cflow_query_blocks_of(cflow_profile *profile, int64_t module, cflow_privileges privileges,
                              GError **error)
{
    sqlite3_stmt *stmt =
        cflow_profile_statement(profile,
                                "SELECT module, start, last, insns, entered, completed FROM block"
                                " WHERE (?1 < 0 OR module = ?1) AND (?2 >> privilege) & 1"
                                " AND wanted(process)",
                                error);

    if (!stmt) {
        return NULL;
    }
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(struct cflow_block));
    sqlite3_bind_int64(stmt, 1, module);
    /* All: of those too that a newer writer may have added. */
    sqlite3_bind_int64(stmt, 2, privileges == CFLOW_ALL_PRIVILEGES ? -1 : (int64_t)privileges);
    bool ok = read_blocks(profile, stmt, blocks, error);
    sqlite3_reset(stmt);
    if (!ok) {
        g_array_unref(blocks);
        return NULL;
    }
    merge_blocks(blocks);
    return blocks;
}
