/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/arena/counts.h"

/*
 * A count is two or three numbers, seven bits of each to a byte, the lowest first; the
 * top bit of a byte says that there are more.  They are
 *  - how far the block is from the one behind the last, and, as the lowest bit, whether
 *    there is a third number;
 *  - the starts;
 *  - if it is not @one: the ends less the starts.
 * What may be below zero has its sign in the lowest bit.
 */
static void put(struct cflow_arena_count_writer *w, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        if (w->out) {
            w->out[w->size] = (unsigned char)(number | 0x80);
        }
        w->size++;
    }
    if (w->out) {
        w->out[w->size] = (unsigned char)number;
    }
    w->size++;
}

static bool get(struct cflow_arena_count_reader *r, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        unsigned char byte = *r->at++;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return true;
        }
    }
    return false;
}

static uint64_t with_sign(uint64_t number)
{
    return number << 1 ^ (number >> 63 ? UINT64_MAX : 0);
}

static uint64_t without_sign(uint64_t number)
{
    return number >> 1 ^ (number & 1 ? UINT64_MAX : 0);
}

void cflow_arena_count_write(struct cflow_arena_count_writer *w,
                             const struct cflow_arena_count *count)
{
    put(w, with_sign((uint64_t)count->block - w->next) << 1 | !count->one);
    put(w, count->start);
    if (!count->one) {
        put(w, with_sign(count->end - count->start));
    }
    w->next = count->block + 1;
}

bool cflow_arena_count_read(struct cflow_arena_count_reader *r, struct cflow_arena_count *count)
{
    uint64_t block, left = 0;

    if (!get(r, &block) || !get(r, &count->start) || ((block & 1) && !get(r, &left))) {
        return false;
    }
    count->block = (uint32_t)(r->next + without_sign(block >> 1));
    count->one = !(block & 1);
    count->end = count->start + without_sign(left);
    r->next = count->block + 1;
    return true;
}
