/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "isa/isa.h"

struct cflow_store {
    char *path, *temporary;
    int fd; /* keeps the temporary's inode for fsync */
    bool committed;
};

static bool sqlite_failed(struct cflow_store *store, sqlite3 *db, GError **error)
{
    int last = errno, code = sqlite3_errcode(db);
    const char *hint = code == SQLITE_FULL ? " (free some space and try again)" : "";
    int system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(db) : 0;

    if (code == SQLITE_IOERR && !system) {
        system = last; /* SQLite does not keep that of COMMIT */
    }
    g_set_error(error, G_IO_ERROR, code == SQLITE_FULL ? G_IO_ERROR_NO_SPACE : G_IO_ERROR_FAILED,
                "cannot write %s: %s%s", store->path,
                system ? g_strerror(system) : sqlite3_errmsg(db), hint);
    return false;
}

bool cflow_store_create(const char *path, struct cflow_store **out, GError **error)
{
    struct cflow_store *store = g_new0(struct cflow_store, 1);
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *hidden = g_strdup_printf(".%s.XXXXXX", name);

    store->path = g_strdup(path);
    store->temporary = g_build_filename(directory, hidden, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        bool directory_there = g_file_test(path, G_FILE_TEST_IS_DIR);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "cannot write %s: it is a %s; name a file", path,
                    directory_there ? "directory" : "device or pipe");
        store->fd = -1; /* renaming would put a file in its place */
    } else {
        store->fd = g_mkstemp_full(store->temporary, O_RDWR | O_CLOEXEC, 0666);
        if (store->fd < 0) {
            g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                        "cannot write %s: %s; choose another place", path, g_strerror(errno));
        }
    }
    if (store->fd < 0) {
        g_free(store->path);
        g_free(store->temporary);
        g_free(store);
        return false;
    }
    *out = store;
    return true;
}

const char *cflow_store_temporary(const struct cflow_store *store)
{
    return store->temporary;
}

void cflow_store_destroy(struct cflow_store *store)
{
    if (!store) {
        return;
    }
    if (!store->committed) {
        unlink(store->temporary);
    }
    close(store->fd);
    g_free(store->path);
    g_free(store->temporary);
    g_free(store);
}

/*
 * Insert one row.  @types, a letter a column: i int64, u uint32_t, t text (NULL
 * allowed), b blob (pointer and int), n NULL.
 */
static bool insert(sqlite3_stmt *statement, const char *types, ...)
{
    va_list args;

    va_start(args, types);
    for (int i = 1; *types; types++, i++) {
        switch (*types) {
        case 'i':
            sqlite3_bind_int64(statement, i, va_arg(args, sqlite3_int64));
            break;
        case 'u':
            sqlite3_bind_int64(statement, i, va_arg(args, uint32_t));
            break;
        case 't':
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1, SQLITE_STATIC);
            break;
        case 'b': {
            const void *blob = va_arg(args, const void *);
            sqlite3_bind_blob(statement, i, blob, va_arg(args, int), SQLITE_STATIC);
            break;
        }
        case 'n':
            sqlite3_bind_null(statement, i);
            break;
        }
    }
    va_end(args);
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return ok;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    return statement; /* NULL steps to SQLITE_MISUSE, which reads as a failure */
}

static bool finish(sqlite3_stmt *statement, bool ok)
{
    sqlite3_finalize(statement);
    return statement && ok;
}

/* --- tables ---------------------------------------------------------------- */

static bool write_kinds(sqlite3 *db)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO kind VALUES(?, ?)");
    bool ok = true;

    for (uint32_t i = 0; ok && i < CFLOW_N_KINDS; i++) {
        ok = insert(s, "ut", i, cflow_kind_name(i));
    }
    return finish(s, ok);
}

static bool write_privileges(sqlite3 *db)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO privilege VALUES(?, ?)");
    bool ok = true;

    for (uint32_t i = 0; ok && i < CFLOW_N_PRIVILEGES; i++) {
        ok = insert(s, "ut", i, cflow_privilege_name(i));
    }
    return finish(s, ok);
}

