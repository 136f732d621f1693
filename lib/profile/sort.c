/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/sort.h"

#include <stdbool.h>
#include <string.h>

/* A row on its way: a part of its key, and its number. */
struct item {
    uint64_t key;
    uint32_t row;
};

static uint64_t value(const char *row, const struct cflow_sort_field *field)
{
    uint32_t small;
    uint64_t large;

    if (field->size == sizeof(small)) {
        memcpy(&small, row + field->offset, sizeof(small));
        return small;
    }
    memcpy(&large, row + field->offset, sizeof(large));
    return large;
}

/* The bits in which the values of @field differ. */
static uint64_t differences(const GArray *rows, size_t size, const struct cflow_sort_field *field)
{
    uint64_t first = value(rows->data, field), bits = 0;

    for (guint i = 1; i < rows->len; i++) {
        bits |= first ^ value(rows->data + i * size, field);
    }
    return bits;
}

static bool sorted(const GArray *rows, size_t size, const struct cflow_sort_field *fields, size_t n)
{
    for (guint i = 1; i < rows->len; i++) {
        const char *row = rows->data + i * size;
        for (size_t f = 0; f < n; f++) {
            uint64_t before = value(row - size, &fields[f]), here = value(row, &fields[f]);
            if (before > here) {
                return false;
            }
            if (before < here) {
                break;
            }
        }
    }
    return true;
}

/* By the byte of the keys at @shift, from @from to @to. */
static void pass(const struct item *from, struct item *to, guint n, unsigned shift)
{
    guint ends[256] = {0};

    for (guint i = 0; i < n; i++) {
        ends[from[i].key >> shift & 255]++;
    }
    for (guint i = 0, sum = 0; i < 256; i++) {
        guint here = ends[i];
        ends[i] = sum;
        sum += here;
    }
    for (guint i = 0; i < n; i++) {
        to[ends[from[i].key >> shift & 255]++] = from[i];
    }
}

/* @items in the order of @rows; @spare is as large.  Where the result is. */
static struct item *order(const GArray *rows, size_t size, const struct cflow_sort_field *fields,
                          size_t n, struct item *items, struct item *spare)
{
    for (size_t f = n; f-- > 0;) {
        uint64_t bits = differences(rows, size, &fields[f]);
        for (guint i = 0; bits && i < rows->len; i++) {
            items[i].key = value(rows->data + items[i].row * size, &fields[f]);
        }
        for (unsigned shift = 0; shift < 64; shift += 8) {
            if (bits >> shift & 255) {
                pass(items, spare, rows->len, shift);
                struct item *swap = items;
                items = spare;
                spare = swap;
            }
        }
    }
    return items;
}

void cflow_sort_rows(GArray *rows, const struct cflow_sort_field *fields, size_t n)
{
    size_t size = g_array_get_element_size(rows);

    if (sorted(rows, size, fields, n)) {
        return;
    }
    g_autofree struct item *items = g_new(struct item, rows->len);
    g_autofree struct item *spare = g_new(struct item, rows->len);
    for (guint i = 0; i < rows->len; i++) {
        items[i].row = i;
    }
    const struct item *placed = order(rows, size, fields, n, items, spare);
    g_autofree char *copy = g_malloc_n(rows->len, size);
    memcpy(copy, rows->data, rows->len * size);
    for (guint i = 0; i < rows->len; i++) {
        memcpy(rows->data + i * size, copy + placed[i].row * size, size);
    }
}
