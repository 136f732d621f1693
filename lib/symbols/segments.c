/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/segments.h"

struct range {
    uint64_t start, end;
    uint32_t value, order;
};

struct segments {
    GArray *ranges; /* struct range; after segments_finish() sorted and disjoint */
};

segments *segments_new(void)
{
    segments *s = g_new0(segments, 1);

    s->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
    return s;
}

void segments_free(segments *s)
{
    if (s) {
        g_array_unref(s->ranges);
        g_free(s);
    }
}

void segments_add(segments *s, uint64_t start, uint64_t end, uint32_t value)
{
    struct range range = {start, end, value, s->ranges->len};

    if (start < end) {
        g_array_append_val(s->ranges, range);
    }
}

/* Outer ones first. */
static int compare_ranges(const void *pa, const void *pb)
{
    const struct range *a = pa, *b = pb;

    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->end != b->end) {
        return a->end > b->end ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Appends [@start, @end) as a piece of @of, or makes the last piece longer. */
static void append_piece(GArray *out, uint64_t start, uint64_t end, const struct range *of)
{
    struct range piece = {start, end, of->value, of->order};
    struct range *last = out->len ? &g_array_index(out, struct range, out->len - 1) : NULL;

    if (last && last->end == start && last->order == of->order) {
        last->end = end;
    } else if (start < end) {
        g_array_append_val(out, piece);
    }
}

/*
 * A sweep: on the stack are the ranges that began, the innermost on top.  One
 * that has ended under another stays there until it is on top.
 */
void segments_finish(segments *s)
{
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(struct range));
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct range));
    uint64_t at = 0;

    g_array_sort(s->ranges, compare_ranges);
    for (guint i = 0; i <= s->ranges->len; i++) {
        const struct range *next =
            i < s->ranges->len ? &g_array_index(s->ranges, struct range, i) : NULL;
        while (stack->len > 0) {
            struct range top = g_array_index(stack, struct range, stack->len - 1);
            uint64_t end = next ? MIN(top.end, next->start) : top.end;
            if (end > at) {
                append_piece(out, at, end, &top);
                at = end;
            }
            if (next && top.end > next->start) {
                break;
            }
            g_array_set_size(stack, stack->len - 1);
        }
        if (next) {
            at = MAX(at, next->start);
            g_array_append_val(stack, *next);
        }
    }
    g_array_unref(s->ranges);
    s->ranges = out;
}

bool segments_find(const segments *s, uint64_t address, uint32_t *value)
{
    guint low = 0, high = s->ranges->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct range *range = &g_array_index(s->ranges, struct range, middle);
        if (address < range->start) {
            high = middle;
        } else if (address >= range->end) {
            low = middle + 1;
        } else {
            *value = range->value;
            return true;
        }
    }
    return false;
}

void segments_each(const segments *s,
                   void (*each)(uint64_t start, uint64_t end, uint32_t value, void *data),
                   void *data)
{
    for (guint i = 0; i < s->ranges->len; i++) {
        const struct range *range = &g_array_index(s->ranges, struct range, i);
        each(range->start, range->end, range->value, data);
    }
}
