/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/profile/merge.h"
#include "lib/profile/profile.h"

#define N_PARTS 7

static const struct cflow_merge_options plain = {.tool_version = "test"};

/* Every row of the profile @path, by paths of modules and not by their numbers. */
static char *dump(const char *path)
{
    static const char *const queries[] = {
        "SELECT * FROM kind ORDER BY 1",
        "SELECT path, build_id, kind FROM module ORDER BY 1, 2",
        "SELECT * FROM process ORDER BY 1",
        "SELECT p.path, m.path, m.build_id, start, t.end, bias FROM mapping t"
        " JOIN module m ON m.id = module JOIN process p ON p.id = process ORDER BY 1, 2, 3, 4, 5, "
        "6",
        "SELECT m.path, m.build_id, offset, class, target, hex(bytes), disasm, symbol, flags"
        " FROM insn JOIN module m ON m.id = module ORDER BY 1, 2, 3, 6",
        "SELECT p.path, m.path, m.build_id, start, last, insns, entered, completed FROM block"
        " JOIN module m ON m.id = module JOIN process p ON p.id = process ORDER BY 1, 2, 3, 4, 5, "
        "6",
        "SELECT p.path, s.path, s.build_id, src, d.path, d.build_id, dst, e.kind, count FROM edge e"
        " JOIN module s ON s.id = src_module JOIN module d ON d.id = dst_module"
        " JOIN process p ON p.id = process ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
        "SELECT p.path, vcpu, e.kind, cause, s.path, src, d.path, dst, mid_block, count"
        " FROM discontinuity e JOIN module s ON s.id = src_module JOIN module d ON"
        " d.id = dst_module JOIN process p ON p.id = process ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "SELECT * FROM meta WHERE key NOT LIKE 'merged%' ORDER BY key",
    };
    GString *out = g_string_new(NULL);
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        sqlite3_stmt *s = NULL;
        if (sqlite3_prepare_v2(db, queries[i], -1, &s, NULL) != SQLITE_OK) {
            fail_msg("%s", sqlite3_errmsg(db));
        }
        g_string_append_printf(out, "-- %zu\n", i);
        while (sqlite3_step(s) == SQLITE_ROW) {
            for (int column = 0; column < sqlite3_column_count(s); column++) {
                const char *text = (const char *)sqlite3_column_text(s, column);
                g_string_append_printf(out, "%s|", text ? text : "NULL");
            }
            g_string_append_c(out, '\n');
        }
        sqlite3_finalize(s);
    }
    sqlite3_close(db);
    return g_string_free(out, FALSE);
}

static void expect_equal_text(const char *a, const char *b)
{
    if (strcmp(a, b) != 0) {
        g_auto(GStrv) left = g_strsplit(a, "\n", -1);
        g_auto(GStrv) right = g_strsplit(b, "\n", -1);
        size_t i = 0;
        while (left[i] && right[i] && strcmp(left[i], right[i]) == 0) {
            i++;
        }
        fail_msg("line %zu: %s, not %s", i, left[i], right[i]);
    }
}

static void expect_same(const char *a, const char *b)
{
    g_autofree char *left = dump(a);
    g_autofree char *right = dump(b);

    expect_equal_text(left, right);
}

static void merge(char **inputs, size_t n, const char *out, size_t buffer)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    struct cflow_merge_options options = plain;

    options.buffer_bytes = buffer;
    if (!cflow_merge((const char *const *)inputs, n, out, &options, warnings, &error)) {
        fail_msg("%s", error->message);
    }
}

static char *expect_failure(const char *a, const char *b, const char *out)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    const char *inputs[] = {a, b};
    GError *error = NULL;

    assert_false(cflow_merge(inputs, 2, out, &plain, warnings, &error));
    assert_non_null(error);
    assert_null(strchr(error->message, '\n'));
    char *message = g_strdup(error->message);
    g_error_free(error);
    return message;
}

