/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/table.h"

#include <glib.h>

#define SLOTS_MIN 256

/*
 * Keys are addresses, in the order in which code ran: those close to each other get
 * slots close to each other (golden-ratio hashing of what lies within 64 bytes, Knuth,
 * TAOCP volume 3, 6.4).
 */
static uint32_t hash(uint64_t key)
{
    return (uint32_t)(((key >> 6) * 0x9e3779b97f4a7c15ull) >> 32) + (uint32_t)(key & 63);
}

static struct cflow_table_slot *find(const struct cflow_table *table, uint64_t key)
{
    for (uint32_t i = hash(key);; i++) {
        struct cflow_table_slot *slot = &table->slots[i & table->mask];
        if (!slot->number || slot->key == key) {
            return slot;
        }
    }
}

static void grow(struct cflow_table *table)
{
    struct cflow_table old = *table;
    uint32_t capacity = old.slots ? (old.mask + 1) * 2 : SLOTS_MIN;

    table->slots = g_new0(struct cflow_table_slot, capacity);
    table->mask = capacity - 1;
    for (uint32_t i = 0; old.slots && i <= old.mask; i++) {
        if (old.slots[i].number) {
            *find(table, old.slots[i].key) = old.slots[i];
        }
    }
    g_free(old.slots);
}

uint32_t cflow_table_get(const struct cflow_table *table, uint64_t key)
{
    return table->slots ? find(table, key)->number : 0;
}

uint32_t *cflow_table_at(struct cflow_table *table, uint64_t key)
{
    if (!table->slots || table->n > table->mask / 2) {
        grow(table);
    }
    struct cflow_table_slot *slot = find(table, key);
    if (!slot->number) {
        slot->key = key;
        table->n++;
    }
    return &slot->number;
}

void cflow_table_clear(struct cflow_table *table)
{
    g_free(table->slots);
    *table = (struct cflow_table){0};
}
