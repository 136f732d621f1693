/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an arena to rows: arenas that processes left in odd states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/profile/rows.h"
#include "lib/profile/store.h"

/* The arena of a parent (pid 1) and its children (pids 2 and up), not yet listed. */
struct family {
    struct cflow_arena arena;
    struct cflow_arena_process *members[4];
    cflow_off at[4];
};

static void make_family(struct family *f)
{
    assert_true(cflow_arena_create_private(&f->arena, NULL));
    for (unsigned i = 0; i < 4; i++) {
        f->at[i] = cflow_arena_alloc(&f->arena, sizeof(struct cflow_arena_process));
        f->members[i] = cflow_arena_at(&f->arena, f->at[i]);
        f->members[i]->pid = i + 1;
        f->members[i]->parent = i ? f->at[0] : 0;
        atomic_store(&f->members[i]->end, CFLOW_END_EXIT);
        strcpy(f->members[i]->isa, "x86_64");
        strcpy(f->members[i]->engine, "edge");
    }
}

/* Put process @i at the head of the list, as the plugin does. */
static void list(struct family *f, unsigned i)
{
    f->members[i]->next = atomic_load(&f->arena.header->processes);
    atomic_store(&f->arena.header->processes, f->at[i]);
}

static void expect_damage(struct family *f)
{
    g_autoptr(GError) error = NULL;
    struct cflow_rows *rows = NULL;

    assert_false(cflow_rows_create(&f->arena, NULL, &rows, &error));
    assert_non_null(strstr(error->message, "damaged"));
    cflow_arena_close(&f->arena);
}

/* Children that begin at the same time are listed in any order. */
static void test_any_order(void **state)
{
    static const unsigned orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                         {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    (void)state;

    for (size_t k = 0; k < G_N_ELEMENTS(orders); k++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(cflow_rows) rows = NULL;
        struct family f;
        make_family(&f);
        list(&f, 0);
        for (unsigned i = 0; i < 3; i++) {
            list(&f, orders[k][i]);
        }
        assert_true(cflow_rows_create(&f.arena, NULL, &rows, &error));
        assert_int_equal(rows->processes->len, 4);
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(g_array_index(rows->processes, struct cflow_process_row, i).pid,
                             i + 1);
        }
        cflow_arena_close(&f.arena);
    }
}

static void test_cycle(void **state)
{
    struct family f;
    (void)state;

    make_family(&f);
    list(&f, 0);
    list(&f, 1);
    f.members[0]->next = f.at[1];
    expect_damage(&f);
}

static void test_outside(void **state)
{
    struct family f;
    (void)state;

    make_family(&f);
    list(&f, 0);
    f.members[0]->next = atomic_load(&f.arena.header->used);
    expect_damage(&f);
    make_family(&f);
    list(&f, 0);
    f.members[0]->next = UINT64_MAX - 7;
    expect_damage(&f);
}

/* A process cannot be its own parent, nor the child of a younger one. */
static void test_parent(void **state)
{
    struct family f;
    (void)state;

    make_family(&f);
    list(&f, 0);
    list(&f, 1);
    f.members[1]->parent = f.at[1];
    expect_damage(&f);
    make_family(&f);
    list(&f, 0);
    list(&f, 1);
    f.members[1]->parent = f.at[2];
    expect_damage(&f);
}

/* A block with room for an edge between itself and @dst, in the process @p. */
static void add_edge(struct family *f, struct cflow_arena_process *p, uint32_t dst)
{
    struct cflow_arena_module *m = cflow_arena_append(&f->arena, &p->modules, sizeof(*m) + 8);
    m->n_path = 2;
    memcpy(m->data, "/a", 2);
    cflow_arena_publish(&f->arena, &p->modules, sizeof(*m) + 8);
    struct cflow_arena_block *b = cflow_arena_append(&f->arena, &p->blocks, sizeof(*b) + 8);
    b->pc = 0x1000;
    b->n_insns = 1;
    b->n_bytes = 2;
    memcpy(b->data, "\x02\xeb\xfe", 3); /* a jump to itself */
    cflow_arena_publish(&f->arena, &p->blocks, sizeof(*b) + 8);
    cflow_off off = cflow_arena_alloc(&f->arena, sizeof(struct cflow_arena_vcpu));
    struct cflow_arena_vcpu *vcpu = cflow_arena_at(&f->arena, off);
    vcpu->block = CFLOW_NO_BLOCK;
    atomic_store(&p->vcpus, off);
    cflow_arena_edge_add(&f->arena, &vcpu->edges, 1ull << 32 | 0)->count = 5;
    cflow_arena_edge_add(&f->arena, &vcpu->edges, 1ull << 32 | dst)->count += 1;
}

/* An edge to a block that does not exist is damage. */
static void test_no_such_block(void **state)
{
    struct family f;
    (void)state;

    make_family(&f);
    list(&f, 0);
    add_edge(&f, f.members[0], 1);
    expect_damage(&f);
}

