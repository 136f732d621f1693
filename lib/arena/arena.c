/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "lib/arena/arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Address space, not memory: a machine with a small limit gets what it allows. */
static const uint64_t sizes[] = {1ull << 40, 1ull << 36, 1ull << 33, 1ull << 30, 1ull << 28};

#define EXTENT_MIN (64 * 1024)
#define TABLE_MIN  256

static bool fail(GError **error, const char *what)
{
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: %s", what,
                g_strerror(errno));
    return false;
}

static void init_header(struct cflow_arena *arena)
{
    struct cflow_arena_header *header = arena->header;

    header->magic = CFLOW_ARENA_MAGIC;
    header->version = CFLOW_ARENA_VERSION;
    header->size = arena->size;
    atomic_store(&header->used, (sizeof(*header) + 63) & ~63ull);
}

static bool map(struct cflow_arena *arena, int fd, uint64_t size)
{
    int flags = MAP_NORESERVE | (fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
    void *base = mmap(CFLOW_ARENA_PLACE, size, PROT_READ | PROT_WRITE, flags, fd, 0);

    if (base == MAP_FAILED) {
        return false;
    }
    /* A guest's crash must not drag a terabyte of holes into QEMU's core. */
    madvise(base, size, MADV_DONTDUMP);
    arena->header = base;
    arena->size = size;
    arena->taken = NULL;
    return true;
}

bool cflow_arena_create_shared(struct cflow_arena *arena, int *fd_out, GError **error)
{
    int fd = memfd_create("qemu-cflow", 0);

    if (fd < 0) {
        return fail(error, "cannot make shared memory");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (ftruncate(fd, (off_t)sizes[i]) == 0 && map(arena, fd, sizes[i])) {
            init_header(arena);
            *fd_out = fd;
            return true;
        }
    }
    fail(error, errno == EFBIG
                    ? "cannot make shared memory (is there a limit on files, ulimit -f?)"
                    : "cannot map shared memory (is there a limit on address space, ulimit -v?)");
    close(fd);
    return false;
}

bool cflow_arena_create_private(struct cflow_arena *arena, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (map(arena, -1, sizes[i])) {
            init_header(arena);
            return true;
        }
    }
    return fail(error, "cannot map memory (is there a limit on address space, ulimit -v?)");
}

bool cflow_arena_attach(struct cflow_arena *arena, int fd, GError **error)
{
    struct stat st;

    if (fstat(fd, &st) < 0) {
        return fail(error, "the arena's descriptor is not open");
    }
    if (st.st_size < (off_t)sizeof(struct cflow_arena_header) ||
        !map(arena, fd, (uint64_t)st.st_size)) {
        return fail(error, "cannot map the arena");
    }
    if (arena->header->magic != CFLOW_ARENA_MAGIC ||
        arena->header->version != CFLOW_ARENA_VERSION || arena->header->size != arena->size) {
        cflow_arena_close(arena);
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "the plugin and qemu-cflow are of different versions");
        return false;
    }
    return true;
}

void cflow_arena_close(struct cflow_arena *arena)
{
    if (arena->header) {
        munmap(arena->header, arena->size);
    }
    arena->header = NULL;
    arena->taken = NULL;
    arena->size = 0;
}

cflow_off cflow_arena_alloc(struct cflow_arena *arena, uint64_t size)
{
    struct cflow_arena_header *header = arena->header;
    uint64_t rounded = (size + 7) & ~7ull;
    cflow_off at = atomic_load(&header->used);

    do {
        if (rounded < size || at > arena->size || rounded > arena->size - at) {
            atomic_fetch_add(&header->failed, 1);
            return 0;
        }
    } while (!atomic_compare_exchange_weak(&header->used, &at, at + rounded));
    if (arena->taken) {
        atomic_fetch_add(arena->taken, rounded);
    }
    return at;
}

