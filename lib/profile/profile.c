/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What a well-meant profile never comes near.  A hostile one is stopped here
 * before it costs memory or time.
 */
#define MAX_META_ROWS   4096
#define MAX_MODULES     1000000
#define MAX_PROCESSES   1000000
#define MAX_VALUE_BYTES (16 << 20)

struct cflow_profile {
    char *path;
    sqlite3 *db;
    int version;
    GStringChunk *strings;
    GArray *metas;          /* struct cflow_meta */
    GArray *modules;        /* struct cflow_module */
    GArray *processes;      /* struct cflow_process */
    GHashTable *chosen;     /* set of int64_t: ids of processes; NULL: all */
    GHashTable *statements; /* SQL literal -> sqlite3_stmt */
};

G_DEFINE_QUARK(cflow - profile - error - quark, cflow_profile_error)

static const char *const tables[] = {
    "meta", "kind", "process", "module", "mapping", "insn", "block", "edge", "discontinuity",
};

/* A table that profiles of older versions lack. */
static const char optional_table[] = "flight";

bool cflow_profile_damaged(const cflow_profile *profile, const char *what, GError **error)
{
    g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_CORRUPT,
                "%s: damaged profile (%s): record it again", profile->path, what);
    return false;
}

bool cflow_profile_sqlite_error(cflow_profile *profile, GError **error)
{
    int code = sqlite3_errcode(profile->db) & 0xff;

    switch (code) {
    case SQLITE_NOTADB:
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT,
                    "%s: not a profile (no SQLite database): give a file that "
                    "'qemu-cflow record -o FILE' wrote",
                    profile->path);
        return false;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN,
                    "%s: cannot be opened: check that you may read it", profile->path);
        return false;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN,
                    "%s: another program is writing it: try again", profile->path);
        return false;
    case SQLITE_NOMEM:
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN, "%s: out of memory",
                    profile->path);
        return false;
    default:
        return cflow_profile_damaged(profile, sqlite3_errmsg(profile->db), error);
    }
}

/* SQLite's own words for a file that it cannot open help nobody. */
static bool check_file(const char *path, GError **error)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN, "%s: %s%s", path,
                    g_strerror(errno),
                    errno == ENOENT ? ": make one with 'qemu-cflow record -- PROGRAM'" : "");
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN,
                    "%s: not a regular file: give the file that 'qemu-cflow record' wrote", path);
        return false;
    }
    if (st.st_size == 0) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT,
                    "%s: empty file, not a profile: give a file that 'qemu-cflow record -o FILE' "
                    "wrote",
                    path);
        return false;
    }
    return true;
}

static void raise_defences(sqlite3 *db)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES},
        {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 100},
        {SQLITE_LIMIT_EXPR_DEPTH, 20},
        {SQLITE_LIMIT_COMPOUND_SELECT, 4},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 10},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        sqlite3_limit(db, limits[i].id, limits[i].value);
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_busy_timeout(db, 2000);
}

/* Runs @sql, which yields one integer. */
static bool get_int(cflow_profile *profile, const char *sql, int64_t *out, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(profile->db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc != SQLITE_ROW) {
        cflow_profile_sqlite_error(profile, error);
        sqlite3_finalize(stmt);
        return false;
    }
    *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return true;
}

static bool check_identity(cflow_profile *profile, GError **error)
{
    int64_t application, version;

    if (!get_int(profile, "PRAGMA application_id", &application, error) ||
        !get_int(profile, "PRAGMA user_version", &version, error)) {
        return false;
    }
    if (application != CFLOW_APPLICATION_ID) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT,
                    "%s: a database, but not a profile of qemu-cflow: give a file that "
                    "'qemu-cflow record -o FILE' wrote",
                    profile->path);
        return false;
    }
    if (version > CFLOW_SCHEMA_VERSION) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_VERSION,
                    "%s: made by a newer qemu-cflow (schema %d; this one reads up to %d): upgrade",
                    profile->path, (int)version, CFLOW_SCHEMA_VERSION);
        return false;
    }
    if (version < 1) {
        return cflow_profile_damaged(profile, "no schema version", error);
    }
    profile->version = (int)version;
    return true;
}

/*
 * Real tables only: a view or a virtual table of that name would run code that
 * the file's author chose.
 */
