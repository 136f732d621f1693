/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run with the path of tests/golden in $CFLOW_GOLDEN, or from the top directory. */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/profile/query.h"

struct fixture {
    char *path;
    cflow_profile *profile;
    cflow_flow *flow;
};

static void open_flow(struct fixture *f, char *path)
{
    g_autoptr(GError) error = NULL;

    f->path = path;
    f->profile = cflow_profile_open(path, &error);
    assert_null(error);
    f->flow = cflow_query(f->profile, &error);
    assert_null(error);
    assert_non_null(f->flow);
}

static void close_flow(struct fixture *f)
{
    cflow_flow_free(f->flow);
    cflow_profile_close(f->profile);
    fixture_remove(f->path);
}

static const struct cflow_site *site_at(const cflow_flow *flow, int64_t module, uint64_t offset)
{
    for (size_t i = 0; i < flow->n_sites; i++) {
        if (flow->sites[i].module == module && flow->sites[i].offset == offset) {
            return &flow->sites[i];
        }
    }
    return NULL;
}

static char *golden_path(void)
{
    const char *dir = g_getenv("CFLOW_GOLDEN");

    return g_build_filename(dir ? dir : "tests/golden", "profile-v1.db", NULL);
}

static void test_golden_sites(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    g_autoptr(cflow_flow) flow = cflow_query(profile, NULL);
    const struct cflow_site *site;
    (void)state;

    assert_non_null(flow);
    site = site_at(flow, 1, 0x1020); /* in two processes */
    assert_int_equal(site->taken, 1009);
    assert_int_equal(site->not_taken, 2);
    assert_int_equal(site->total, 1011);
    assert_int_equal(site->n_edges, 2);
    assert_int_equal(flow->edges[site->first_edge].dst, 0x1010);
    assert_int_equal(flow->edges[site->first_edge].count, 1009);
    assert_int_equal(site_at(flow, 1, 0x1150)->destinations, 7);
    assert_int_equal(site_at(flow, 1, 0x1030)->destinations, 0);
    site = site_at(flow, 2, 0x2210); /* a predicated return */
    assert_int_equal(site->taken, 30);
    assert_int_equal(site->not_taken, 10);
    assert_null(site_at(flow, 1, 0x1080)); /* split */
    assert_null(site_at(flow, 1, 0x10a0)); /* retry */
    assert_null(site_at(flow, 1, 0x1090)); /* exception */
    assert_null(site_at(flow, 0, 0));      /* entry */
    assert_int_equal(flow->n_modules, 4);
    assert_int_equal(flow->by_kind[CFLOW_RETRY], 4);
    assert_int_equal(flow->by_kind[CFLOW_SIGNAL], 6);
}

/* The totals agree with what the writer put beside the processes. */
static void test_golden_totals(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    g_autoptr(cflow_flow) flow = cflow_query(profile, NULL);
    int64_t sum = 0;
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);
    (void)state;

    for (size_t i = 0; i < n; i++) {
        sum += processes[i].transfers;
    }
    assert_int_equal(flow->transfers, sum);
}

/* Each process alone has what the writer says of it; none of them has nothing. */
static void test_golden_processes(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    size_t n, faults = 0;
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);
    (void)state;

    for (size_t i = 0; i < n; i++) {
        cflow_profile_choose(profile, &processes[i].id, 1);
        g_autoptr(cflow_flow) flow = cflow_query(profile, NULL);
        assert_int_equal(flow->transfers, processes[i].transfers);
        faults += flow->n_faults;
    }
    assert_in_range(faults, 1, 100);
    cflow_profile_choose(profile, (int64_t[]){99}, 1);
    g_autoptr(cflow_flow) none = cflow_query(profile, NULL);
    assert_null(cflow_profile_first_process(profile));
    assert_int_equal(none->n_edges + none->n_faults, 0);
    cflow_profile_choose(profile, NULL, 0);
    g_autoptr(cflow_flow) all = cflow_query(profile, NULL);
    assert_int_equal(all->transfers, processes[0].transfers + processes[1].transfers);
}

static void test_golden_faults(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    g_autoptr(cflow_flow) flow = cflow_query(profile, NULL);
    int64_t signals = 0, exceptions = 0;
    (void)state;

    assert_string_equal(flow->faults[0].cause, "SIGALRM"); /* vCPUs and processes summed */
    assert_int_equal(flow->faults[0].count, 5);
    assert_int_equal(flow->faults[0].mid_block, 0);
    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        signals += fault->kind == CFLOW_SIGNAL ? fault->count : 0;
        exceptions += fault->kind == CFLOW_EXCEPTION ? fault->count : 0;
        if (fault->kind == CFLOW_INTERRUPT) { /* only an edge tells of it */
            assert_string_equal(fault->cause, "");
            assert_int_equal(fault->mid_block, -1);
        }
        if (i > 0) {
            assert_true(fault[-1].count >= fault->count);
        }
    }
    assert_int_equal(signals, 6); /* as many as edges: none counted twice */
    assert_int_equal(exceptions, 3);
}

static void test_golden_insn(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    g_autoptr(cflow_insn) jne = cflow_query_insn(profile, 1, 0x1020, NULL);
    g_autoptr(cflow_insn) none = cflow_query_insn(profile, 1, 0x1021, NULL);
    gsize size;
    (void)state;

    assert_string_equal(jne->class, "conditional");
    assert_string_equal(jne->disasm, "jne 0x555555555010");
    assert_true(jne->has_target);
    assert_int_equal(jne->target, 0x1010);
    assert_memory_equal(g_bytes_get_data(jne->bytes, &size), "\x75\xee", 2);
    assert_int_equal(jne->flags, CFLOW_INSN_ENDS_BLOCK);
    assert_string_equal(none->class, "");
    assert_null(none->bytes);
}