static void expect_words(char *message, const char *words)
{
    if (!strstr(message, words)) {
        fail_msg("'%s' not in: %s", words, message);
    }
    g_free(message);
}

/* --- one recording, taken apart ---------------------------------------------- */

/*
 * A random recording, and parts that have its counts when they are added up:
 * each part numbers modules in an order of its own, and has only the rows that
 * its share of the counts touches.
 */
struct split {
    GRand *random;
    GString *whole, *parts[N_PARTS];
    unsigned permutation[N_PARTS][5];
    int64_t transfers[2], part_transfers[N_PARTS][2], blocks_run[1 + N_PARTS];
};

#define MODULES 4

static void add_modules(GString *sql, const unsigned *number)
{
    for (unsigned m = 1; m <= MODULES; m++) {
        g_string_append_printf(sql, "INSERT INTO module VALUES(%u, '/m%u', %s, '%s');", number[m],
                               m / 2, m % 2 ? "'aa'" : "'bb'", m == 4 ? "file" : "elf");
    }
}

/* A share of @count for each part. */
static void share(struct split *s, int64_t count, int64_t *shares)
{
    memset(shares, 0, N_PARTS * sizeof(*shares));
    for (int i = 0; i + 1 < N_PARTS && count; i++) {
        shares[i] = g_rand_int_range(s->random, 0, (gint32)count + 1);
        count -= shares[i];
    }
    shares[N_PARTS - 1] += count;
}

static void add_edge(struct split *s, unsigned p, unsigned m, int src, unsigned n, int dst,
                     int kind)
{
    int64_t count = g_rand_int_range(s->random, 1, 1000000), shares[N_PARTS];

    share(s, count, shares);
    g_string_append_printf(s->whole,
                           "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                           "VALUES(%u,%u,%d,%u,%d,%d,%d);",
                           p + 1, m, src, n, dst, kind, (int)count);
    s->transfers[p] += kind == CFLOW_SPLIT ? 0 : count;
    for (int i = 0; i < N_PARTS; i++) {
        if (shares[i]) {
            s->part_transfers[i][p] += kind == CFLOW_SPLIT ? 0 : shares[i];
            g_string_append_printf(
                s->parts[i],
                "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                "VALUES(%u,%u,%d,%u,%d,%d,%d);",
                p + 1, s->permutation[i][m], src, s->permutation[i][n], dst, kind, (int)shares[i]);
        }
    }
}

static void add_block(struct split *s, unsigned p, unsigned m, int start)
{
    int64_t entered = g_rand_int_range(s->random, 1, 100000), shares[N_PARTS];

    share(s, entered, shares);
    g_string_append_printf(s->whole,
                           "INSERT INTO block(process,module,start,last,insns,entered,completed) "
                           "VALUES(%u,%u,%d,%d,3,%d,%d);",
                           p + 1, m, start, start + 8, (int)entered, (int)entered);
    s->blocks_run[0] += entered;
    for (int i = 0; i < N_PARTS; i++) {
        s->blocks_run[1 + i] += shares[i];
        g_string_append_printf(
            s->parts[i],
            "INSERT INTO block(process,module,start,last,insns,entered,completed) "
            "VALUES(%u,%u,%d,%d,3,%d,%d);",
            p + 1, s->permutation[i][m], start, start + 8, (int)shares[i], (int)shares[i]);
    }
}

static void add_insn(struct split *s, unsigned m, int offset)
{
    int who = g_rand_int_range(s->random, 0, N_PARTS);

    g_string_append_printf(
        s->whole, "INSERT INTO insn VALUES(%u,%d,'plain',NULL,x'90','nop',NULL,9);", m, offset);
    for (int i = 0; i < N_PARTS; i++) {
        /* One part knows it whole; others have less of it, or nothing. */
        if (i == who) {
            g_string_append_printf(
                s->parts[i], "INSERT INTO insn VALUES(%u,%d,'plain',NULL,x'90','nop',NULL,1);",
                s->permutation[i][m], offset);
        } else if (i == (who + 1) % N_PARTS || g_rand_boolean(s->random)) {
            g_string_append_printf(s->parts[i],
                                   "INSERT INTO insn VALUES(%u,%d,'plain',NULL,x'90',NULL,NULL,8);",
                                   s->permutation[i][m], offset);
        }
    }
}

