/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of blocks as a checkpoint has them: a stream, in which a block that was begun
 * seldom takes two or three bytes.
 */
#ifndef CFLOW_ARENA_COUNTS_H
#define CFLOW_ARENA_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How often @block was entered, and how often its last instruction was reached.  If
 * that was not counted (@one), it was but for the times that events tell.  A block
 * may have several of these, to be added.
 */
struct cflow_arena_count {
    uint32_t block;
    bool one;
    uint64_t start, end;
};

/* As the block of a count: all code that was not recorded, for the memory limit. */
#define CFLOW_BEYOND_LIMIT ((uint32_t)INT32_MAX)

/* Start with zeros, and in @out where to write; NULL: only @size, the bytes, is wanted. */
struct cflow_arena_count_writer {
    unsigned char *out;
    uint64_t size;
    uint32_t next; /* the block behind that of the last count */
};

void cflow_arena_count_write(struct cflow_arena_count_writer *w,
                             const struct cflow_arena_count *count);

struct cflow_arena_count_reader {
    const unsigned char *at, *end;
    uint32_t next;
};

/* False at the end (@at is @end then), or where the stream is damaged. */
bool cflow_arena_count_read(struct cflow_arena_count_reader *r, struct cflow_arena_count *count);

#endif