static bool write_modules(sqlite3 *db, const struct cflow_rows *rows)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO module VALUES(?, ?, ?, ?)");
    bool ok = true;

    for (guint i = 0; ok && i < rows->modules->len; i++) {
        const struct cflow_module_row *m =
            &g_array_index(rows->modules, struct cflow_module_row, i);
        ok = insert(s, "uttt", i, m->path, m->build_id, m->kind);
    }
    if (!finish(s, ok)) {
        return false;
    }
    s = prepare(db, "INSERT INTO mapping VALUES(?, ?, ?, ?, ?)");
    for (guint i = 0; ok && i < rows->mappings->len; i++) {
        const struct cflow_mapping_row *m =
            &g_array_index(rows->mappings, struct cflow_mapping_row, i);
        ok = insert(s, "uuiii", m->process, m->module, m->start, m->end, m->bias);
    }
    return finish(s, ok);
}

static bool write_processes(sqlite3 *db, const struct cflow_rows *rows,
                            const struct cflow_store_meta *meta)
{
    sqlite3_stmt *s =
        prepare(db, "INSERT INTO process VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bool ok = true;

    for (guint i = 0; ok && i < rows->processes->len; i++) {
        const struct cflow_process_row *p =
            &g_array_index(rows->processes, struct cflow_process_row, i);
        /* The one that we started, whatever programs it became since. */
        bool ours = p->pid == g_array_index(rows->processes, struct cflow_process_row, 0).pid;
        bool running = strcmp(p->end, "running") == 0;
        /* One that a signal ended by default says nothing, but its father's status does. */
        const char *end = running && ours && meta->exit_status ? meta->exit_status : p->end;
        const char *path = *p->path || i || !meta->program ? p->path : meta->program;
        ok = insert(
            s, "uuuttuiiuttii", i + 1, p->pid, p->ppid, path, i ? NULL : meta->command, p->vcpus,
            p->transfers, p->residual,
            (uint32_t)(p->complete || (running && ours && !meta->killed && p->checkpoint_ms < 0)),
            end, p->isa, p->memory, p->beyond);
    }
    return finish(s, ok);
}

/*
 * The large tables are written many rows to a statement: that spares SQLite from
 * looking for the place of each, for they come in the order of the keys.
 */
#define ROWS 64

typedef void bind_row(sqlite3_stmt *s, int at, const void *row);

static sqlite3_stmt *prepare_rows(sqlite3 *db, const char *table, unsigned columns, unsigned n)
{
    g_autoptr(GString) sql = g_string_new(NULL);

    g_string_printf(sql, "INSERT INTO %s VALUES", table);
    for (unsigned row = 0; row < n; row++) {
        for (unsigned i = 0; i < columns; i++) {
            g_string_append(sql, i ? ",?" : row ? "),(?" : "(?");
        }
    }
    g_string_append_c(sql, ')');
    return prepare(db, sql->str);
}

static bool write_rows(sqlite3 *db, const char *table, unsigned columns, const GArray *rows,
                       bind_row *bind)
{
    sqlite3_stmt *many = prepare_rows(db, table, columns, ROWS);
    sqlite3_stmt *one = prepare_rows(db, table, columns, 1);
    size_t size = g_array_get_element_size((GArray *)rows);
    bool ok = true;

    for (guint i = 0; ok && i < rows->len;) {
        guint n = rows->len - i < ROWS ? 1 : ROWS;
        sqlite3_stmt *s = n == 1 ? one : many;
        for (guint k = 0; k < n; k++, i++) {
            bind(s, (int)(k * columns), rows->data + i * size);
        }
        ok = sqlite3_step(s) == SQLITE_DONE;
        sqlite3_reset(s);
    }
    ok = finish(one, ok);
    return finish(many, ok);
}

static void bind_insn(sqlite3_stmt *s, int at, const void *row)
{
    const struct cflow_insn_row *r = row;

    sqlite3_bind_int64(s, ++at, r->module);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)r->offset);
    sqlite3_bind_text(s, ++at, isa_class_name(r->class), -1, SQLITE_STATIC);
    if (r->has_target) {
        sqlite3_bind_int64(s, ++at, (sqlite3_int64)r->target);
    } else {
        sqlite3_bind_null(s, ++at);
    }
    sqlite3_bind_blob(s, ++at, r->bytes, r->n_bytes, SQLITE_STATIC);
    sqlite3_bind_text(s, ++at, r->disasm, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, ++at, r->symbol, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, ++at, r->flags);
}