static void add_rest(GString *sql, const int64_t *transfers, int64_t blocks_run, int signals,
                     const unsigned *number)
{
    for (int p = 0; p < 2; p++) {
        g_string_append_printf(
            sql,
            "INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, "
            "complete, end, isa, memory, beyond) "
            "VALUES(%d,7,6,'/p%d','[]',%d,%d,0,1,'exit','arm',%d,%d);",
            p + 1, p, p + 1, (int)transfers[p], (int)(2 * transfers[p]), (int)(3 * transfers[p]));
    }
    g_string_append_printf(sql,
                           "INSERT INTO "
                           "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,"
                           "mid_block,count) VALUES(1,0,12,'SIGALRM',%u,1,%u,2,0,%d);",
                           number[1], number[2], signals);
    g_string_append_printf(sql, "INSERT INTO mapping VALUES(1, %u, 4096, 8192, 4096);", number[1]);
    g_string_append_printf(
        sql,
        "INSERT INTO meta VALUES('isa','arm'),('mode','user'),('complete',1),('exact',1),"
        "('exact_except',0),('exact_note',''),('transfers',%d),('residual',0),('unexplained',0),"
        "('blocks_run',%d),('tool_version','test'),('engine','edge'),('command','[\"x\"]');",
        (int)(transfers[0] + transfers[1]), (int)blocks_run);
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        g_string_append_printf(sql, "INSERT INTO kind VALUES(%d, '%s');", kind,
                               cflow_kind_name((enum cflow_kind)kind));
    }
}

static void test_parts(void **state)
{
    struct split s = {.random = g_rand_new_with_seed(GPOINTER_TO_UINT(*state))};
    const unsigned straight[] = {0, 1, 2, 3, 4};
    char *parts[N_PARTS], *shuffled[N_PARTS];
    char *out = fixture_path();
    int all = 0;

    s.whole = g_string_new("BEGIN;");
    add_modules(s.whole, straight);
    for (int i = 0; i < N_PARTS; i++) {
        for (unsigned m = 1; m <= MODULES; m++) {
            s.permutation[i][m] = 1 + (m + (unsigned)i) % MODULES;
        }
        s.parts[i] = g_string_new("BEGIN;");
        add_modules(s.parts[i], s.permutation[i]);
    }
    for (int i = 0; i < 300; i++) {
        unsigned p = (unsigned)i % 2, m = 1 + (unsigned)i % MODULES;
        add_edge(&s, p, m, i, 1 + (unsigned)(i / 3) % MODULES, i + 1, i % CFLOW_N_KINDS);
        add_block(&s, p, m, 16 * i);
        add_insn(&s, m, i);
    }
    /* Edges of the kinds that are no transfers, or unexplained, are meta's affair. */
    g_string_append(s.whole, "DELETE FROM edge WHERE kind IN (9, 16, 17);");
    for (int i = 0; i < N_PARTS; i++) {
        g_string_append(s.parts[i], "DELETE FROM edge WHERE kind IN (9, 16, 17);");
        add_rest(s.parts[i], s.part_transfers[i], s.blocks_run[1 + i], i + 1, s.permutation[i]);
        g_string_append(s.parts[i], "COMMIT");
        parts[i] = fixture_make(s.parts[i]->str);
        all += i + 1;
    }
    add_rest(s.whole, s.transfers, s.blocks_run[0], all, straight);
    g_string_append(s.whole, "COMMIT");
    char *whole = fixture_make(s.whole->str);
    memcpy(shuffled, parts, sizeof(parts));
    for (int round = 0; round < 6; round++) {
        for (int i = N_PARTS - 1; i > 0; i--) {
            int with = g_rand_int_range(s.random, 0, i + 1);
            char *other = shuffled[with];
            shuffled[with] = shuffled[i];
            shuffled[i] = other;
        }
        /* In memory, in many small steps through the database, in between. */
        merge(shuffled, N_PARTS, out, round % 3 == 0 ? 0 : round % 3 == 1 ? 1 : 60000);
        expect_same(whole, out);
    }
    /* Merging what was merged comes to the same. */
    char *first = fixture_path(), *second = fixture_path();
    char *halves[] = {first, second};
    merge(shuffled, 3, first, 0);
    merge(shuffled + 3, N_PARTS - 3, second, 0);
    merge(halves, 2, out, 0);
    expect_same(whole, out);
    fixture_remove(first);
    fixture_remove(second);
    for (int i = 0; i < N_PARTS; i++) {
        fixture_remove(parts[i]);
        g_string_free(s.parts[i], TRUE);
    }
    g_string_free(s.whole, TRUE);
    g_rand_free(s.random);
    fixture_remove(whole);
    fixture_remove(out);
}

