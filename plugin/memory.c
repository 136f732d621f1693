/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/memory.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGE 4096

/* As for the arena (CFLOW_ARENA_PLACE), and below it. */
#define PLACE ((void *)0x4f0000000000)

static char *start;
static size_t length;
static _Atomic size_t used;
static _Atomic size_t held, most; /* bytes in use, and at most so far */

void memory_begin(void)
{
    static const size_t sizes[] = {(size_t)1 << 36, (size_t)1 << 31, (size_t)1 << 28};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes) && !start; i++) {
        void *at = mmap(PLACE, sizes[i], PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at != MAP_FAILED) {
            start = at;
            length = sizes[i];
        }
    }
}

void memory_account(ptrdiff_t size)
{
    size_t now = atomic_fetch_add(&held, (size_t)size) + (size_t)size;
    size_t before = atomic_load(&most);

    while (now > before && !atomic_compare_exchange_weak(&most, &before, now)) {
    }
}

size_t memory_peak(void)
{
    return atomic_load(&most);
}

void *memory_new(size_t size)
{
    size_t pages = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
    size_t at = atomic_load(&used);

    memory_account((ptrdiff_t)size);
    do {
        if (pages > length - at) {
            return g_malloc0(size);
        }
    } while (!atomic_compare_exchange_weak(&used, &at, at + pages));
    return start + at;
}

void memory_free(void *memory, size_t size)
{
    uintptr_t at = (uintptr_t)memory, first = (uintptr_t)start;

    memory_account(memory ? -(ptrdiff_t)size : 0);
    if (start && at >= first && at < first + length) {
        madvise(memory, (size + PAGE - 1) & ~(size_t)(PAGE - 1), MADV_DONTNEED);
    } else {
        g_free(memory);
    }
}
