/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run from the top directory, or with the path of tests/golden in $CFLOW_GOLDEN. */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/coverage/counts.h"
#include "lib/coverage/coverage.h"

#define PROGRAM                                                                                    \
    "INSERT INTO process VALUES(1, 1, 0, '/p', NULL, 1, 0, 0, 1, 'exit', NULL, NULL, 0);"          \
    "INSERT INTO module VALUES(1, '/p', NULL, 'elf');"

struct fixture {
    char *path;
    cflow_profile *profile;
    cflow_flow *flow;
    cflow_counts *counts;
};

/* Instructions are at 0x10, 0x14, 0x18 and 0x1c. */
static void setup(struct fixture *f, const char *sql)
{
    g_autofree char *all = g_strconcat(PROGRAM, sql, NULL);
    g_autoptr(GError) error = NULL;

    f->path = fixture_make(all);
    f->profile = cflow_profile_open(f->path, &error);
    assert_null(error);
    f->flow = cflow_query(f->profile, &error);
    assert_null(error);
    f->counts = cflow_counts_new(f->profile, f->flow, 1, &error);
    assert_null(error);
}

static void teardown(struct fixture *f)
{
    cflow_counts_free(f->counts);
    cflow_flow_free(f->flow);
    cflow_profile_close(f->profile);
    fixture_remove(f->path);
}

static void assert_counts(const struct fixture *f, int64_t a, int64_t b, int64_t c, int64_t d)
{
    const int64_t expected[] = {a, b, c, d};

    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(cflow_counts_at(f->counts, 0x10 + 4 * i), expected[i]);
    }
    assert_int_equal(cflow_counts_at(f->counts, 0x0c), 0);
    assert_int_equal(cflow_counts_at(f->counts, 0x20), 0);
}

static void test_overlapping(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 10), (1, 1, 0x14, 0x1c, 3, 5, 5),"
              "(1, 1, 0x18, 0x18, 1, 2, 2);");
    assert_counts(&f, 10, 15, 17, 15);
    assert_int_equal(cflow_counts_unplaced(f.counts), 0);
    teardown(&f);
}

/* What is behind a fault did not run. */
static void test_fault(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 7);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x90, 12, 3);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 12, 'SIGSEGV', 1, 0x14, 1, 0x90, 1, 3);");
    assert_counts(&f, 10, 10, 7, 7);
    assert_int_equal(cflow_counts_unplaced(f.counts), 0);
    teardown(&f);
}

/* A fault at the last instruction takes nothing away. */
static void test_fault_at_end(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 7);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 15, 'fatal', 1, 0x1c, 0, 0, 1, 3);");
    assert_counts(&f, 10, 10, 10, 10);
    assert_int_equal(cflow_counts_unplaced(f.counts), 0);
    teardown(&f);
}

/* A handler mended it: the instruction was begun twice, and ran once. */
static void test_resumed(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 7), (1, 1, 0x14, 0x1c, 3, 3, 3);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x90, 12, 3), (1, 1, 0x99, 1, 0x14, 13, 3);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 12, 'SIGSEGV', 1, 0x14, 1, 0x90, 1, 3);");
    assert_counts(&f, 10, 10, 10, 10);
    teardown(&f);
}

/* A signal from outside, before the instruction began: it ran when it was resumed. */
static void test_interrupted(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x10, 1, 4, 4), (1, 1, 0x14, 0x1c, 3, 4, 4);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x90, 12, 4), (1, 1, 0x99, 1, 0x14, 13, 4);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 12, 'SIGALRM', 1, 0x14, 1, 0x90, 0, 4);");
    assert_counts(&f, 4, 4, 4, 4);
    teardown(&f);
}

static void test_retry(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 8), (1, 1, 0x14, 0x1c, 3, 2, 2);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x14, 16, 2);");
    assert_counts(&f, 10, 10, 10, 10);
    teardown(&f);
}

/* A string instruction that QEMU runs round by round is one instruction. */
static void test_repeat(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x14, 2, 3, 3), (1, 1, 0x14, 0x14, 1, 9, 9),"
              "(1, 1, 0x18, 0x1c, 2, 3, 3);"
              "INSERT INTO insn VALUES(1, 0x14, 'repeat', NULL, x'f3aa', NULL, NULL, 9);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x14, 16, 9), (1, 1, 0x14, 1, 0x18, 9, 3);");
    assert_counts(&f, 3, 3, 3, 3);
    teardown(&f);
}

static void test_unplaced(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 10, 9), (1, 1, 0x1c, 0x1c, 1, 5, 4);");
    assert_counts(&f, 10, 9, 9, 14);
    assert_int_equal(cflow_counts_unplaced(f.counts), 1); /* one instruction: it is known */
    teardown(&f);
}

/*
 * An access to a device cuts blocks behind it: 0x14 in both, 6 and 4 times.  A block
 * that just ends there (2 times) is left by the same kind of edge.
 */
static void test_cut(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 7, 1), (1, 1, 0x14, 0x1c, 3, 4, 0),"
              "(1, 1, 0x10, 0x14, 2, 2, 2), (1, 1, 0x18, 0x1c, 2, 12, 12);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x14, 1, 0x18, 9, 12);");
    assert_counts(&f, 9, 13, 13, 13);
    assert_int_equal(cflow_counts_unplaced(f.counts), 0);
    teardown(&f);
}

