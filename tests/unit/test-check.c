/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile whose sums are right passes; with any one number changed it does not. */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/profile/check.h"

/*
 * A program that loops, is interrupted by a signal between two blocks and by a
 * fault in the middle of one, and runs a repeated instruction.
 *
 *   0x10..0x14  entered 1: from outside; ends with a call
 *   0x20..0x28  entered 10: the loop; left 2 times at 0x24 by a fault
 *   0x40..0x44  the signal's handler, run 3 times, returns by sigreturn
 *   0x2a..0x2a  one instruction that repeats itself: split onto itself
 */
static const char balanced[] =
    "INSERT INTO module VALUES(1, '/bin/p', 'aa', 'elf');"
    "INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, end) "
    "VALUES(1, 5, 4, '/bin/p', '[]', 1, 21, 0, 1, 'exit');"
    "INSERT INTO insn VALUES(1, 16, 'plain', NULL, x'90', NULL, NULL, 8),"
    " (1, 20, 'call', 32, x'e8', NULL, NULL, 1), (1, 32, 'plain', NULL, x'90', NULL, NULL, 8),"
    " (1, 36, 'plain', NULL, x'90', NULL, NULL, 2),"
    " (1, 40, 'conditional', 32, x'75f6', NULL, NULL, 1),"
    " (1, 64, 'plain', NULL, x'90', NULL, NULL, 8), (1, 68, 'syscall', NULL, x'0f05', NULL, NULL, "
    "1),"
    " (1, 42, 'repeat', NULL, x'f3a4', NULL, NULL, 9), (1, 44, 'plain', NULL, x'90', NULL, NULL, "
    "8),"
    " (1, 48, 'syscall', NULL, x'0f05', NULL, NULL, 1);"
    "INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES(1, 1, 16, 20, 2, "
    "1, 1), (1, 1, 32, 40, 3, 10, 8),"
    " (1, 1, 64, 68, 2, 3, 3), (1, 1, 42, 42, 1, 5, 5), (1, 1, 44, 48, 2, 1, 1);"
    "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 0, 0, 1, 16, 14, "
    "1), (1, 1, 20, 1, 32, 4, 1),"
    " (1, 1, 40, 1, 32, 1, 7), (1, 1, 40, 1, 42, 2, 1),"
    " (1, 1, 36, 1, 64, 12, 2), (1, 1, 68, 1, 32, 13, 3),"
    " (1, 1, 32, 1, 64, 12, 1)," /* a point: control was at 32, no block ran */
    " (1, 1, 42, 1, 42, 9, 4), (1, 1, 42, 1, 44, 9, 1), (1, 1, 48, 0, 0, 15, 1);"
    "INSERT INTO "
    "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count) "
    "VALUES(1, 0, 12, 'SIGSEGV', 1, 36, 1, 64, 1, 2),"
    " (1, 0, 12, 'SIGALRM', 1, 32, 1, 64, 0, 1);"
    "INSERT INTO meta VALUES('isa','x86_64'),('mode','user'),('complete',1),('exact',1),"
    "('exact_except',0),('exact_note',''),('transfers',17),('residual',0),('unexplained',0),"
    "('blocks_run',20);"
    "UPDATE process SET transfers = 17";

static char *make(const char *more)
{
    g_autoptr(GString) sql = g_string_new("BEGIN;");

    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        g_string_append_printf(sql, "INSERT INTO kind VALUES(%d, '%s');", kind,
                               cflow_kind_name((enum cflow_kind)kind));
    }
    g_string_append_printf(sql, "%s; %s; COMMIT", balanced, more);
    return fixture_make(sql->str);
}

/* Names of what failed, each with a blank; the caller's. */
static char *failures(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, &error);
    GString *out = g_string_new(NULL);

    if (!profile) {
        g_string_append_printf(out, "open: %s", error->message);
        return g_string_free(out, FALSE);
    }
    g_autoptr(GPtrArray) results = cflow_check(profile);
    for (guint i = 0; i < results->len; i++) {
        const struct cflow_check *check = g_ptr_array_index(results, i);
        assert_non_null(check->detail);
        assert_null(strchr(check->detail, '\n'));
        if (check->status == CFLOW_CHECK_FAILED) {
            g_string_append_printf(out, "%s ", check->name);
        }
    }
    return g_string_free(out, FALSE);
}

static void expect(const char *more, const char *names)
{
    char *path = make(more);
    g_autofree char *found = failures(path);

    if (strcmp(found, names) != 0) {
        fail_msg("'%s': failed '%s', not '%s'", more, found, names);
    }
    fixture_remove(path);
}