static bool check_tables(cflow_profile *profile, GError **error)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema"
                              " WHERE name = ?1 AND type = 'table' AND rootpage > 0";
    sqlite3_stmt *stmt = NULL;
    bool ok = true;

    if (sqlite3_prepare_v2(profile->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        return cflow_profile_sqlite_error(profile, error);
    }
    for (size_t i = 0; ok && i < G_N_ELEMENTS(tables); i++) {
        sqlite3_bind_text(stmt, 1, tables[i], -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_ROW) {
            ok = cflow_profile_sqlite_error(profile, error);
        } else if (sqlite3_column_int(stmt, 0) != 1) {
            g_autofree char *what = g_strdup_printf("table %s is missing", tables[i]);
            ok = cflow_profile_damaged(profile, what, error);
        }
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return ok;
}

static const char *keep_text(cflow_profile *profile, sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? g_string_chunk_insert_const(profile->strings, text) : NULL;
}

static const char *keep_text_or_empty(cflow_profile *profile, sqlite3_stmt *stmt, int column)
{
    const char *text = keep_text(profile, stmt, column);

    return text ? text : "";
}

static void add_meta(cflow_profile *profile, sqlite3_stmt *stmt)
{
    struct cflow_meta meta = {
        .key = keep_text_or_empty(profile, stmt, 0),
        .is_integer = sqlite3_column_type(stmt, 1) == SQLITE_INTEGER,
    };

    meta.value = keep_text_or_empty(profile, stmt, 1);
    g_array_append_val(profile->metas, meta);
}

static void add_module(cflow_profile *profile, sqlite3_stmt *stmt)
{
    struct cflow_module module = {
        .id = sqlite3_column_int64(stmt, 0),
        .path = keep_text_or_empty(profile, stmt, 1),
        .build_id = keep_text(profile, stmt, 2),
        .kind = keep_text_or_empty(profile, stmt, 3),
    };

    g_array_append_val(profile->modules, module);
}

static void add_process(cflow_profile *profile, sqlite3_stmt *stmt)
{
    struct cflow_process process = {
        .id = sqlite3_column_int64(stmt, 0),
        .pid = sqlite3_column_int64(stmt, 1),
        .ppid = sqlite3_column_int64(stmt, 2),
        .path = keep_text(profile, stmt, 3),
        .command = keep_text(profile, stmt, 4),
        .vcpus = sqlite3_column_int64(stmt, 5),
        .transfers = sqlite3_column_int64(stmt, 6),
        .residual = sqlite3_column_int64(stmt, 7),
        .complete = sqlite3_column_int64(stmt, 8) != 0,
        .end = keep_text(profile, stmt, 9),
        .isa = keep_text(profile, stmt, 10),
        .memory = sqlite3_column_int64(stmt, 11),
        .beyond = sqlite3_column_int64(stmt, 12),
    };

    if (!process.isa) { /* of a profile that has one for all */
        process.isa = cflow_profile_meta(profile, "isa");
    }
    g_array_append_val(profile->processes, process);
}

static bool read_rows(cflow_profile *profile, const char *sql, size_t limit,
                      void (*add)(cflow_profile *profile, sqlite3_stmt *stmt), GError **error)
{
    sqlite3_stmt *stmt = NULL;
    size_t n = 0;
    int rc = sqlite3_prepare_v2(profile->db, sql, -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return cflow_profile_sqlite_error(profile, error);
    }
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && n++ < limit) {
        add(profile, stmt);
    }
    if (rc == SQLITE_ROW) {
        cflow_profile_damaged(profile, "more rows than any profile has", error);
    } else if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

static bool read_processes(cflow_profile *profile, GError **error)
{
#define PROCESS_SQL(newer)                                                                         \
    "SELECT id, pid, ppid, path, command, vcpus, transfers, residual, complete, \"end\", " newer   \
    " FROM process ORDER BY id"
    static const char *const sqls[] = {PROCESS_SQL("isa, memory, beyond"),
                                       PROCESS_SQL("isa, NULL, 0"), PROCESS_SQL("NULL, NULL, 0")};
    sqlite3_stmt *probe = NULL;
    const char *const *sql = sqls;

    while (sqlite3_prepare_v2(profile->db, *sql, -1, &probe, NULL) && sql < sqls + 2) {
        sql++;
    }
    sqlite3_finalize(probe);
    return read_rows(profile, *sql, MAX_PROCESSES, add_process, error);
}

/* The rows that every verb needs; the database's own order is that of the key. */
static bool read_small_tables(cflow_profile *profile, GError **error)
{
    return read_rows(profile, "SELECT key, value FROM meta ORDER BY key", MAX_META_ROWS, add_meta,
                     error) &&
           read_rows(profile, "SELECT id, path, build_id, kind FROM module ORDER BY id",
                     MAX_MODULES, add_module, error) &&
           read_processes(profile, error);
}

/* Are there locks on this file system?  Some, NFS above all, may have none. */
static bool can_lock(const char *path)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool can = fd < 0 || fcntl(fd, F_GETLK, &lock) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return can;
}

