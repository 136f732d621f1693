/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run with the path of tests/golden in $CFLOW_GOLDEN, or from the top directory. */
#include "tests/unit/profile-fixture.h"

#include <string.h>

#include "lib/profile/profile.h"

static char *golden_path(void)
{
    const char *dir = g_getenv("CFLOW_GOLDEN");

    return g_build_filename(dir ? dir : "tests/golden", "profile-v1.db", NULL);
}

/* Opening @path has to fail with @code and a message that has @words in it. */
static void expect_failure(const char *path, int code, const char *words)
{
    g_autoptr(GError) error = NULL;
    cflow_profile *profile = cflow_profile_open(path, &error);

    assert_null(profile);
    assert_non_null(error);
    if (!g_error_matches(error, CFLOW_PROFILE_ERROR, code) || !strstr(error->message, words) ||
        strchr(error->message, '\n')) {
        fail_msg("got code %d: %s", error->code, error->message);
    }
}

static void test_golden(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, &error);
    g_autofree char *exactness = NULL;
    size_t n;
    int64_t rows;
    (void)state;

    assert_null(error);
    assert_non_null(profile);
    assert_string_equal(cflow_profile_path(profile), path);
    assert_int_equal(cflow_profile_version(profile), 1);
    assert_string_equal(cflow_profile_meta(profile, "isa"), "x86_64");
    assert_int_equal(cflow_profile_meta_int(profile, "plugin_api", -1), 5);
    assert_int_equal(cflow_profile_meta_int(profile, "isa", -1), -1);
    assert_null(cflow_profile_meta(profile, "nothing"));
    assert_int_equal(cflow_profile_metas(profile, &n)[0].is_integer, 0);
    assert_int_equal(n, 18);
    assert_string_equal(cflow_profile_modules(profile, &n)[1].path, "/opt/demo/bin/demo");
    assert_int_equal(n, 5);
    assert_string_equal(cflow_profile_module(profile, 4)->kind, "anon");
    assert_null(cflow_profile_module(profile, 4)->build_id);
    assert_null(cflow_profile_module(profile, 5));
    assert_null(cflow_profile_module(profile, -1));
    assert_int_equal(cflow_profile_processes(profile, &n)[1].pid, 4712);
    assert_int_equal(n, 2);
    exactness = cflow_profile_exactness(profile);
    assert_string_equal(exactness, "exact except 1 transfer: a thread was killed while it ran");
    assert_true(cflow_profile_count_rows(profile, "module", &rows, &error));
    assert_int_equal(rows, 5);
    assert_false(cflow_profile_count_rows(profile, "sqlite_schema", &rows, NULL));
    assert_true(cflow_profile_check(profile, &error));
}

static GPtrArray *schema_of(const char *path, const char *sql)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name", -1,
                           &stmt, NULL),
        SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        g_ptr_array_add(list, g_strdup((const char *)sqlite3_column_text(stmt, 0)));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return list;
}

/* Each column of @old, in their order, is in @new; keys may have grown. */
static bool has_columns(const char *old, const char *new)
{
    const char *key = strstr(old, "PRIMARY KEY(");
    g_autofree char *columns = key ? g_strndup(old, (gsize)(key - old)) : g_strdup(old);
    g_auto(GStrv) each = g_strsplit(columns, ",", -1);

    for (char **column = each; *column && new; column++) {
        char *text = g_strstrip(*column);
        size_t n = strlen(text);
        if (n && text[n - 1] == ')') {
            text[n - 1] = '\0';
        }
        new = strstr(new, text);
    }
    return new != NULL;
}

/*
 * schema.c still makes all that is in the golden file, for as long as that is schema 1,
 * but for columns that were added; tables may have been added, too.
 */
static void test_golden_schema(void **state)
{
    g_autofree char *path = golden_path();
    g_autoptr(GPtrArray) golden = schema_of(path, "");
    g_autoptr(GPtrArray) ours = schema_of(":memory:", cflow_schema_sql);
    (void)state;

    if (CFLOW_SCHEMA_VERSION != 1) {
        skip();
    }
    assert_true(golden->len && golden->len <= ours->len);
    for (guint i = 0; i < golden->len; i++) {
        const char *old = g_ptr_array_index(golden, i);
        bool found = false;
        for (guint k = 0; k < ours->len && !found; k++) {
            const char *new = g_ptr_array_index(ours, k);
            found = has_columns(old, new);
        }
        if (!found) {
            fail_msg("nothing has become of %s", old);
        }
    }
}