/* --- single properties --------------------------------------------------------- */

#define META                                                                                       \
    "INSERT INTO meta VALUES('isa','arm'),('mode','user'),('complete',1),('exact',1),"             \
    "('exact_except',0),('exact_note','');"                                                        \
    "INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, "     \
    "end) VALUES(1, 5, 4, '/p', NULL, 1, 10, 0, 1, 'exit');"
#define ELF "INSERT INTO module VALUES(1, '/p', 'aa', 'elf');"

static int64_t number(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t result = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return result;
}

/* Merges two profiles into the first of them. */
static GPtrArray *merge_two(const char *a, const char *b)
{
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    const char *inputs[] = {a, b};
    g_autoptr(GError) error = NULL;

    if (!cflow_merge(inputs, 2, a, &plain, warnings, &error)) {
        fail_msg("%s", error->message);
    }
    return warnings;
}

static void test_builds(void **state)
{
    char *a =
        fixture_make(META ELF "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1, 1, 1, 1, 2, 3, 10)");
    char *b =
        fixture_make(META "INSERT INTO module VALUES(1, '/p', 'bb', 'elf');"
                          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                          "VALUES(1, 1, 1, 1, 2, 3, 10)");
    (void)state;
    g_autoptr(GPtrArray) warnings = merge_two(a, b);

    assert_int_equal(warnings->len, 1);
    assert_non_null(strstr(g_ptr_array_index(warnings, 0), "/p has build-id aa in some"));
    assert_non_null(strstr(g_ptr_array_index(warnings, 0), "bb in others"));
    assert_int_equal(number(a, "SELECT count(*) FROM module"), 3);
    assert_int_equal(number(a, "SELECT count(*) FROM edge WHERE count = 10"), 2);
    fixture_remove(a);
    fixture_remove(b);
}

/* Generated code is joined only if it is the same code. */
static void test_generated(void **state)
{
    const char *sql = META "INSERT INTO module VALUES(1, '[anon:1]', NULL, 'anon');"
                           "INSERT INTO insn VALUES(1, 0, 'plain', NULL, x'90', NULL, NULL, 8);"
                           "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                           "VALUES(1, 1, 1, 1, 2, 3, 10)";
    char *a = fixture_make(sql), *b = fixture_make(sql), *c = fixture_make(sql);
    (void)state;

    fixture_run(c, "UPDATE insn SET bytes = x'91'");
    g_ptr_array_unref(merge_two(a, b));
    assert_int_equal(number(a, "SELECT count(*) FROM module"), 2);
    assert_int_equal(number(a, "SELECT count FROM edge"), 20);
    g_ptr_array_unref(merge_two(a, c));
    assert_int_equal(number(a, "SELECT count(*) FROM module"), 3);
    assert_int_equal(number(a, "SELECT sum(count) FROM edge"), 30);
    assert_int_equal(number(a, "SELECT max(flags) FROM insn"), 8);
    fixture_remove(a);
    fixture_remove(b);
    fixture_remove(c);
}

