/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena as `record` finds it: the guest could have written to it. */
#include <string.h>

#include "lib/arena/arena.h"
#include "lib/profile/rows.h"
#include "lib/profile/schema.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(cflow_rows) rows = NULL;
    g_autoptr(GError) error = NULL;

    if (size < sizeof(struct cflow_arena_header)) {
        return 0;
    }
    /* A copy that begins where memory of its kind does, and ends where it ends. */
    g_autofree uint8_t *copy = g_memdup2(data, size);
    struct cflow_arena arena = {(struct cflow_arena_header *)(void *)copy, size};
    bool ok = cflow_rows_create(&arena, NULL, &rows, &error);
    FUZZ_CHECK(ok == (rows != NULL) && ok == (error == NULL));
    return 0;
}

static void *append(struct cflow_arena *arena, struct cflow_arena_log *log, uint32_t size)
{
    uint32_t rounded = (size + 7) & ~7u;
    void *record = cflow_arena_append(arena, log, rounded);

    FUZZ_CHECK(record);
    return record;
}

static void publish(struct cflow_arena *arena, struct cflow_arena_log *log, const void *record)
{
    uint32_t size;

    memcpy(&size, record, sizeof(size));
    cflow_arena_publish(arena, log, size);
}

static void add_module(struct cflow_arena *arena, struct cflow_arena_log *log)
{
    struct cflow_arena_module *m = append(arena, log, sizeof(*m) + 26);

    m->kind = CFLOW_ARENA_ELF;
    m->start = 0x400000;
    m->end = 0x500000;
    m->bias = 0x400000;
    m->n_build_id = 20;
    m->n_path = 6;
    memcpy(m->data + 20, "/bin/p", 6);
    publish(arena, log, m);
}

static void add_block(struct cflow_arena *arena, struct cflow_arena_log *log, uint64_t pc,
                      const uint8_t *sizes, const char *bytes, unsigned n, bool text)
{
    struct cflow_arena_block *b = append(arena, log, sizeof(*b) + 64);

    b->pc = pc;
    b->n_insns = (uint16_t)n;
    b->flags = (uint8_t)(n ? 0 : CFLOW_BLOCK_POINT);
    for (unsigned i = 0; i < n; i++) {
        b->data[i] = sizes[i];
        b->last_offset = b->n_bytes;
        b->n_bytes = (uint16_t)(b->n_bytes + sizes[i]);
    }
    if (n) {
        memcpy(b->data + n, bytes, b->n_bytes);
    }
    if (text) {
        b->flags |= CFLOW_BLOCK_HAS_DISAS | CFLOW_BLOCK_HAS_SYMBOL;
        memcpy(b->data + n + b->n_bytes, "j # 0x40\0main", 14);
    }
    publish(arena, log, b);
}

