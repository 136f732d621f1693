/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading damaged arenas: what fuzzing has found, and its like.  The memory has
 * the arena's size exactly, so that sanitizers see a read past it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "lib/arena/arena.h"
#include "lib/profile/rows.h"

#define ROOM 8192

struct image {
    struct cflow_arena arena;
    struct cflow_arena_process *process;
    struct cflow_arena_vcpu *vcpu;
    struct cflow_arena_checkpoint *checkpoint;
    struct cflow_arena_block *block; /* the one there is: three instructions */
};

static void *take(struct image *image, uint64_t size, cflow_off *off)
{
    *off = cflow_arena_alloc(&image->arena, size);
    assert_true(*off);
    return cflow_arena_at(&image->arena, *off);
}

static void make_log(struct image *image, struct cflow_arena_log *log)
{
    cflow_off off;
    struct cflow_arena_extent *extent = take(image, sizeof(*extent) + 256, &off);

    extent->size = 256;
    log->first = log->last = off;
}

/* A process that ran one block twice and went from it to itself. */
static struct image make(const char *engine)
{
    struct image image = {.arena = {g_malloc0(ROOM), ROOM}};
    struct cflow_arena_header *header = image.arena.header;
    cflow_off off;

    header->size = ROOM;
    header->used = 128;
    image.process = take(&image, sizeof(*image.process), &off);
    header->processes = off;
    strcpy(image.process->isa, "x86_64");
    strcpy(image.process->engine, engine);
    make_log(&image, &image.process->modules);
    make_log(&image, &image.process->blocks);
    make_log(&image, &image.process->ways);
    struct cflow_arena_module *module =
        cflow_arena_append(&image.arena, &image.process->modules, sizeof(*module) + 8);
    module->n_path = 6;
    memcpy(module->data, "/bin/p", 6);
    cflow_arena_publish(&image.arena, &image.process->modules, module->size);
    image.block =
        cflow_arena_append(&image.arena, &image.process->blocks, sizeof(*image.block) + 16);
    image.block->pc = 0x1000;
    image.block->n_insns = 3;
    image.block->n_bytes = 6;
    image.block->last_offset = 4;
    memcpy(image.block->data, "\1\3\2\x90\x48\x8b\x03\x75\xfa", 9);
    cflow_arena_publish(&image.arena, &image.process->blocks, image.block->size);
    image.vcpu = take(&image, sizeof(*image.vcpu), &off);
    image.process->vcpus = off;
    image.vcpu->block = CFLOW_NO_BLOCK;
    uint64_t *edges = take(&image, 8 + 4 * sizeof(struct cflow_arena_edge), &off);
    edges[0] = 4;
    edges[1] = UINT64_C(1) << 32;
    edges[2] = 2;
    image.vcpu->edges.slots = off + 8;
    image.checkpoint = take(&image, sizeof(*image.checkpoint), &off);
    image.process->checkpoint = off;
    image.checkpoint->vcpus = image.process->vcpus;
    return image;
}

/* Whether it can be read; the image is gone afterwards. */
static bool is_read(struct image *image)
{
    g_autoptr(cflow_rows) rows = NULL;
    g_autoptr(GError) error = NULL;
    bool ok = cflow_rows_create(&image->arena, NULL, &rows, &error);

    assert_true(ok == (rows != NULL) && ok == (error == NULL));
    g_free(image->arena.header);
    return ok;
}

static void test_whole(void **state)
{
    struct image edge = make("edge"), flow = make("flow");
    (void)state;

    assert_true(is_read(&edge));
    assert_true(is_read(&flow));
}

static void test_offsets(void **state)
{
    static const cflow_off wrong[] = {1, 4, ROOM - 8, ROOM, ROOM + 8, UINT64_MAX, UINT64_MAX - 7};
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct image process = make("edge"), vcpu = make("edge"), parent = make("edge");
        struct image module = make("edge"), block = make("edge"), counts = make("flow");
        struct image edges = make("edge");
        process.arena.header->processes = wrong[i];
        assert_false(is_read(&process));
        vcpu.process->vcpus = wrong[i];
        assert_false(is_read(&vcpu));
        parent.process->parent = wrong[i];
        assert_false(is_read(&parent));
        module.process->modules.first = wrong[i];
        assert_false(is_read(&module));
        block.process->blocks.first = wrong[i];
        assert_false(is_read(&block));
        counts.checkpoint->counts = wrong[i];
        counts.checkpoint->n_bytes = 16;
        assert_false(is_read(&counts));
        struct image checkpoint = make("flow"), copies = make("flow");
        checkpoint.process->checkpoint = wrong[i];
        assert_false(is_read(&checkpoint));
        copies.checkpoint->vcpus = wrong[i];
        assert_false(is_read(&copies));
        edges.vcpu->edges.slots = wrong[i]; /* no table: read as empty */
        is_read(&edges);
    }
}

