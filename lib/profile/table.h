/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table from 64-bit keys to numbers: open addressing, no removal.  For the few
 * million addresses of a large recording a lookup is one miss of the cache, where
 * GHashTable has three and calls two functions.
 */
#ifndef CFLOW_PROFILE_TABLE_H
#define CFLOW_PROFILE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct cflow_table_slot {
    uint64_t key;
    uint32_t number; /* 0: an empty slot */
};

/* All zeros: an empty table. */
struct cflow_table {
    struct cflow_table_slot *slots;
    uint32_t mask, n;
};

/* The number of @key, 0 if it has none. */
uint32_t cflow_table_get(const struct cflow_table *table, uint64_t key);

/*
 * The same, to be set; what is there is 0 for a new key and must not be 0 when the
 * table is next used.  Valid until then.
 */
uint32_t *cflow_table_at(struct cflow_table *table, uint64_t key);

/* Free what the table holds; it is empty then. */
void cflow_table_clear(struct cflow_table *table);

#endif