static void add_tables(struct cflow_arena *arena, struct cflow_arena_vcpu *vcpu)
{
    static const struct cflow_arena_event events[] = {
        {.src = CFLOW_NO_BLOCK, .dst = 0, .kind = CFLOW_ENTRY},
        {.src = 1, .dst = 0, .src_insn = 1, .kind = CFLOW_SIGNAL, .cause = 11, .aborted = 1},
        {.src = 2, .dst = 0, .kind = CFLOW_SIGNAL, .cause = 14},
        {.src = 1, .dst = CFLOW_NO_BLOCK, .src_insn = 2, .kind = CFLOW_EXIT},
    };

    for (uint64_t src = 0; src < 2; src++) {
        for (uint64_t dst = 0; dst < 3; dst++) {
            cflow_arena_edge_add(arena, &vcpu->edges, (src + 1) << 32 | dst)->count = 3 + dst;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        cflow_arena_event_add(arena, &vcpu->events, &events[i])->count = i + 1;
    }
}

/* Small extents and tables: there is more to hit in few bytes than in many zeros. */
static void make_log(struct cflow_arena *arena, struct cflow_arena_log *log)
{
    cflow_off at = cflow_arena_alloc(arena, sizeof(struct cflow_arena_extent) + 512);
    struct cflow_arena_extent *extent = cflow_arena_at(arena, at);

    extent->size = 512;
    log->first = log->last = at;
}

static void make_table(struct cflow_arena *arena, struct cflow_arena_table *table, size_t slot)
{
    cflow_off at = cflow_arena_alloc(arena, 8 + 16 * slot);

    *(uint64_t *)cflow_arena_at(arena, at) = 16;
    table->slots = at + 8;
    table->capacity = 16;
}

/* Two processes, one forked from the other. */
static void add_seed(GPtrArray *seeds, const char *isa, const char *engine, const uint8_t *sizes,
                     const char *bytes)
{
    struct cflow_arena arena = {0};
    g_autoptr(GError) error = NULL;
    cflow_off parent = 0;

    FUZZ_CHECK(cflow_arena_create_private(&arena, &error));
    for (int i = 0; i < 2; i++) {
        cflow_off at = cflow_arena_alloc(&arena, sizeof(struct cflow_arena_process));
        struct cflow_arena_process *p = cflow_arena_at(&arena, at);
        p->next = parent;
        p->parent = parent;
        p->parent_modules = (uint32_t)i;
        p->parent_blocks = (uint32_t)i * 3;
        p->parent_ways = (uint32_t)i;
        p->pid = 7;
        p->end = i ? CFLOW_END_RUNNING : CFLOW_END_EXIT;
        g_strlcpy(p->isa, isa, sizeof(p->isa));
        g_strlcpy(p->engine, engine, sizeof(p->engine));
        g_strlcpy(p->path, "/bin/p", sizeof(p->path));
        make_log(&arena, &p->modules);
        make_log(&arena, &p->blocks);
        make_log(&arena, &p->ways);
        add_module(&arena, &p->modules);
        add_block(&arena, &p->blocks, 0x400100, sizes, bytes, 3, true);
        add_block(&arena, &p->blocks, 0x400110 + (uint64_t)i, sizes, bytes, 3, false);
        add_block(&arena, &p->blocks, 0x400120, sizes, bytes, 0, false);
        struct cflow_arena_way *way = append(&arena, &p->ways, sizeof(*way));
        way->block = i & 1;
        way->silent = 1;
        way->pc = i ? 0x400100 : 0x400110;
        publish(&arena, &p->ways, way);
        cflow_off counts = cflow_arena_alloc(&arena, 64);
        struct cflow_arena_count_writer writer = {.out = cflow_arena_at(&arena, counts)};
        struct cflow_arena_count first = {0, 1, 20, 20}, second = {1, 0, 20, 18};
        cflow_arena_count_write(&writer, &first);
        cflow_arena_count_write(&writer, &second);
        cflow_off vcpu_at = cflow_arena_alloc(&arena, sizeof(struct cflow_arena_vcpu));
        struct cflow_arena_vcpu *vcpu = cflow_arena_at(&arena, vcpu_at);
        vcpu->block = 1;
        vcpu->live = (uint32_t)i;
        make_table(&arena, &vcpu->edges, sizeof(struct cflow_arena_edge));
        make_table(&arena, &vcpu->events, sizeof(struct cflow_arena_event));
        add_tables(&arena, vcpu);
        vcpu->stop = (uint16_t)(i ? CFLOW_STOP_ABORTED : CFLOW_STOP_BEFORE);
        vcpu->stop_insn = 1;
        p->vcpus = vcpu_at;
        cflow_off checkpoint_at = cflow_arena_alloc(&arena, sizeof(struct cflow_arena_checkpoint));
        struct cflow_arena_checkpoint *checkpoint = cflow_arena_at(&arena, checkpoint_at);
        checkpoint->counts = counts;
        checkpoint->n_bytes = writer.size;
        checkpoint->vcpus = vcpu_at;
        p->checkpoint = checkpoint_at;
        arena.header->processes = at;
        parent = at;
    }
    g_autoptr(cflow_rows) rows = NULL; /* a seed that is refused would reach little */
    FUZZ_CHECK(cflow_rows_create(&arena, NULL, &rows, &error));
    g_ptr_array_add(seeds, g_bytes_new(arena.header, arena.header->used));
    cflow_arena_close(&arena);
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    static const uint8_t x86[] = {1, 3, 2}, fixed[] = {4, 4, 4}, thumb[] = {2, 4, 2};

    for (int flow = 0; flow < 2; flow++) {
        const char *engine = flow ? "flow" : "edge";
        add_seed(seeds, "x86_64", engine, x86, "\x90\x48\x8b\x03\x75\xfa");
        add_seed(seeds, "aarch64", engine, fixed,
                 "\x1f\x20\x03\xd5\x00\x00\x40\xf9\x00\x00\x00\x54");
        add_seed(seeds, "arm", engine, thumb, "\x08\xbf\xd0\xf8\x00\x00\x70\x47");
        add_seed(seeds, "mips", engine, fixed, "\0\0\0\0\1\1\1\1\2\2\2\2");
    }
    for (int i = 0; i < argc; i++) {
        fuzz_add_file(seeds, argv[i]);
    }
}