static void test_balanced(void **state)
{
    (void)state;
    expect("", "");
    /* What does not balance is no error if the profile tells. */
    expect("UPDATE edge SET count = 2 WHERE kind = 15; UPDATE process SET transfers = 18,"
           " residual = 1; UPDATE meta SET value = 18 WHERE key = 'transfers';"
           "UPDATE meta SET value = 1 WHERE key IN ('residual', 'exact_except');"
           "UPDATE meta SET value = 0 WHERE key = 'exact';"
           "UPDATE meta SET value = '1 do not balance' WHERE key = 'exact_note'",
           "");
    expect("UPDATE edge SET count = 3 WHERE kind = 15; UPDATE process SET transfers = 19,"
           " residual = 1; UPDATE meta SET value = 19 WHERE key = 'transfers';"
           "UPDATE meta SET value = 1 WHERE key IN ('residual', 'exact_except');"
           "UPDATE meta SET value = 0 WHERE key = 'exact'",
           "arrivals flow ");
}

/* Each number of each row, one more and one less. */
static void test_every_count(void **state)
{
    static const struct {
        const char *table, *column;
        int rows;
    } cells[] = {
        {"edge", "count", 10},       {"block", "entered", 5},    {"block", "completed", 5},
        {"process", "transfers", 1}, {"process", "residual", 1}, {"discontinuity", "count", 2},
        {"edge", "src", 10},         {"edge", "dst", 10},        {"edge", "process", 10},
        {"block", "start", 5},       {"block", "last", 5},       {"block", "module", 5},
        {"edge", "src_module", 10},  {"edge", "dst_module", 10}, {"discontinuity", "src", 2},
    };
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(cells); i++) {
        for (int row = 0; row < cells[i].rows; row++) {
            for (int step = -1; step <= 1; step += 2) {
                /* The tables have no row ids: the row is found by its place. */
                const char *key =
                    strcmp(cells[i].table, "edge") == 0
                        ? "process, src_module, src, dst_module, dst, kind"
                    : strcmp(cells[i].table, "block") == 0   ? "process, module, start, last, insns"
                    : strcmp(cells[i].table, "process") == 0 ? "id, pid"
                                                             : "process, vcpu, kind, cause";
                g_autofree char *sql = g_strdup_printf(
                    "UPDATE %s SET %s = %s + %d WHERE (%s) = (SELECT %s FROM %s LIMIT 1 OFFSET %d)",
                    cells[i].table, cells[i].column, cells[i].column, step, key, key,
                    cells[i].table, row);
                char *path = make(sql);
                g_autofree char *found = failures(path);
                if (!*found) {
                    fail_msg("not caught: %s", sql);
                }
                fixture_remove(path);
            }
        }
    }
}

static void test_single(void **state)
{
    (void)state;
    expect("UPDATE edge SET kind = 3 WHERE kind = 4", "instructions ");
    expect("UPDATE edge SET kind = 2 WHERE kind = 1", "instructions ");
    expect("DELETE FROM insn WHERE offset = 16", "instructions ");
    expect("DELETE FROM insn WHERE offset = 40", "instructions ");
    expect("UPDATE edge SET dst = 33 WHERE kind = 4", "arrivals flow instructions ");
    expect("UPDATE edge SET count = 'x' WHERE kind = 4", "rows ");
    expect("UPDATE edge SET count = 9223372036854775807 WHERE kind IN (4, 1, 9)",
           "arrivals flow processes ");
    expect("UPDATE block SET completed = entered + 1", "arrivals flow ");
    expect("UPDATE edge SET dst_module = 7 WHERE kind = 4", "rows ");
    expect("DELETE FROM module WHERE id = 0", "rows ");
    expect("UPDATE kind SET name = 'leap' WHERE id = 3", "rows ");
    expect("DELETE FROM discontinuity", "arrivals discontinuities ");
    expect("UPDATE meta SET value = 18 WHERE key = 'transfers'", "meta ");
    expect("UPDATE meta SET value = 1 WHERE key = 'exact_except'", "meta ");
    expect("UPDATE meta SET value = 0 WHERE key = 'exact'", "meta ");
    expect("UPDATE meta SET value = 19 WHERE key = 'blocks_run'", "meta ");
    expect("UPDATE meta SET value = 'many' WHERE key = 'unexplained'", "meta ");
    expect("DELETE FROM meta WHERE key IN ('transfers', 'blocks_run', 'exact_except')", "");
    expect("DELETE FROM block; UPDATE meta SET value = 0 WHERE key = 'blocks_run'", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balanced),
        cmocka_unit_test(test_every_count),
        cmocka_unit_test(test_single),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
