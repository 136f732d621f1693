/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sqlite3.h>
#include <string.h>

#include "lib/profile/profile.h"

static bool has_column(cflow_profile *profile, const char *table, const char *column)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM main.%s", column, table);
    sqlite3_stmt *probe = NULL;

    sqlite3_prepare_v2(cflow_profile_db(profile), sql, -1, &probe, NULL);
    sqlite3_finalize(probe);
    return probe != NULL;
}

/*
 * Profiles of before there were columns for privilege, and for what happens until a
 * discontinuity returns, read as if they had them: a temporary view goes before the
 * table of its name.
 */
bool cflow_profile_add_columns(cflow_profile *profile, GError **error)
{
    bool user = g_strcmp0(cflow_profile_meta(profile, "mode"), "user") == 0;
    enum cflow_privilege all = user ? CFLOW_PRIVILEGE_USER : CFLOW_PRIVILEGE_UNKNOWN;
    static const char *const counted[] = {"block", "edge", "discontinuity", NULL};
    bool ok = true;

    for (size_t i = 0; ok && counted[i]; i++) {
        bool levels = has_column(profile, counted[i], "privilege");
        bool returns = strcmp(counted[i], "discontinuity") != 0 ||
                       has_column(profile, counted[i], "instructions");
        g_autofree char *level = levels ? g_strdup("") : g_strdup_printf(", %d AS privilege", all);
        if (!levels || !returns) {
            g_autofree char *sql = g_strdup_printf(
                "PRAGMA temp_store = MEMORY; PRAGMA query_only = 0;"
                "CREATE TEMP VIEW \"%s\" AS SELECT *%s%s FROM main.\"%s\";"
                "PRAGMA query_only = 1",
                counted[i], level, returns ? "" : ", 0 AS returned, 0 AS instructions", counted[i]);
            ok = sqlite3_exec(cflow_profile_db(profile), sql, NULL, NULL, NULL) == SQLITE_OK ||
                 cflow_profile_sqlite_error(profile, error);
        }
    }
    return ok;
}
