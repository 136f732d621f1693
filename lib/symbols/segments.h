/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of many ranges does an address lie in?  Ranges may nest and overlap; the
 * innermost counts, the one that starts last.  Private to lib/symbols.
 */
#ifndef CFLOW_SYMBOLS_SEGMENTS_H
#define CFLOW_SYMBOLS_SEGMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct segments segments;

/* An empty set.  Free with segments_free(). */
segments *segments_new(void);
void segments_free(segments *s);

/*
 * Adds @value for @start <= address < @end; empty ranges are left out.  Of those
 * that start at one address the shorter is the inner one, and of equal ones the
 * one that was added last.
 */
void segments_add(segments *s, uint64_t start, uint64_t end, uint32_t value);

/* To be called once, after the last segments_add(). */
void segments_finish(segments *s);

/* The value at @address, in logarithmic time; false if there is none. */
bool segments_find(const segments *s, uint64_t address, uint32_t *value);

/* Calls @each for every piece, in order; no two overlap. */
void segments_each(const segments *s,
                   void (*each)(uint64_t start, uint64_t end, uint32_t value, void *data),
                   void *data);

#endif