/* Code that was passed by is counted, per process, and the profile does not call itself exact. */
static void test_beyond(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_rows) rows = NULL;
    g_autofree char *note = NULL;
    struct family f;
    uint64_t n;
    (void)state;

    make_family(&f);
    list(&f, 0);
    add_edge(&f, f.members[0], 0);
    struct cflow_arena_vcpu *vcpu =
        cflow_arena_at(&f.arena, atomic_load(&f.members[0]->vcpus)); /* edge: of each vCPU */
    vcpu->beyond = 7;
    f.members[0]->memory_limit = 1000;
    f.members[0]->table_bytes = 300;
    atomic_store(&f.members[0]->arena_bytes, 40);
    list(&f, 1);
    strcpy(f.members[1]->engine, "flow"); /* flow: among the counters of its checkpoint */
    f.members[1]->parent = 0;
    cflow_off off = cflow_arena_alloc(&f.arena, sizeof(struct cflow_arena_checkpoint));
    struct cflow_arena_checkpoint *checkpoint = cflow_arena_at(&f.arena, off);
    checkpoint->counts = cflow_arena_alloc(&f.arena, 64);
    struct cflow_arena_count_writer counts = {.out = cflow_arena_at(&f.arena, checkpoint->counts)};
    struct cflow_arena_count alone = {CFLOW_BEYOND_LIMIT, 1, 11, 11};
    struct cflow_arena_count together = {CFLOW_BEYOND_LIMIT, 1, 2, 2};
    cflow_arena_count_write(&counts, &alone);
    cflow_arena_count_write(&counts, &together);
    checkpoint->n_bytes = counts.size;
    atomic_store(&f.members[1]->checkpoint, off);

    assert_true(cflow_rows_create(&f.arena, NULL, &rows, &error));
    const struct cflow_process_row *p =
        (const struct cflow_process_row *)(void *)rows->processes->data;
    assert_int_equal(p[0].beyond, 7);
    assert_int_equal(p[0].memory, 340);
    assert_int_equal(p[0].memory_limit, 1000);
    assert_int_equal(p[1].beyond, 13);
    assert_int_equal(p[1].residual, 0);
    assert_int_equal(cflow_rows_beyond(rows), 20);
    assert_false(cflow_rows_exact(rows, &n, &note));
    assert_non_null(strstr(note, "20 in code beyond the memory limit"));
    assert_true(n >= 20);
    cflow_arena_close(&f.arena);
}

/* A process that executed another program: was its last checkpoint taken for that? */
static void test_exec(void **state)
{
    (void)state;

    for (unsigned deadly = 0; deadly < 2; deadly++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(cflow_rows) rows = NULL;
        g_autofree char *note = NULL;
        struct family f;
        uint64_t n;
        make_family(&f);
        list(&f, 0);
        strcpy(f.members[0]->engine, "flow");
        atomic_store(&f.members[0]->end, CFLOW_END_EXEC);
        cflow_off off = cflow_arena_alloc(&f.arena, sizeof(struct cflow_arena_checkpoint));
        struct cflow_arena_checkpoint *checkpoint = cflow_arena_at(&f.arena, off);
        checkpoint->counts = cflow_arena_alloc(&f.arena, 8);
        checkpoint->elapsed_ns = 5000000;
        checkpoint->deadly = deadly;
        atomic_store(&f.members[0]->checkpoint, off);
        assert_true(cflow_rows_create(&f.arena, NULL, &rows, &error));
        assert_int_equal(g_array_index(rows->processes, struct cflow_process_row, 0).checkpoint_ms,
                         deadly ? -1 : 5);
        assert_int_equal(cflow_rows_exact(rows, &n, &note), deadly);
        cflow_arena_close(&f.arena);
    }
}

/* Killed without a checkpoint: something is missing, unless no code was ever seen. */
static void test_no_checkpoint(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(cflow_rows) rows = NULL;
        struct family f;
        make_family(&f);
        list(&f, 0);
        list(&f, 1);
        strcpy(f.members[1]->engine, "flow");
        atomic_store(&f.members[1]->end, CFLOW_END_RUNNING);
        f.members[1]->parent = i == 1 ? f.at[0] : 0; /* runs its parent's code */
        if (i == 2) {
            add_edge(&f, f.members[1], 0);
        }
        assert_true(cflow_rows_create(&f.arena, NULL, &rows, &error));
        const struct cflow_process_row *p =
            &g_array_index(rows->processes, struct cflow_process_row, 1);
        assert_int_equal(p->checkpoint_ms, i ? 0 : -1);
        cflow_arena_close(&f.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),     cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_outside),       cmocka_unit_test(test_parent),
        cmocka_unit_test(test_no_such_block), cmocka_unit_test(test_beyond),
        cmocka_unit_test(test_no_checkpoint), cmocka_unit_test(test_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