static void bind_block(sqlite3_stmt *s, int at, const void *row)
{
    const struct cflow_block_row *b = row;

    sqlite3_bind_int64(s, ++at, b->process);
    sqlite3_bind_int64(s, ++at, b->module);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)b->start);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)b->last);
    sqlite3_bind_int64(s, ++at, b->insns);
    sqlite3_bind_int64(s, ++at, b->privilege);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)b->entered);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)b->completed);
}

static void bind_edge(sqlite3_stmt *s, int at, const void *row)
{
    const struct cflow_edge_row *e = row;

    sqlite3_bind_int64(s, ++at, e->process);
    sqlite3_bind_int64(s, ++at, e->src_module);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)e->src);
    sqlite3_bind_int64(s, ++at, e->dst_module);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)e->dst);
    sqlite3_bind_int64(s, ++at, e->kind);
    sqlite3_bind_int64(s, ++at, e->privilege);
    sqlite3_bind_int64(s, ++at, (sqlite3_int64)e->count);
}

static bool write_insns(sqlite3 *db, const struct cflow_rows *rows)
{
    return write_rows(db, "insn", 8, rows->insns, bind_insn);
}

static bool write_blocks(sqlite3 *db, const struct cflow_rows *rows)
{
    return write_rows(db, "block", 8, rows->blocks, bind_block);
}

static bool write_edges(sqlite3 *db, const struct cflow_rows *rows)
{
    return write_rows(db, "edge", 8, rows->edges, bind_edge);
}

static bool write_discontinuities(sqlite3 *db, const struct cflow_rows *rows)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO discontinuity"
                                  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bool ok = true;

    for (guint i = 0; ok && i < rows->discontinuities->len; i++) {
        const struct cflow_discontinuity_row *d =
            &g_array_index(rows->discontinuities, struct cflow_discontinuity_row, i);
        ok = insert(s, "uuutuiuiuuiii", d->process, d->vcpu, d->kind, d->cause, d->src_module,
                    d->src, d->dst_module, d->dst, (uint32_t)d->mid_block, d->privilege, d->count,
                    d->returned, d->instructions);
    }
    return finish(s, ok);
}

static bool write_flights(sqlite3 *db, const struct cflow_rows *rows)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO flight VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bool ok = true;

    for (guint i = 0; ok && i < rows->flights->len; i++) {
        const struct cflow_flight_row *f =
            &g_array_index(rows->flights, struct cflow_flight_row, i);
        ok = insert(s, "uuuuutuiui", f->flight, f->step, f->process, f->vcpu, f->kind, f->cause,
                    f->src_module, f->src, f->dst_module, f->dst);
    }
    return finish(s, ok);
}

/* --- meta ------------------------------------------------------------------ */