static void test_changed_bytes(void **state)
{
    const char *sql = META "INSERT INTO module VALUES(1, '/p', NULL, 'elf');"
                           "INSERT INTO insn VALUES(1, 0, 'plain', NULL, x'90', 'nop', 's', 8)";
    char *a = fixture_make(sql), *b = fixture_make(sql);
    (void)state;

    fixture_run(b, "UPDATE insn SET bytes = x'80', disasm = 'x', flags = 1");
    g_autoptr(GPtrArray) warnings = merge_two(a, b);
    assert_int_equal(warnings->len, 1);
    assert_non_null(strstr(g_ptr_array_index(warnings, 0), "no build-id"));
    assert_int_equal(number(a, "SELECT flags FROM insn"), 8 | 1 | CFLOW_INSN_BYTES_CHANGED);
    assert_int_equal(number(a, "SELECT bytes = x'80' AND disasm = 'x' FROM insn"), 1);
    fixture_remove(a);
    fixture_remove(b);
}

static void test_keep_processes(void **state)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    char *a =
        fixture_make(META ELF "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1, 1, 1, 1, 2, 3, 10)");
    const char *inputs[] = {a, a};
    const struct cflow_merge_options keep = {.tool_version = "test", .keep_processes = true};
    (void)state;

    assert_true(cflow_merge(inputs, 2, a, &keep, warnings, NULL));
    assert_int_equal(number(a, "SELECT count(*) FROM process WHERE pid = 5"), 2);
    assert_int_equal(number(a, "SELECT count(*) FROM edge WHERE count = 10"), 2);
    assert_int_equal(number(a, "SELECT max(process) FROM edge"), 2);
    g_ptr_array_unref(merge_two(a, a));
    assert_int_equal(number(a, "SELECT count(*) FROM process WHERE pid = 5"), 1);
    assert_int_equal(number(a, "SELECT count FROM edge"), 40);
    assert_int_equal(number(a, "SELECT value FROM meta WHERE key = 'merged_profiles'"), 4);
    fixture_remove(a);
}

static void test_meta(void **state)
{
    char *a = fixture_make(META ELF);
    char *b = fixture_make(META ELF);
    (void)state;

    fixture_run(a, "UPDATE meta SET value = 0 WHERE key IN ('exact', 'complete');"
                   "UPDATE meta SET value = 3 WHERE key = 'exact_except';"
                   "UPDATE meta SET value = '2 do not balance, 1 of threads that were killed'"
                   " WHERE key = 'exact_note';"
                   "INSERT INTO meta VALUES('engine', 'edge'), ('qemu', '/q'), ('duration_ms', 5),"
                   " ('checkpoints', 3), ('checkpoint_max_us', 900)");
    fixture_run(b, "UPDATE meta SET value = 0 WHERE key = 'exact';"
                   "UPDATE meta SET value = 40 WHERE key = 'exact_except';"
                   "UPDATE meta SET value = '40 do not balance' WHERE key = 'exact_note';"
                   "INSERT INTO meta VALUES('engine', 'flow'), ('qemu', '/q'), ('duration_ms', 6),"
                   " ('checkpoints', 4), ('checkpoint_max_us', 1000)");
    g_autoptr(GPtrArray) warnings = merge_two(a, b);
    g_autoptr(cflow_profile) profile = cflow_profile_open(a, NULL);
    assert_non_null(profile);
    assert_int_equal(warnings->len, 1);
    assert_non_null(strstr(g_ptr_array_index(warnings, 0), "1 of 2 profiles is incomplete"));
    assert_string_equal(cflow_profile_meta(profile, "exact_note"),
                        "42 do not balance, 1 of threads that were killed, incomplete profiles: 1");
    assert_int_equal(cflow_profile_meta_int(profile, "exact_except", -1), 43);
    assert_int_equal(cflow_profile_meta_int(profile, "complete", -1), 0);
    assert_int_equal(cflow_profile_meta_int(profile, "merged_incomplete", -1), 1);
    assert_int_equal(cflow_profile_meta_int(profile, "duration_ms", -1), 11);
    assert_int_equal(cflow_profile_meta_int(profile, "checkpoints", -1), 7);
    assert_int_equal(cflow_profile_meta_int(profile, "checkpoint_max_us", -1), 1000);
    assert_int_equal(cflow_profile_meta_int(profile, "transfers", -1), 20);
    assert_string_equal(cflow_profile_meta(profile, "engine"), "mixed");
    assert_string_equal(cflow_profile_meta(profile, "qemu"), "/q");
    fixture_remove(a);
    fixture_remove(b);
}

