/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers found by a hash of what they stand for, with open addressing: four bytes for
 * each slot, of which three quarters are used at most.  What a number stands for its owner
 * knows, and compares.
 *
 *     uint32_t *slot = index_first(&x, hash);
 *     while (*slot && !is_it(index_number(*slot))) {
 *         slot = index_next(&x, slot);
 *     }
 *
 * finds it, or the place where it is to be put.  Nothing here locks.
 */
#ifndef CFLOW_INDEX_H
#define CFLOW_INDEX_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers are below this. */
#define INDEX_MAX ((1u << 28) - 1)

struct index {
    uint32_t (*hash)(uint32_t number);
    uint32_t *slots; /* 0: empty; else number + 1, and four bits of the owner's above */
    uint32_t n_slots, n, n_max;
};

void index_grow(struct index *x);

/* Make room for one more; slots move. */
static inline void index_make_room(struct index *x)
{
    if (x->n == x->n_max) {
        index_grow(x);
    }
}

/* There must be slots. */
static inline uint32_t *index_first(const struct index *x, uint32_t hash)
{
    return &x->slots[(uint64_t)hash * x->n_slots >> 32];
}

static inline uint32_t *index_next(const struct index *x, uint32_t *slot)
{
    return slot + 1 == x->slots + x->n_slots ? x->slots : slot + 1;
}

/* The number in a slot that is not empty. */
static inline uint32_t index_number(uint32_t slot)
{
    return (slot & INDEX_MAX) - 1;
}

/*
 * An owner without other use for the four bits puts some of the hash there, so that what
 * a number stands for need not be looked at where it cannot be the right one.
 */
static inline uint32_t index_tag(uint32_t hash)
{
    return hash << 28; /* where a number goes, the upper bits say */
}

static inline bool index_may_be(uint32_t slot, uint32_t hash)
{
    return slot >> 28 == (hash & 15);
}

/* Put @number into the empty @slot, once there is room. */
static inline void index_put(struct index *x, uint32_t *slot, uint32_t number)
{
    *slot = number + 1;
    x->n++;
}

#endif