/* What comes back from a supervisor call begins the next instruction, which faults. */
static void test_supervisor_call(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x10, 1, 5, 0), (1, 1, 0x14, 0x14, 1, 5, 0);"
              "INSERT INTO insn VALUES(1, 0x10, 'syscall', NULL, x'010000d4', NULL, NULL, 1);"
              "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, "
              "0x99, 1, 0x14, 18, 5);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 10, 'SVCall', 1, 0x10, 1, 0x90, 1, 5),"
              "(1, 0, 10, 'UsageFault', 1, 0x14, 1, 0x94, 1, 5);");
    assert_counts(&f, 5, 5, 0, 0);
    teardown(&f);
}

/* Two overlapping blocks and one fault: whichever it was, the sums are right. */
static void test_fault_in_either(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, "
              "0x10, 0x1c, 4, 6, 4), (1, 1, 0x14, 0x1c, 3, 5, 4);"
              "INSERT INTO "
              "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count)"
              " VALUES(1, 0, 12, 'SIGSEGV', 1, 0x18, 1, 0x90, 1, 3);");
    assert_counts(&f, 6, 11, 11, 8);
    assert_int_equal(cflow_counts_unplaced(f.counts), 0);
    teardown(&f);
}

static void test_saturated(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES"
              "(1, 1, 0x10, 0x1c, 4, 9223372036854775807, 9223372036854775807),"
              "(1, 1, 0x14, 0x1c, 3, 9223372036854775807, 9223372036854775807),"
              "(1, 1, -1, -1, 1, 7, 7);"); /* the last address there is */
    assert_counts(&f, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX);
    assert_int_equal(cflow_counts_at(f.counts, UINT64_MAX), 7);
    teardown(&f);
}

static void test_empty(void **state)
{
    struct fixture f;
    (void)state;

    setup(&f, "");
    assert_counts(&f, 0, 0, 0, 0);
    teardown(&f);
}

/* --- a whole program: tests/golden/make-coverage.sh ---------------------------- */

static void run(const char *command)
{
    g_autoptr(GError) error = NULL;
    int status = -1;

    assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, &error));
    assert_int_equal(status, 0);
}

static void test_program(void **state)
{
    const char *golden = g_getenv("CFLOW_GOLDEN");
    g_autofree char *dir = g_dir_make_tmp("cflow-test-XXXXXX", NULL);
    g_autofree char *make =
        g_strdup_printf("sh %s/make-coverage.sh %s", golden ? golden : "tests/golden", dir);
    g_autofree char *clean = g_strdup_printf("rm -r %s", dir);
    g_autofree char *path = g_build_filename(dir, "cover.db", NULL);
    g_autofree char *sysroot = g_build_filename(dir, "sysroot", NULL);
    size_t n;
    (void)state;

    run(make);
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(sysroot);
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    const struct cflow_module *module = cflow_profile_module(profile, 1);
    g_autoptr(cflow_coverage) c =
        cflow_coverage_new(profile, symbols, &module, 1, NULL, NULL, NULL);
    assert_non_null(c);
    assert_int_equal(c->n_files, 1);
    const struct cflow_coverage_file *file = &c->files[0];
    assert_string_equal(file->path, "/src/cover.c");
    assert_int_equal(c->totals.lines, 11);
    assert_int_equal(c->totals.lines_hit, 10);
    assert_int_equal(cflow_coverage_line_at(file, 12)->count, 4); /* three places: 1, 4, 4 */
    assert_int_equal(cflow_coverage_line_at(file, 8)->count, 0);
    assert_null(cflow_coverage_line_at(file, 2)); /* is the declaration's, line 1 */
    assert_null(cflow_coverage_line_at(file, 99));
    assert_string_equal(file->functions[2].name, "main");
    assert_int_equal(file->functions[2].line, 10);
    assert_int_equal(file->functions[2].count, 1);
    const struct cflow_coverage_branch *b = cflow_coverage_branches_at(file, 8, &n);
    assert_int_equal(n, 1); /* never ran: known from the code */
    assert_int_equal(b->address, 0x100c);
    assert_int_equal(cflow_coverage_outcomes(b), 0);
    b = cflow_coverage_branches_at(file, 3, &n);
    assert_int_equal(b->taken, 3);
    assert_int_equal(b->not_taken, 1);
    cflow_coverage_branches_at(file, 4, &n);
    assert_int_equal(n, 0);
    run(clean);
}

static bool wants_nothing(const char *path, void *data)
{
    (void)path;
    ++*(int *)data;
    return false;
}

static void test_nothing_wanted(void **state)
{
    const char *golden = g_getenv("CFLOW_GOLDEN");
    g_autofree char *dir = g_dir_make_tmp("cflow-test-XXXXXX", NULL);
    g_autofree char *make =
        g_strdup_printf("sh %s/make-coverage.sh %s", golden ? golden : "tests/golden", dir);
    g_autofree char *clean = g_strdup_printf("rm -r %s", dir);
    g_autofree char *path = g_build_filename(dir, "cover.db", NULL);
    g_autofree char *sysroot = g_build_filename(dir, "sysroot", NULL);
    g_autoptr(GError) error = NULL;
    int asked = 0;
    (void)state;

    run(make);
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(sysroot);
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    const struct cflow_module *module = cflow_profile_module(profile, 1);
    assert_null(cflow_coverage_new(profile, symbols, &module, 1, wants_nothing, &asked, &error));
    assert_int_equal(asked, 1); /* once per file */
    assert_true(g_error_matches(error, CFLOW_COVERAGE_ERROR, CFLOW_COVERAGE_ERROR_NO_LINES));
    run(clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlapping),
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_fault_at_end),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_repeat),
        cmocka_unit_test(test_unplaced),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_supervisor_call),
        cmocka_unit_test(test_fault_in_either),
        cmocka_unit_test(test_saturated),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_nothing_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
