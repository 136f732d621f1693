/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "lib/profile/merge-internal.h"

#define SLOTS_MIN 1024

static size_t width(const struct tally *t)
{
    return t->n_keys + t->n_values;
}

void tally_init(struct tally *t, size_t n_keys, size_t n_values)
{
    *t = (struct tally){.n_keys = n_keys, .n_values = n_values, .mask = SLOTS_MIN - 1};
    t->slots = g_new0(uint32_t, SLOTS_MIN);
}

void tally_clear(struct tally *t)
{
    g_clear_pointer(&t->rows, g_free);
    g_clear_pointer(&t->slots, g_free);
    t->n = t->room = 0;
}

size_t tally_bytes(const struct tally *t)
{
    return t->room * width(t) * sizeof(int64_t) + (t->mask + 1) * sizeof(uint32_t);
}

static uint64_t hash(const int64_t *key, size_t n)
{
    uint64_t h = 0;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint64_t)key[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

/* The slot of @key, or the free one where it belongs. */
static uint32_t *find(const struct tally *t, const int64_t *key)
{
    for (size_t i = hash(key, t->n_keys);; i++) {
        uint32_t *slot = &t->slots[i & t->mask];
        if (!*slot || memcmp(tally_row(t, *slot - 1), key, t->n_keys * sizeof(*key)) == 0) {
            return slot;
        }
    }
}

static void grow(struct tally *t)
{
    g_free(t->slots);
    t->mask = t->mask * 2 + 1;
    t->slots = g_new0(uint32_t, t->mask + 1);
    for (size_t i = 0; i < t->n; i++) {
        *find(t, tally_row(t, i)) = (uint32_t)i + 1;
    }
}

bool tally_add(struct tally *t, const int64_t *row)
{
    uint32_t *slot = find(t, row);

    if (*slot) {
        int64_t *sums = t->rows + (*slot - 1) * width(t) + t->n_keys;
        for (size_t i = 0; i < t->n_values; i++) {
            if (__builtin_add_overflow(sums[i], row[t->n_keys + i], &sums[i])) {
                return false;
            }
        }
        return true;
    }
    if (t->n == t->room) {
        t->room = t->room ? t->room * 2 : SLOTS_MIN;
        t->rows = g_renew(int64_t, t->rows, t->room * width(t));
    }
    memcpy(t->rows + t->n * width(t), row, width(t) * sizeof(*row));
    *slot = (uint32_t)++t->n;
    if (t->n * 2 > t->mask) {
        grow(t);
    }
    return true;
}

static int compare(const void *a, const void *b, void *data)
{
    const struct tally *t = data;
    const int64_t *x = a, *y = b;

    for (size_t i = 0; i < t->n_keys; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

void tally_sort(struct tally *t)
{
    if (t->n) {
        qsort_r(t->rows, t->n, width(t) * sizeof(int64_t), compare, t);
    }
}