bool cflow_arena_set_launch(struct cflow_arena *arena, const struct cflow_arena_launch *launch,
                            char **words)
{
    size_t size = sizeof(*launch);

    for (char **word = words; *word; word++) {
        size += strlen(*word) + 1;
    }
    cflow_off off = cflow_arena_alloc(arena, size);
    if (!off) {
        return false;
    }
    struct cflow_arena_launch *mine = cflow_arena_at(arena, off);
    *mine = *launch;
    mine->n_words = g_strv_length(words);
    char *at = mine->words;
    for (char **word = words; *word; word++) {
        at = stpcpy(at, *word) + 1;
    }
    arena->header->launch = off;
    return true;
}

const struct cflow_arena_launch *cflow_arena_get_launch(const struct cflow_arena *arena)
{
    return arena->header->launch ? cflow_arena_at(arena, arena->header->launch) : NULL;
}

const char *cflow_arena_launch_word(const struct cflow_arena_launch *launch, unsigned i)
{
    const char *at = launch->words;

    if (i >= launch->n_words) {
        return NULL;
    }
    while (i--) {
        at += strlen(at) + 1;
    }
    return at;
}

void *cflow_arena_append(struct cflow_arena *arena, struct cflow_arena_log *log, uint32_t size)
{
    struct cflow_arena_extent *last = log->last ? cflow_arena_at(arena, log->last) : NULL;

    if (!last || last->size - atomic_load(&last->used) < size) {
        uint64_t room = MAX(EXTENT_MIN - sizeof(*last), (uint64_t)size);
        cflow_off off = cflow_arena_alloc(arena, sizeof(*last) + room);
        if (!off) {
            return NULL;
        }
        struct cflow_arena_extent *fresh = cflow_arena_at(arena, off);
        fresh->size = room;
        if (last) {
            atomic_store(&last->next, off);
        } else {
            atomic_store(&log->first, off);
        }
        log->last = off;
        last = fresh;
    }
    uint32_t *record = (uint32_t *)(void *)(last->data + atomic_load(&last->used));
    *record = size;
    return record;
}

void cflow_arena_publish(struct cflow_arena *arena, struct cflow_arena_log *log, uint32_t size)
{
    struct cflow_arena_extent *last = cflow_arena_at(arena, log->last);

    atomic_fetch_add(&last->used, size);
    atomic_fetch_add(&log->n, 1);
}

bool cflow_arena_each(const struct cflow_arena *arena, const struct cflow_arena_log *log,
                      uint32_t max, bool (*visit)(const void *record, void *data), void *data)
{
    uint64_t end = MIN(atomic_load(&arena->header->used), arena->size);
    uint32_t seen = 0;

    for (cflow_off off = atomic_load(&log->first); off;) {
        const struct cflow_arena_extent *extent = cflow_arena_get(arena, off, sizeof(*extent));
        if (!extent || off > end || end - off < sizeof(*extent) ||
            extent->size > end - off - sizeof(*extent)) {
            return false;
        }
        uint64_t used = atomic_load(&extent->used);
        if (used > extent->size) {
            return false;
        }
        for (uint64_t at = 0; at < used;) {
            uint32_t size;
            memcpy(&size, extent->data + at, sizeof(size));
            if (size < 8 || size % 8 || size > used - at) {
                return false;
            }
            if (seen++ == max || !visit(extent->data + at, data)) {
                return true;
            }
            at += size;
        }
        cflow_off next = atomic_load(&extent->next);
        if (next && next <= off) {
            return false;
        }
        off = next;
    }
    return true;
}

/* --- tables ---------------------------------------------------------------- */

static struct cflow_arena_edge *edge_slot(struct cflow_arena_edge *slots, uint32_t capacity,
                                          uint64_t key)
{
    for (uint32_t i = cflow_arena_hash(key);; i++) {
        struct cflow_arena_edge *slot = &slots[i & (capacity - 1)];
        if (slot->key == key || slot->key == 0) {
            return slot;
        }
    }
}