bool cflow_rows_exact(const struct cflow_rows *rows, uint64_t *n, char **note)
{
    uint64_t residual = 0, unexplained = 0, lost = 0, running = 0, ends = 0, stale = 0;
    uint64_t beyond = 0, ran_on = 0;
    bool unsound = false;
    g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < rows->processes->len; i++) {
        const struct cflow_process_row *p =
            &g_array_index(rows->processes, struct cflow_process_row, i);
        residual += p->residual;
        unexplained += p->unexplained;
        lost += p->lost;
        beyond += p->beyond;
        ran_on += p->ran_on;
        ends += p->unknown_ends;
        running += p->cut_short;
        unsound |= p->unsound;
        stale += p->checkpoint_ms >= 0;
    }
    if (residual) {
        g_ptr_array_add(why, g_strdup_printf("%" G_GUINT64_FORMAT " do not balance", residual));
    }
    if (lost) {
        g_ptr_array_add(why, g_strdup_printf("%" G_GUINT64_FORMAT " found no room", lost));
    }
    if (beyond) {
        g_ptr_array_add(why, g_strdup_printf("%" G_GUINT64_FORMAT
                                             " in code beyond the memory limit (--memory)",
                                             beyond));
    }
    if (unexplained) {
        g_ptr_array_add(why, g_strdup_printf("%" G_GUINT64_FORMAT " unexplained", unexplained));
    }
    if (running) {
        g_ptr_array_add(
            why, g_strdup_printf("%" G_GUINT64_FORMAT " of threads that were killed", running));
    }
    if (ends) {
        g_ptr_array_add(why, g_strdup_printf("the last of %" G_GUINT64_FORMAT
                                             " threads stopped while running",
                                             ends));
    }
    if (ran_on) {
        g_ptr_array_add(
            why, g_strdup_printf(
                     "threads that ran on while their process ended: %" G_GUINT64_FORMAT, ran_on));
    }
    if (unsound) {
        g_ptr_array_add(why, g_strdup("all: QEMU ran several vCPUs on one thread"));
    }
    if (stale) {
        g_ptr_array_add(
            why, g_strdup_printf("killed processes since their last checkpoint: %" G_GUINT64_FORMAT,
                                 stale));
    }
    g_ptr_array_add(why, NULL);
    *n = residual + lost + beyond + unexplained + running + ends;
    *note = g_strjoinv(", ", (char **)why->pdata);
    return *n == 0 && !unsound && !stale && !ran_on;
}

static bool write_meta(sqlite3 *db, const struct cflow_rows *rows,
                       const struct cflow_store_meta *meta)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO meta VALUES(?, ?)");
    g_autoptr(GDateTime) started = g_date_time_new_from_unix_utc(meta->started_us / G_USEC_PER_SEC);
    g_autofree char *started_text = g_date_time_format_iso8601(started);
    g_autofree char *note = NULL;
    uint64_t n, residual = 0, unexplained = 0, transfers = 0;
    uint64_t blocks_run = 0, callbacks = 0, branches = 0, checkpoints = 0, longest_ns = 0;
    uint64_t stop_ns = 0, cpu_ns = 0, beyond = 0, memory = 0;
    bool exact = cflow_rows_exact(rows, &n, &note);
    g_autofree char *exec_note = NULL;
    uint32_t unfollowed = cflow_rows_unfollowed(rows, &exec_note);

    for (guint i = 0; i < rows->processes->len; i++) {
        const struct cflow_process_row *p =
            &g_array_index(rows->processes, struct cflow_process_row, i);
        residual += p->residual;
        unexplained += p->unexplained;
        transfers += p->transfers;
        blocks_run += p->blocks_run;
        callbacks += p->callbacks;
        branches += p->explicit_branches;
        checkpoints += p->checkpoints;
        longest_ns = MAX(longest_ns, p->checkpoint_max_ns);
        stop_ns += p->checkpoint_stop_ns;
        cpu_ns += p->checkpoint_cpu_ns;
        beyond += p->beyond;
        memory += p->memory;
    }
    bool flow = strcmp(rows->engine, "flow") == 0;
    const struct cflow_process_row *first =
        &g_array_index(rows->processes, struct cflow_process_row, 0);
    int64_t checkpoint = first->checkpoint_ms;
    const struct {
        const char *key, *text;
        uint64_t number;
        bool is_number;
    } values[] = {
        {"beyond_limit", NULL, beyond, true},
        {"blocks_run", NULL, blocks_run, true},
        {"callbacks", NULL, callbacks, flow},
        {"command", meta->command, 0, false},
        {"checkpoint_cpu_us", NULL, (cpu_ns + 999) / 1000, flow},
        {"checkpoint_max_us", NULL, (longest_ns + 999) / 1000, flow},
        {"checkpoint_ms", NULL, (uint64_t)checkpoint, checkpoint >= 0},
        {"checkpoint_stop_us", NULL, (stop_ns + 999) / 1000, flow},
        {"checkpoints", NULL, checkpoints, flow},
        {"complete", NULL, !meta->killed && checkpoint < 0, true},
        {"discontinuities",
         !rows->system     ? NULL
         : rows->announced ? "announced"
                           : "recognised",
         0, false},
        {"duration_ms", NULL, (uint64_t)meta->duration_us / 1000, true},
        {"engine", rows->engine, 0, false},
        {"engine_reason", rows->engine_reason, 0, false},
        {"exact", NULL, exact, true},
        {"exact_except", NULL, n, true},
        {"exact_note", note, 0, false},
        {"exec_note", exec_note, 0, false},
        {"exec_unrecorded", NULL, unfollowed, true},
        {"exit_status", meta->exit_status, 0, false},
        {"explicit_branches", NULL, branches, flow},
        {"host", meta->host, 0, false},
        {"isa", rows->isa, 0, false},
        {"memory_bytes", NULL, memory, true},
        {"memory_limit", NULL, first->memory_limit, first->memory_limit > 0},
        {"mode", rows->system ? "system" : "user", 0, false},
        {"plugin_api", NULL, rows->plugin_api, true},
        {"qemu", meta->qemu, 0, false},
        {"qemu_version", meta->qemu_version, 0, false},
        {"recording_bytes", NULL, rows->arena_used, true},
        {"residual", NULL, residual, true},
        {"started", started_text, 0, false},
        {"tool_version", meta->tool_version, 0, false},
        {"transfers", NULL, transfers, true},
        {"unexplained", NULL, unexplained, true},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < G_N_ELEMENTS(values); i++) {
        ok = values[i].is_number ? insert(s, "ti", values[i].key, values[i].number)
                                 : insert(s, "tt", values[i].key, values[i].text);
    }
    ok = ok && (!meta->narrowed || insert(s, "tt", "narrowed", meta->narrowed));
    return finish(s, ok);
}

