/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/profile-fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/export/executed.h"
#include "lib/export/inclusive.h"
#include "lib/export/text.h"

/* --- estimates of inclusive cost --------------------------------------------- */

static void test_inclusive_shares(void **state)
{
    /* 0 calls 1 once and 2 three times; both call 3, which costs 100, once and four times. */
    const int64_t self[] = {10, 20, 30, 100};
    struct cflow_call calls[] = {{0, 1, 1, 0}, {0, 2, 3, 0}, {1, 3, 1, 0}, {2, 3, 4, 0}};
    (void)state;

    cflow_estimate_inclusive(self, 4, calls, 4);
    assert_int_equal(calls[2].inclusive, 20);
    assert_int_equal(calls[3].inclusive, 80);
    assert_int_equal(calls[0].inclusive, 40);
    assert_int_equal(calls[1].inclusive, 110);
}

static void test_inclusive_circle(void **state)
{
    /* 1 and 2 call each other, 2 calls itself; 0 calls 1, 3 calls 2; both call 4. */
    const int64_t self[] = {1, 10, 20, 1, 70};
    struct cflow_call calls[] = {
        {0, 1, 3, 0}, {1, 2, 9, 0}, {2, 1, 8, 0}, {2, 2, 5, 0}, {3, 2, 1, 0}, {2, 4, 2, 0},
    };
    (void)state;

    cflow_estimate_inclusive(self, 5, calls, 6);
    assert_int_equal(calls[1].inclusive, 0);
    assert_int_equal(calls[2].inclusive, 0);
    assert_int_equal(calls[3].inclusive, 0);
    assert_int_equal(calls[5].inclusive, 70);
    assert_int_equal(calls[0].inclusive, 75);
    assert_int_equal(calls[4].inclusive, 25);
}

static void test_inclusive_deep(void **state)
{
    enum {
        N = 200000
    }; /* no recursion that a stack could not hold */
    g_autofree int64_t *self = g_new(int64_t, N);
    g_autofree struct cflow_call *calls = g_new0(struct cflow_call, N);
    (void)state;

    for (uint32_t i = 0; i < N; i++) {
        self[i] = 1;
        calls[i] = (struct cflow_call){i, i + 1, 1, 0};
    }
    cflow_estimate_inclusive(self, N, calls, N - 1);
    assert_int_equal(calls[0].inclusive, N - 1);
    assert_int_equal(calls[N - 2].inclusive, 1);
}

static void test_inclusive_saturates(void **state)
{
    const int64_t self[] = {INT64_MAX, INT64_MAX, INT64_MAX};
    struct cflow_call calls[] = {{0, 1, INT64_MAX, 0}, {1, 2, INT64_MAX, 0}, {0, 2, INT64_MAX, 0}};
    (void)state;

    cflow_estimate_inclusive(self, 3, calls, 3);
    assert_int_equal(calls[0].inclusive, INT64_MAX);
    cflow_estimate_inclusive(NULL, 0, NULL, 0);
}

/* --- text --------------------------------------------------------------------- */

static char *written(void (*put)(FILE *out, const char *text), const char *text)
{
    char *data = NULL;
    size_t n;
    FILE *out = open_memstream(&data, &n);

    put(out, text);
    fclose(out);
    return data;
}

static void check(void (*put)(FILE *out, const char *text), const char *text, const char *wanted)
{
    char *got = written(put, text);

    assert_string_equal(got, wanted);
    free(got);
}

static void test_text(void **state)
{
    (void)state;
    check(cflow_export_put_json, NULL, "null");
    check(cflow_export_put_json, "", "\"\"");
    check(cflow_export_put_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
    check(cflow_export_put_json, "\n\033\x7f", "\"\\u000a\\u001b\\u007f\"");
    check(cflow_export_put_json, "\xc3\xa9\xff", "\"\xc3\xa9\\\\xff\"");
    check(cflow_export_put_csv, NULL, "");
    check(cflow_export_put_csv, "plain", "plain");
    check(cflow_export_put_csv, "f(int, char)", "\"f(int, char)\"");
    check(cflow_export_put_csv, "say \"x\"", "\"say \"\"x\"\"\"");
    check(cflow_export_put_csv, "a\nb", "\"a\\x0ab\"");
    check(cflow_export_put_line, "a\nfn=b\xff", "a\\x0afn=b\\xff");
}

/* --- instructions --------------------------------------------------------------- */

/* Blocks of one instruction need no code; the others have none here. */
static GArray *executed(const char *sql, struct cflow_inexact *inexact)
{
    char *path = fixture_make(sql);
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, &error);
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    struct cflow_export export = {.profile = profile, .symbols = symbols, .notes = notes};

    assert_null(error);
    g_autoptr(cflow_flow) flow = cflow_query(profile, &error);
    g_autoptr(GArray) blocks = cflow_query_blocks(profile, 1, &error);
    assert_null(error);
    GArray *counts = cflow_export_executed(&export, flow, cflow_profile_module(profile, 1),
                                           (const struct cflow_block *)(void *)blocks->data,
                                           blocks->len, inexact, &error);
    assert_null(error);
    fixture_remove(path);
    return counts;
}

#define MODULE "INSERT INTO module VALUES(1, '/nowhere/x', NULL, 'elf');"
#define KINDS                                                                                      \
    "INSERT INTO kind VALUES(10, 'exception'), (16, 'retry');"                                     \
    "INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, "     \
    "end) VALUES(1, 1, 0, '/nowhere/x', NULL, 1, 0, 0, 1, 'exit');"

static void test_executed_lumped(void **state)
{
    struct cflow_inexact inexact = {0, 0};
    g_autoptr(GArray) counts = executed(
        MODULE KINDS "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES"
                     "(1, 1, 16, 20, 3, 10, 10),"
                     "(1, 1, 16, 16, 1, 5, 5),"
                     "(1, 1, 32, 40, 4, 7, 5)",
        &inexact);
    (void)state;

    assert_int_equal(counts->len, 2);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 0).address, 16);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 0).count, 35);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 1).count, 20);
    assert_int_equal(inexact.lumped, 50);
    assert_int_equal(inexact.unplaced, 2);
}

static void test_executed_faults(void **state)
{
    /* One that faults twice in ten, a string instruction that repeats, one begun again. */
    struct cflow_inexact inexact = {0, 0};
    g_autoptr(GArray) counts = executed(
        MODULE KINDS "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES"
                     "(1, 1, 16, 16, 1, 10, 8), (1, 1, 32, 32, 1, 9, 9),"
                     "(1, 1, 48, 48, 1, 4, 3);"
                     "INSERT INTO insn(module, offset, class, flags) VALUES"
                     "(1, 16, 'plain', 3), (1, 32, 'repeat', 1), (1, 48, 'plain', 3);"
                     "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, "
                     "1, 32, 1, 32, 16, 6),"
                     "(1, 1, 48, 1, 48, 16, 1), (1, 1, 16, 1, 64, 10, 2);"
                     "INSERT INTO "
                     "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_"
                     "block,count) VALUES"
                     "(1, 0, 10, 'exception', 1, 16, 1, 64, 1, 2)",
        &inexact);
    (void)state;

    assert_int_equal(counts->len, 3);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 0).count, 8);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 1).count, 3);
    assert_int_equal(g_array_index(counts, struct cflow_executed, 2).count, 3);
    assert_int_equal(inexact.lumped + inexact.unplaced, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inclusive_shares),
        cmocka_unit_test(test_inclusive_circle),
        cmocka_unit_test(test_inclusive_deep),
        cmocka_unit_test(test_inclusive_saturates),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_executed_lumped),
        cmocka_unit_test(test_executed_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