/* An arena that ends before the first record does. */
static void test_short(void **state)
{
    (void)state;

    for (uint64_t size = sizeof(struct cflow_arena_header); size < 512; size += 8) {
        struct image image = make("edge");
        struct image cut = {.arena = {g_memdup2(image.arena.header, size), size}};
        assert_false(is_read(&cut));
        is_read(&image);
    }
}

static void test_own_parent(void **state)
{
    struct image image = make("edge");
    (void)state;

    image.process->parent = image.arena.header->processes;
    assert_false(is_read(&image));
}

/* A name that fills its field has no NUL at its end. */
static void test_endless_name(void **state)
{
    struct image image = make("edge");
    (void)state;

    memset(image.process->isa, 'x', sizeof(image.process->isa));
    memset(image.process->engine, 'x', sizeof(image.process->engine));
    memset(image.process->path, 'x', sizeof(image.process->path));
    assert_true(is_read(&image));
}

/* Only points have no instructions, and points have none. */
static void test_points(void **state)
{
    struct image empty = make("edge"), point = make("edge");
    (void)state;

    empty.block->n_insns = 0;
    empty.block->n_bytes = empty.block->last_offset = 0;
    assert_false(is_read(&empty));
    point.block->flags = CFLOW_BLOCK_POINT;
    assert_false(is_read(&point));
}

/* Counters that no run reaches wrap, in whatever sum. */
static void test_counters(void **state)
{
    struct image image = make("flow");
    cflow_off off;
    (void)state;

    struct cflow_arena_way *way =
        cflow_arena_append(&image.arena, &image.process->ways, sizeof(*way));
    way->silent = 1;
    way->pc = 0x1000;
    cflow_arena_publish(&image.arena, &image.process->ways, way->size);
    struct cflow_arena_count_writer writer = {.out = take(&image, 64, &off)};
    struct cflow_arena_count count = {.start = INT64_MAX, .end = (uint64_t)INT64_MIN};
    cflow_arena_count_write(&writer, &count);
    image.checkpoint->counts = off;
    image.checkpoint->n_bytes = writer.size;
    is_read(&image);
}

/* What a checkpoint says comes back as it was, and no piece of it is taken for the whole. */
static void test_stream(void **state)
{
    static const struct cflow_arena_count counts[] = {
        {0, 1, 1, 1},
        {1, 1, 127, 127},
        {7, 0, 128, 127},
        {3, 0, UINT64_MAX, 0},
        {CFLOW_BEYOND_LIMIT, 1, 1u << 31, 1u << 31},
        {2, 0, 5, UINT64_MAX},
    };
    struct cflow_arena_count_writer length = {0}, writer = {0};
    unsigned char out[256];
    (void)state;

    writer.out = out;
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        cflow_arena_count_write(&length, &counts[i]);
        cflow_arena_count_write(&writer, &counts[i]);
    }
    assert_int_equal(length.size, writer.size);
    assert_true(writer.size < 50);
    for (uint64_t size = 0; size <= writer.size; size++) {
        g_autofree unsigned char *copy = g_memdup2(out, size);
        struct cflow_arena_count_reader reader = {.at = copy, .end = copy + size};
        struct cflow_arena_count count;
        size_t n = 0;
        for (; cflow_arena_count_read(&reader, &count); n++) {
            assert_int_equal(count.block, counts[n].block);
            assert_int_equal(count.one, counts[n].one);
            assert_int_equal(count.start, counts[n].start);
            assert_int_equal(count.end, counts[n].end);
        }
        assert_true(n == G_N_ELEMENTS(counts) || size < writer.size);
    }
    struct cflow_arena_count_reader endless = {.at = out, .end = out + 11};
    struct cflow_arena_count count;
    memset(out, 0xff, sizeof(out));
    assert_false(cflow_arena_count_read(&endless, &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_short),        cmocka_unit_test(test_own_parent),
        cmocka_unit_test(test_endless_name), cmocka_unit_test(test_points),
        cmocka_unit_test(test_counters),     cmocka_unit_test(test_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