static uint32_t event_hash(const struct cflow_arena_event *e)
{
    return cflow_arena_hash(((uint64_t)e->src << 32 | e->dst) ^
                            ((uint64_t)e->src_insn << 20 | (uint64_t)e->kind << 8 | e->cause));
}

static struct cflow_arena_event *event_slot(struct cflow_arena_event *slots, uint32_t capacity,
                                            const struct cflow_arena_event *e)
{
    for (uint32_t i = event_hash(e);; i++) {
        struct cflow_arena_event *slot = &slots[i & (capacity - 1)];
        if (slot->kind == 0 ||
            (slot->src == e->src && slot->dst == e->dst && slot->src_insn == e->src_insn &&
             slot->kind == e->kind && slot->cause == e->cause && slot->aborted == e->aborted)) {
            return slot;
        }
    }
}

static void rehash_edges(void *from, uint32_t n, void *to, uint32_t capacity)
{
    for (struct cflow_arena_edge *old = from; n--; old++) {
        if (old->key) {
            *edge_slot(to, capacity, old->key) = *old;
        }
    }
}

static void rehash_events(void *from, uint32_t n, void *to, uint32_t capacity)
{
    for (struct cflow_arena_event *old = from; n--; old++) {
        if (old->kind) {
            *event_slot(to, capacity, old) = *old;
        }
    }
}

/* A reader may look at any moment, so slots and capacity appear as one. */
static bool grow(struct cflow_arena *arena, struct cflow_arena_table *table, size_t slot_size,
                 void (*rehash)(void *, uint32_t, void *, uint32_t))
{
    uint32_t old = table->capacity;

    if (old && (uint64_t)table->n * 3 < (uint64_t)old * 2) {
        return true;
    }
    uint32_t capacity = old ? old * 2 : TABLE_MIN;
    cflow_off off =
        capacity > old ? cflow_arena_alloc(arena, 8 + capacity * (uint64_t)slot_size) : 0;
    if (!off) {
        return table->n + 1 < old; /* full but for one slot: lookups still end */
    }
    *(uint64_t *)cflow_arena_at(arena, off) = capacity;
    off += 8;
    cflow_off slots = atomic_load(&table->slots);
    if (slots) {
        rehash(cflow_arena_at(arena, slots), old, cflow_arena_at(arena, off), capacity);
    }
    atomic_store(&table->slots, off);
    table->capacity = capacity;
    return true;
}

struct cflow_arena_edge *cflow_arena_edge_add(struct cflow_arena *arena,
                                              struct cflow_arena_table *table, uint64_t key)
{
    struct cflow_arena_edge *slot = NULL;

    if (table->capacity) { /* a known edge never makes the table grow */
        slot = edge_slot(cflow_arena_at(arena, atomic_load(&table->slots)), table->capacity, key);
        if (slot->key) {
            return slot;
        }
    }
    if (!grow(arena, table, sizeof(*slot), rehash_edges)) {
        return NULL;
    }
    slot = edge_slot(cflow_arena_at(arena, atomic_load(&table->slots)), table->capacity, key);
    slot->key = key;
    table->n++;
    return slot;
}

struct cflow_arena_event *cflow_arena_event_add(struct cflow_arena *arena,
                                                struct cflow_arena_table *table,
                                                const struct cflow_arena_event *event)
{
    struct cflow_arena_event *slot = NULL;

    if (table->capacity) {
        slot =
            event_slot(cflow_arena_at(arena, atomic_load(&table->slots)), table->capacity, event);
        if (slot->kind) {
            return slot;
        }
    }
    if (!grow(arena, table, sizeof(*slot), rehash_events)) {
        return NULL;
    }
    slot = event_slot(cflow_arena_at(arena, atomic_load(&table->slots)), table->capacity, event);
    *slot = *event;
    slot->count = slot->returned = slot->instructions = 0;
    table->n++;
    return slot;
}