static void test_refused(void **state)
{
    char *a =
        fixture_make(META ELF "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1, 1, 1, 1, 2, 3, 10)");
    char *b =
        fixture_make(META ELF "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1, 1, 1, 1, 2, 3, 10)");
    g_autofree char *before = dump(a);
    (void)state;

    fixture_run(b, "UPDATE meta SET value = 'riscv64' WHERE key = 'isa'");
    expect_words(expect_failure(a, b, a), "its isa is riscv64");
    fixture_run(b, "UPDATE meta SET value = 'arm' WHERE key = 'isa';"
                   "UPDATE meta SET value = 'system' WHERE key = 'mode'");
    expect_words(expect_failure(a, b, a), "its mode is system");
    fixture_run(b, "UPDATE meta SET value = 'user' WHERE key = 'mode';"
                   "UPDATE edge SET count = 9223372036854775800");
    expect_words(expect_failure(a, b, a), "too large");
    fixture_run(b, "UPDATE edge SET count = 'many'");
    expect_words(expect_failure(a, b, a), "a row of edge that makes no sense");
    fixture_run(b, "UPDATE edge SET count = -1");
    expect_words(expect_failure(a, b, a), "a row of edge that makes no sense");
    fixture_run(b, "UPDATE edge SET count = 1, dst_module = 9");
    expect_words(expect_failure(a, b, a), "a row of edge that makes no sense");
    fixture_run(b, "DELETE FROM edge; UPDATE process SET transfers = 9223372036854775800");
    expect_words(expect_failure(a, b, a), "too large");
    fixture_run(b, "UPDATE process SET transfers = 1; INSERT INTO kind VALUES(3, 'leap')");
    expect_words(expect_failure(a, b, a), "a kind with another name");
    expect_words(expect_failure(a, "/nonexistent", a), "No such file");
    g_autofree char *after = dump(a);
    expect_equal_text(before, after);
    fixture_remove(a);
    fixture_remove(b);
}

/* A sum that becomes too large in the database and not in memory. */
static void test_large_sum(void **state)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    char *a =
        fixture_make(META ELF "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
                              "VALUES(1,1,1,1,2,3,9223372036854775000)");
    const struct cflow_merge_options small = {.tool_version = "test", .buffer_bytes = 1};
    const char *inputs[] = {a, a};
    g_autoptr(GError) error = NULL;
    (void)state;

    assert_false(cflow_merge(inputs, 2, a, &small, warnings, &error));
    assert_non_null(strstr(error->message, "too large"));
    fixture_remove(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_parts, GUINT_TO_POINTER(1)),
        cmocka_unit_test_prestate(test_parts, GUINT_TO_POINTER(2)),
        cmocka_unit_test_prestate(test_parts, GUINT_TO_POINTER(3)),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_keep_processes),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_large_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