/* Addresses with the top bit set are stored negative and sort last. */
static void test_top_bit(void **state)
{
    struct fixture f;
    (void)state;

    open_flow(&f, fixture_make("INSERT INTO module VALUES(1, '[guest]', NULL, 'absolute');"
                               "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                               "VALUES(1, 1, -16, 1, -2130706432, 3, 5),"
                               " (1, 1, 16, 1, 32, 3, 6)"));
    assert_int_equal(f.flow->n_sites, 2);
    assert_true(f.flow->sites[0].offset == 16);
    assert_true(f.flow->sites[1].offset == UINT64_C(0xfffffffffffffff0));
    assert_true(f.flow->edges[1].dst == UINT64_C(0xffffffff81000000));
    close_flow(&f);
}

static void test_saturates(void **state)
{
    struct fixture f;
    (void)state;

    open_flow(&f, fixture_make("INSERT INTO module VALUES(1, '/x', NULL, 'elf');"
                               "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                               "VALUES(1, 1, 1, 1, 2, 1, 9223372036854775807),"
                               " (2, 1, 1, 1, 2, 1, 9223372036854775807),"
                               " (1, 1, 1, 1, 3, 2, 7)"));
    assert_true(f.flow->sites[0].taken == INT64_MAX);
    assert_true(f.flow->sites[0].total == INT64_MAX);
    assert_int_equal(f.flow->sites[0].not_taken, 7);
    assert_true(f.flow->transfers == INT64_MAX);
    close_flow(&f);
}

static void test_empty(void **state)
{
    struct fixture f;
    (void)state;

    open_flow(&f, fixture_make(""));
    assert_int_equal(f.flow->n_sites, 0);
    assert_int_equal(f.flow->n_edges, 0);
    assert_int_equal(f.flow->n_faults, 0);
    assert_int_equal(f.flow->basic_blocks, 0);
    close_flow(&f);
}

/* Straight-line code that QEMU cut is no block; a resumed address neither. */
static void test_basic_blocks(void **state)
{
    struct fixture f;
    (void)state;

    open_flow(&f, fixture_make("INSERT INTO module VALUES(1, '/x', NULL, 'elf');"
                               "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                               "VALUES(1, 0, 0, 1, 16, 14, 1),"
                               " (1, 1, 20, 1, 24, 9, 3), (1, 1, 28, 1, 16, 1, 2),"
                               " (1, 1, 28, 1, 30, 2, 1), (1, 1, 30, 1, 64, 12, 1),"
                               " (1, 1, 68, 1, 31, 13, 1), (1, 1, 40, 0, 0, 15, 1)"));
    assert_int_equal(f.flow->basic_blocks, 3); /* 16, 30 and the handler at 64 */
    assert_int_equal(f.flow->transfers, 7);
    close_flow(&f);
}

static void expect_damaged(const char *sql, const char *words)
{
    char *path = fixture_make(sql);
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);

    assert_null(cflow_query(profile, &error));
    assert_non_null(strstr(error->message, words));
    fixture_remove(path);
}

/* A kind added later does not make a profile unreadable. */
static void test_newer_kind(void **state)
{
    (void)state;
    char *path = fixture_make("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1, 0, 0, 0, 0, 99, 1)");
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    cflow_flow *flow = cflow_query(profile, NULL);

    assert_non_null(flow);
    assert_int_equal(flow->transfers, 1);
    cflow_flow_free(flow);
    fixture_remove(path);
}

static void test_nonsense(void **state)
{
    (void)state;
    expect_damaged("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, "
                   "0, 0, 0, 0, -1, 1)",
                   "kind");
    expect_damaged("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, "
                   "0, 0, 0, 0, 3, -1)",
                   "negative");
    expect_damaged("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, "
                   "7, 0, 0, 0, 3, 1)",
                   "module");
    expect_damaged("INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, "
                   "-1, 0, 0, 0, 3, 1)",
                   "module");
    expect_damaged("INSERT INTO "
                   "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,"
                   "count) VALUES(1, 0, 12, '', 7, 0, 0, 0, 0, 1)",
                   "sense");
    expect_damaged("INSERT INTO "
                   "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,"
                   "count) VALUES(1, 0, 12, '', 0, 0, 0, 0, 0,"
                   " 9223372036854775807), (1, 1, 12, '', 0, 0, 0, 0, 0, 1)",
                   "overflow");
    expect_damaged("ALTER TABLE edge RENAME COLUMN count TO n", "count");
}

static void test_kind_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        assert_int_equal(cflow_kind_from_name(cflow_kind_name((enum cflow_kind)kind)), kind);
    }
    assert_int_equal(cflow_kind_from_name("nothing"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_sites),  cmocka_unit_test(test_golden_totals),
        cmocka_unit_test(test_golden_faults), cmocka_unit_test(test_golden_insn),
        cmocka_unit_test(test_top_bit),       cmocka_unit_test(test_saturates),
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_basic_blocks),
        cmocka_unit_test(test_newer_kind),    cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_kind_names),    cmocka_unit_test(test_golden_processes),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
