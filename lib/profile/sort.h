/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting rows by their keys. */
#ifndef CFLOW_PROFILE_SORT_H
#define CFLOW_PROFILE_SORT_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a key: an unsigned integer of @size bytes, 4 or 8, at @offset in a row. */
struct cflow_sort_field {
    size_t offset, size;
};

#define CFLOW_SORT_FIELD(type, field)                                                              \
    {                                                                                              \
        offsetof(type, field), sizeof(((type *)0)->field)                                          \
    }

/*
 * Sort @rows by @n fields, the most significant first.  Rows with equal keys keep their
 * order.  A radix sort (Knuth, TAOCP volume 3, 5.2.5) of the bytes in which keys differ:
 * what all rows have in common costs nothing.
 */
void cflow_sort_rows(GArray *rows, const struct cflow_sort_field *fields, size_t n);

#endif