/* The kinds that the golden file lists still have these numbers and names. */
static void test_golden_kinds(void **state)
{
    g_autofree char *path = golden_path();
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    int n = 0;
    (void)state;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT id, name FROM kind ORDER BY id", -1, &stmt, NULL);
    for (; sqlite3_step(stmt) == SQLITE_ROW; n++) {
        assert_string_equal((const char *)sqlite3_column_text(stmt, 1),
                            cflow_kind_name((enum cflow_kind)sqlite3_column_int(stmt, 0)));
    }
    assert_int_equal(n, 20);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void test_no_file(void **state)
{
    (void)state;
    expect_failure("/nonexistent/x.db", CFLOW_PROFILE_ERROR_OPEN, "No such file");
    expect_failure("/tmp", CFLOW_PROFILE_ERROR_OPEN, "not a regular file");
    expect_failure("/dev/null", CFLOW_PROFILE_ERROR_OPEN, "not a regular file");
}

static void expect_contents_fail(const char *contents, gssize size, int code, const char *words)
{
    char *path = fixture_path();

    assert_true(g_file_set_contents(path, contents, size, NULL));
    expect_failure(path, code, words);
    fixture_remove(path);
}

static void test_not_a_database(void **state)
{
    g_autofree char *path = golden_path();
    g_autofree char *image = NULL;
    gsize size;
    (void)state;

    expect_contents_fail("", 0, CFLOW_PROFILE_ERROR_FORMAT, "empty file");
    expect_contents_fail("hello, world\n", -1, CFLOW_PROFILE_ERROR_FORMAT, "not a profile");
    assert_true(g_file_get_contents(path, &image, &size, NULL));
    expect_contents_fail(image, 3000, CFLOW_PROFILE_ERROR_CORRUPT, "damaged");
    expect_contents_fail(image, 10000, CFLOW_PROFILE_ERROR_CORRUPT, "damaged");
    expect_contents_fail(image, (gssize)size - 4096, CFLOW_PROFILE_ERROR_CORRUPT, "damaged");
}

static void test_other_databases(void **state)
{
    char *path;
    (void)state;

    path = fixture_path();
    fixture_run(path, "CREATE TABLE t(x)");
    expect_failure(path, CFLOW_PROFILE_ERROR_FORMAT, "not a profile of qemu-cflow");
    fixture_remove(path);

    path = fixture_make("PRAGMA user_version = 2");
    expect_failure(path, CFLOW_PROFILE_ERROR_VERSION,
                   "made by a newer qemu-cflow (schema 2; this one reads up to 1): upgrade");
    fixture_remove(path);

    path = fixture_make("PRAGMA user_version = 0");
    expect_failure(path, CFLOW_PROFILE_ERROR_CORRUPT, "no schema version");
    fixture_remove(path);

    path = fixture_make("DROP TABLE edge");
    expect_failure(path, CFLOW_PROFILE_ERROR_CORRUPT, "table edge is missing");
    fixture_remove(path);

    /* A view where a table should be would be code of the file's author. */
    path = fixture_make("DROP TABLE meta; CREATE VIEW meta AS SELECT 1 AS key, 2 AS value");
    expect_failure(path, CFLOW_PROFILE_ERROR_CORRUPT, "table meta is missing");
    fixture_remove(path);

    path = fixture_make("ALTER TABLE module RENAME COLUMN build_id TO other");
    expect_failure(path, CFLOW_PROFILE_ERROR_CORRUPT, "damaged");
    fixture_remove(path);
}

static void expect_exactness(const char *sql, const char *words)
{
    char *path = fixture_make(sql);
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    g_autofree char *text = NULL;

    assert_non_null(profile);
    text = cflow_profile_exactness(profile);
    assert_string_equal(text, words);
    fixture_remove(path);
}

static void test_exactness(void **state)
{
    (void)state;
    expect_exactness("INSERT INTO meta VALUES('complete', 1), ('exact', 1)", "exact");
    expect_exactness("INSERT INTO meta VALUES('complete', 0), ('exact', 1), ('exact_note', 'why')",
                     "INCOMPLETE: why");
    expect_exactness("INSERT INTO meta VALUES('complete', 1), ('exact', 0), ('residual', 3)",
                     "exact except 3 transfers: the profile does not say why");
    expect_exactness("INSERT INTO meta VALUES('complete', 1), ('exact', 0), ('exact_note', 'why')",
                     "not exact: why");
    expect_exactness("", "INCOMPLETE: the profile does not say why");
}

/* A profile is never written to, not even by mistake. */
static void test_read_only(void **state)
{
    char *path = fixture_make("");
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, NULL);
    (void)state;

    assert_non_null(profile);
    assert_int_not_equal(
        sqlite3_exec(cflow_profile_db(profile), "DELETE FROM module", NULL, NULL, NULL), SQLITE_OK);
    fixture_remove(path);
}

/* Whatever bytes of a profile are wrong, opening it ends well or in an error. */
static void test_damaged_bytes(void **state)
{
    g_autofree char *golden = golden_path();
    g_autofree char *image = NULL;
    char *path = fixture_path();
    guint32 seed = 12345;
    gsize size;
    (void)state;

    assert_true(g_file_get_contents(golden, &image, &size, NULL));
    for (int round = 0; round < 300; round++) {
        g_autofree char *copy = g_memdup2(image, size);
        g_autoptr(GError) error = NULL;
        g_autoptr(cflow_profile) profile = NULL;
        int64_t rows;
        for (int i = 0; i < 20; i++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % size] = (char)(seed >> 4);
        }
        assert_true(g_file_set_contents(path, copy, (gssize)size, NULL));
        profile = cflow_profile_open(path, &error);
        assert_true((profile != NULL) != (error != NULL));
        if (profile && cflow_profile_check(profile, NULL)) {
            cflow_profile_count_rows(profile, "edge", &rows, NULL);
        }
    }
    fixture_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),         cmocka_unit_test(test_golden_schema),
        cmocka_unit_test(test_golden_kinds),   cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_not_a_database), cmocka_unit_test(test_other_databases),
        cmocka_unit_test(test_exactness),      cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_damaged_bytes),
    };

    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