static bool begin(sqlite3 *db)
{
    g_autofree char *pragmas =
        g_strdup_printf("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA application_id = %d;"
                        "PRAGMA user_version = %d; BEGIN",
                        CFLOW_APPLICATION_ID, CFLOW_SCHEMA_VERSION);

    return sqlite3_exec(db, pragmas, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(db, cflow_schema_sql, NULL, NULL, NULL) == SQLITE_OK && write_kinds(db) &&
           write_privileges(db);
}

/* What a recording is written from. */
struct recording {
    const struct cflow_rows *rows;
    const struct cflow_store_meta *meta;
};

static bool write_recording(sqlite3 *db, void *data, GError **error)
{
    const struct recording *r = data;
    (void)error;

    return write_meta(db, r->rows, r->meta) && write_processes(db, r->rows, r->meta) &&
           write_modules(db, r->rows) && write_insns(db, r->rows) && write_blocks(db, r->rows) &&
           write_edges(db, r->rows) && write_discontinuities(db, r->rows) &&
           write_flights(db, r->rows);
}

bool cflow_store_commit(struct cflow_store *store, const struct cflow_rows *rows,
                        const struct cflow_store_meta *meta, GError **error)
{
    struct recording recording = {rows, meta};

    return cflow_store_commit_with(store, write_recording, &recording, error);
}

bool cflow_store_commit_with(struct cflow_store *store, cflow_store_fill fill, void *data,
                             GError **error)
{
    g_autoptr(GError) why = NULL;
    sqlite3 *db = NULL;

    /* Nobody else knows this file, so there is no need for locks, which NFS may not have. */
    if (sqlite3_open_v2(store->temporary, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        "unix-none") != SQLITE_OK ||
        !begin(db) || !fill(db, data, &why) ||
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        if (why) {
            g_propagate_error(error, g_steal_pointer(&why));
        } else {
            sqlite_failed(store, db, error);
        }
        sqlite3_close(db);
        return false;
    }
    sqlite3_close(db);
    /* Whole on disk before it takes the place of a good one. */
    if (fsync(store->fd) < 0 || rename(store->temporary, store->path) < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot write %s: %s",
                    store->path, g_strerror(errno));
        return false;
    }
    store->committed = true;
    return true;
}