static bool open_database(cflow_profile *profile, GError **error)
{
    /* The prefix keeps SQLite from reading ":memory:" or "file:" as its own words. */
    g_autofree char *name = g_path_is_absolute(profile->path)
                                ? g_strdup(profile->path)
                                : g_strconcat("./", profile->path, NULL);
    /* A profile does not change once it is there, so it can be read without locks. */
    const char *vfs = can_lock(profile->path) ? NULL : "unix-none";
    int rc = sqlite3_open_v2(name, &profile->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs);

    if (!profile->db) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_OPEN, "%s: out of memory",
                    profile->path);
        return false;
    }
    if (rc != SQLITE_OK) {
        return cflow_profile_sqlite_error(profile, error);
    }
    raise_defences(profile->db);
    /*
     * cell_size_check: look for corruption whenever a page is read.  One
     * transaction for all: one state of the file, and locks taken once.
     */
    rc = sqlite3_exec(profile->db, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1; BEGIN", NULL,
                      NULL, NULL);
    return rc == SQLITE_OK || cflow_profile_sqlite_error(profile, error);
}

static void finalize_statement(gpointer stmt)
{
    sqlite3_finalize(stmt);
}

/*
 * Whether a process is chosen, as an SQL function of its id, so that one query does
 * for all choices.
 */
static void is_wanted(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const cflow_profile *profile = sqlite3_user_data(context);

    (void)argc;
    sqlite3_result_int(context, cflow_profile_is_chosen(profile, sqlite3_value_int64(argv[0])));
}

static bool add_functions(cflow_profile *profile, GError **error)
{
    return sqlite3_create_function(profile->db, "wanted", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   profile, is_wanted, NULL, NULL) == SQLITE_OK ||
           cflow_profile_sqlite_error(profile, error);
}

cflow_profile *cflow_profile_open(const char *path, GError **error)
{
    g_autoptr(cflow_profile) profile = NULL;

    if (!check_file(path, error)) {
        return NULL;
    }
    profile = g_new0(cflow_profile, 1);
    profile->path = g_strdup(path);
    profile->strings = g_string_chunk_new(4096);
    profile->metas = g_array_new(FALSE, TRUE, sizeof(struct cflow_meta));
    profile->modules = g_array_new(FALSE, TRUE, sizeof(struct cflow_module));
    profile->processes = g_array_new(FALSE, TRUE, sizeof(struct cflow_process));
    profile->statements = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, finalize_statement);
    if (!open_database(profile, error) || !check_identity(profile, error) ||
        !check_tables(profile, error) || !read_small_tables(profile, error) ||
        !cflow_profile_add_columns(profile, error) || !add_functions(profile, error)) {
        return NULL;
    }
    return g_steal_pointer(&profile);
}

void cflow_profile_close(cflow_profile *profile)
{
    if (!profile) {
        return;
    }
    g_hash_table_unref(profile->statements);
    sqlite3_close(profile->db);
    g_array_unref(profile->metas);
    g_array_unref(profile->modules);
    g_array_unref(profile->processes);
    g_clear_pointer(&profile->chosen, g_hash_table_unref);
    g_string_chunk_free(profile->strings);
    g_free(profile->path);
    g_free(profile);
}

const char *cflow_profile_path(const cflow_profile *profile)
{
    return profile->path;
}

int cflow_profile_version(const cflow_profile *profile)
{
    return profile->version;
}

