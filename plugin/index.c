/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/index.h"

#include <stddef.h>

#include "plugin/memory.h"

#define FIRST_SLOTS 6144

void index_grow(struct index *x)
{
    const struct index old = *x;

    /* By half: with twice as many slots, half of them would be empty on average. */
    x->n_slots = old.n_slots ? old.n_slots + old.n_slots / 2 : FIRST_SLOTS;
    x->n_max = x->n_slots / 4 * 3;
    x->slots = memory_new(x->n_slots * sizeof(*x->slots));
    for (uint32_t i = 0; i < old.n_slots; i++) {
        if (old.slots[i]) {
            uint32_t *slot = index_first(x, x->hash(index_number(old.slots[i])));
            while (*slot) {
                slot = index_next(x, slot);
            }
            *slot = old.slots[i];
        }
    }
    memory_free(old.slots, old.n_slots * sizeof(*old.slots));
}
