/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small profiles for unit tests, made with the schema's own SQL. */
#ifndef CFLOW_TESTS_PROFILE_FIXTURE_H
#define CFLOW_TESTS_PROFILE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#include "lib/profile/schema.h"

/* A path in a new directory below /tmp; fixture_remove() deletes both. */
static inline char *fixture_path(void)
{
    g_autofree char *dir = g_dir_make_tmp("cflow-test-XXXXXX", NULL);

    assert_non_null(dir);
    return g_build_filename(dir, "profile.db", NULL);
}

static inline void fixture_remove(char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);

    g_unlink(path);
    g_rmdir(dir);
    g_free(path);
}

static inline void fixture_run(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
    sqlite3_close(db);
}

/* An empty profile with the module "[outside]", then @sql. */
static inline char *fixture_make(const char *sql)
{
    char *path = fixture_path();
    g_autofree char *header =
        g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d;",
                        CFLOW_APPLICATION_ID, CFLOW_SCHEMA_VERSION);

    fixture_run(path, header);
    fixture_run(path, cflow_schema_sql);
    fixture_run(path, "INSERT INTO module VALUES(0, '[outside]', NULL, 'outside')");
    fixture_run(path, sql);
    return path;
}

#endif