struct sqlite3 *cflow_profile_db(cflow_profile *profile)
{
    return profile->db;
}

struct sqlite3_stmt *cflow_profile_statement(cflow_profile *profile, const char *sql,
                                             GError **error)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(profile->statements, sql);

    if (stmt) {
        return stmt;
    }
    if (sqlite3_prepare_v3(profile->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK) {
        cflow_profile_sqlite_error(profile, error);
        return NULL;
    }
    g_hash_table_insert(profile->statements, (gpointer)sql, stmt);
    return stmt;
}

const char *cflow_profile_meta(const cflow_profile *profile, const char *key)
{
    for (guint i = 0; i < profile->metas->len; i++) {
        const struct cflow_meta *meta = &g_array_index(profile->metas, struct cflow_meta, i);
        if (strcmp(meta->key, key) == 0) {
            return meta->value;
        }
    }
    return NULL;
}

int64_t cflow_profile_meta_int(const cflow_profile *profile, const char *key, int64_t fallback)
{
    const char *text = cflow_profile_meta(profile, key);
    gint64 value;

    if (!text || !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &value, NULL)) {
        return fallback;
    }
    return value;
}

const struct cflow_meta *cflow_profile_metas(const cflow_profile *profile, size_t *n)
{
    *n = profile->metas->len;
    return (const struct cflow_meta *)profile->metas->data;
}

const struct cflow_module *cflow_profile_modules(const cflow_profile *profile, size_t *n)
{
    *n = profile->modules->len;
    return (const struct cflow_module *)profile->modules->data;
}

const struct cflow_process *cflow_profile_processes(const cflow_profile *profile, size_t *n)
{
    *n = profile->processes->len;
    return (const struct cflow_process *)profile->processes->data;
}

const struct cflow_module *cflow_profile_module(const cflow_profile *profile, int64_t id)
{
    size_t low = 0, high = profile->modules->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cflow_module *module =
            &g_array_index(profile->modules, struct cflow_module, middle);
        if (module->id == id) {
            return module;
        }
        if (module->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

void cflow_profile_choose(cflow_profile *profile, const int64_t *ids, size_t n)
{
    g_clear_pointer(&profile->chosen, g_hash_table_unref);
    if (ids) {
        profile->chosen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        for (size_t i = 0; i < n; i++) {
            g_hash_table_add(profile->chosen, g_memdup2(&ids[i], sizeof(ids[i])));
        }
    }
}

bool cflow_profile_is_chosen(const cflow_profile *profile, int64_t id)
{
    return !profile->chosen || g_hash_table_contains(profile->chosen, &id);
}

const struct cflow_process *cflow_profile_first_process(const cflow_profile *profile)
{
    for (guint i = 0; i < profile->processes->len; i++) {
        const struct cflow_process *p = &g_array_index(profile->processes, struct cflow_process, i);
        if (cflow_profile_is_chosen(profile, p->id)) {
            return p;
        }
    }
    return NULL;
}

bool cflow_profile_count_rows(cflow_profile *profile, const char *table, int64_t *rows,
                              GError **error)
{
    int64_t there = 1;

    if (strcmp(table, optional_table) == 0) {
        static const char sql[] = "SELECT count(*) FROM sqlite_master WHERE name = 'flight'";
        *rows = 0;
        return get_int(profile, sql, &there, error) &&
               (!there || get_int(profile, "SELECT count(*) FROM flight", rows, error));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (strcmp(table, tables[i]) == 0) {
            /* From the fixed list above: a name cannot be a bound parameter. */
            g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", tables[i]);
            return get_int(profile, sql, rows, error);
        }
    }
    g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT, "profiles have no table %s",
                table);
    return false;
}

bool cflow_profile_check(cflow_profile *profile, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = false;

    if (sqlite3_prepare_v2(profile->db, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        cflow_profile_sqlite_error(profile, error);
    } else {
        const char *verdict = (const char *)sqlite3_column_text(stmt, 0);
        ok = verdict && strcmp(verdict, "ok") == 0;
        if (!ok) {
            g_autofree char *line = g_strdelimit(g_strdup(verdict ? verdict : "?"), "\n", ' ');
            cflow_profile_damaged(profile, line, error);
        }
    }
    sqlite3_finalize(stmt);
    return ok;
}
