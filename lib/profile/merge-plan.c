/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/profile/merge-internal.h"

static void free_module(gpointer data)
{
    struct merge_module *module = data;

    g_free(module->path);
    g_free(module->build_id);
    g_free(module->kind);
    g_free(module);
}

static void free_process(gpointer data)
{
    struct merge_process *process = data;

    g_free(process->path);
    g_free(process->command);
    g_free(process->end);
    g_free(process->isa);
    g_free(process);
}

struct merge_plan *merge_plan_new(bool keep_processes)
{
    struct merge_plan *plan = g_new0(struct merge_plan, 1);

    plan->keep_processes = keep_processes;
    plan->exact = plan->complete = true;
    plan->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_module);
    plan->processes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_process);
    plan->module_list = g_ptr_array_new();
    plan->process_list = g_ptr_array_new();
    plan->kinds = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    plan->metas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, merge_meta_free);
    plan->notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    plan->exec_notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct merge_module *outside = g_new0(struct merge_module, 1);
    outside->path = g_strdup("[outside]");
    outside->kind = g_strdup("outside");
    g_hash_table_insert(plan->modules, g_strdup("outside"), outside);
    return plan;
}

void merge_plan_free(struct merge_plan *plan)
{
    if (plan) {
        g_hash_table_unref(plan->modules);
        g_hash_table_unref(plan->processes);
        g_ptr_array_unref(plan->module_list);
        g_ptr_array_unref(plan->process_list);
        g_hash_table_unref(plan->kinds);
        g_hash_table_unref(plan->metas);
        g_hash_table_unref(plan->notes);
        g_hash_table_unref(plan->exec_notes);
        g_free(plan->isa);
        g_free(plan->mode);
        g_free(plan->first_path);
        g_free(plan);
    }
}

bool merge_too_large(const cflow_profile *profile, GError **error)
{
    g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_CORRUPT,
                "%s: a count becomes too large (2^63) with this profile: merge fewer of them",
                cflow_profile_path(profile));
    return false;
}

/* --- modules ---------------------------------------------------------------- */

/* Of generated code: what its instructions are. */
static char *digest(cflow_profile *profile, int64_t module, GError **error)
{
    static const char sql[] = "SELECT offset, bytes FROM insn WHERE module = ?1 ORDER BY offset";
    sqlite3_stmt *stmt = cflow_profile_statement(profile, sql, error);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    int rc;

    if (!stmt) {
        return NULL;
    }
    sqlite3_bind_int64(stmt, 1, module);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t head[2] = {sqlite3_column_int64(stmt, 0), 0};
        const void *bytes = sqlite3_column_blob(stmt, 1);
        head[1] = sqlite3_column_bytes(stmt, 1);
        g_checksum_update(sum, (const guchar *)head, sizeof(head));
        if (bytes) {
            g_checksum_update(sum, bytes, (gssize)head[1]);
        }
    }
    sqlite3_reset(stmt);
    if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
        return NULL;
    }
    return g_strdup(g_checksum_get_string(sum));
}

static char *module_key(cflow_profile *profile, const struct cflow_module *m, GError **error)
{
    g_autofree char *code = NULL;
    bool outside = strcmp(m->kind, "outside") == 0;

    if (m->id < 0 || outside != (m->id == CFLOW_MODULE_OUTSIDE)) {
        cflow_profile_damaged(profile, "module 0 is not the outside", error);
        return NULL;
    }
    if (outside) {
        return g_strdup("outside");
    }
    if (strcmp(m->kind, "anon") == 0 && !(code = digest(profile, m->id, error))) {
        return NULL;
    }
    /* The lengths keep "a" + "bc" apart from "ab" + "c". */
    return g_strdup_printf("%zu %d %zu %s%s%s%s", strlen(m->path), m->build_id != NULL,
                           m->build_id ? strlen(m->build_id) : 0, m->path,
                           m->build_id ? m->build_id : "", m->kind, code ? code : "");
}

static bool add_modules(struct merge_plan *plan, cflow_profile *profile, GError **error)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(profile, &n);

    for (size_t i = 0; i < n; i++) {
        char *key = module_key(profile, &modules[i], error);
        struct merge_module *known = key ? g_hash_table_lookup(plan->modules, key) : NULL;
        if (!key) {
            return false;
        }
        if (known) {
            known->least = MIN(known->least, modules[i].id);
            g_free(key);
            continue;
        }
        known = g_new0(struct merge_module, 1);
        known->path = g_strdup(modules[i].path);
        known->build_id = g_strdup(modules[i].build_id);
        known->kind = g_strdup(modules[i].kind);
        known->least = modules[i].id;
        g_hash_table_insert(plan->modules, key, known);
    }
    return true;
}

/* --- processes -------------------------------------------------------------- */

static char *process_key(const struct merge_plan *plan, const struct cflow_process *p,
                         size_t number)
{
    return plan->keep_processes
               ? g_strdup_printf("%zu %" G_GINT64_FORMAT, number, p->id)
               : g_strdup_printf("%s\n%s", p->path ? p->path : "", p->isa ? p->isa : "");
}

static void keep_if_same(char **text, const char *other)
{
    if (g_strcmp0(*text, other) != 0) {
        g_clear_pointer(text, g_free);
    }
}

static bool add_process(struct merge_plan *plan, cflow_profile *profile,
                        const struct cflow_process *p, size_t number, GError **error)
{
    char *key = process_key(plan, p, number);
    struct merge_process *known = g_hash_table_lookup(plan->processes, key);

    if (!known) {
        known = g_new0(struct merge_process, 1);
        *known = (struct merge_process){
            .path = g_strdup(p->path),
            .command = g_strdup(p->command),
            .end = g_strdup(p->end),
            .isa = g_strdup(p->isa),
            .pid = p->pid,
            .ppid = p->ppid,
            .complete = true,
            .least = p->id,
            .input = (int64_t)number,
        };
        g_hash_table_insert(plan->processes, key, known);
    } else {
        g_free(key);
    }
    keep_if_same(&known->command, p->command);
    keep_if_same(&known->end, p->end);
    known->pid = known->pid == p->pid ? p->pid : 0;
    known->ppid = known->ppid == p->ppid ? p->ppid : 0;
    known->vcpus = MAX(known->vcpus, p->vcpus);
    known->complete = known->complete && p->complete;
    known->least = MIN(known->least, p->id);
    if (p->transfers < 0 || p->residual < 0 || p->memory < 0 || p->beyond < 0) {
        return cflow_profile_damaged(profile, "a process with a negative sum", error);
    }
    if (__builtin_add_overflow(plan->transfers, p->transfers, &plan->transfers) ||
        __builtin_add_overflow(plan->residual, p->residual, &plan->residual)) {
        return merge_too_large(profile, error);
    }
    known->transfers += p->transfers; /* parts of what was just checked */
    known->residual += p->residual;
    if (__builtin_add_overflow(known->memory, p->memory, &known->memory) ||
        __builtin_add_overflow(known->beyond, p->beyond, &known->beyond)) {
        return merge_too_large(profile, error);
    }
    return true;
}

/* --- kinds -------------------------------------------------------------------- */

/* Names of kinds that a newer version may have added. */
static bool add_kinds(struct merge_plan *plan, cflow_profile *profile, GError **error)
{
    sqlite3_stmt *stmt = cflow_profile_statement(profile, "SELECT id, name FROM kind", error);
    bool ok = true;
    int rc = SQLITE_DONE;

    while (ok && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        const char *name = (const char *)sqlite3_column_text(stmt, 1);
        const char *known = id >= 0 && id < CFLOW_N_KINDS ? cflow_kind_name((enum cflow_kind)id)
                                                          : g_hash_table_lookup(plan->kinds, &id);
        if (!name || id < 0 || (known && strcmp(known, name) != 0) ||
            g_hash_table_size(plan->kinds) > 1000) {
            ok = cflow_profile_damaged(profile, "a kind with another name", error);
        } else if (!known) {
            int64_t *key = g_new(int64_t, 1);
            *key = id;
            g_hash_table_insert(plan->kinds, key, g_strdup(name));
        }
    }
    if (stmt && ok && rc != SQLITE_DONE) {
        ok = cflow_profile_sqlite_error(profile, error);
    }
    if (stmt) {
        sqlite3_reset(stmt);
    }
    return stmt && ok;
}

bool merge_plan_add(struct merge_plan *plan, cflow_profile *profile, size_t number, GError **error)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);

    if (!plan->first_path) {
        plan->first_path = g_strdup(cflow_profile_path(profile));
    }
    if (!merge_meta_add(plan, profile, error) || !add_kinds(plan, profile, error) ||
        !add_modules(plan, profile, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!add_process(plan, profile, &processes[i], number, error)) {
            return false;
        }
    }
    plan->n_inputs++;
    return true;
}

/* --- numbers ------------------------------------------------------------------ */

struct keyed {
    const char *key;
    void *value;
};

static int compare_modules(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;
    const struct merge_module *m = a->value, *n = b->value;

    if (m->least != n->least) {
        return m->least < n->least ? -1 : 1;
    }
    return strcmp(a->key, b->key);
}

static int compare_processes(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;
    const struct merge_process *m = a->value, *n = b->value;

    if (m->input != n->input) { /* with kept processes */
        return m->input < n->input ? -1 : 1;
    }
    if (m->least != n->least) {
        return m->least < n->least ? -1 : 1;
    }
    return strcmp(a->key, b->key);
}

/* The values of @table, sorted, into @list. */
static void sort_into(GHashTable *table, int (*compare)(const void *, const void *),
                      GPtrArray *list)
{
    g_autoptr(GArray) sorted = g_array_new(FALSE, FALSE, sizeof(struct keyed));
    GHashTableIter iter;
    struct keyed entry;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, (gpointer *)&entry.key, &entry.value)) {
        g_array_append_val(sorted, entry);
    }
    if (sorted->len) { /* an empty array has no data */
        qsort(sorted->data, sorted->len, sizeof(entry), compare);
    }
    for (guint i = 0; i < sorted->len; i++) {
        g_ptr_array_add(list, g_array_index(sorted, struct keyed, i).value);
    }
}

void merge_plan_finish(struct merge_plan *plan)
{
    GHashTableIter iter;
    gpointer value;

    /* The order of inputs counts only where processes are kept apart. */
    g_hash_table_iter_init(&iter, plan->processes);
    while (!plan->keep_processes && g_hash_table_iter_next(&iter, NULL, &value)) {
        ((struct merge_process *)value)->input = 0;
    }
    /* Outside becomes 0 again: the numbers of others have been checked. */
    sort_into(plan->modules, compare_modules, plan->module_list);
    sort_into(plan->processes, compare_processes, plan->process_list);
    for (guint i = 0; i < plan->module_list->len; i++) {
        ((struct merge_module *)g_ptr_array_index(plan->module_list, i))->id = i;
    }
    for (guint i = 0; i < plan->process_list->len; i++) {
        ((struct merge_process *)g_ptr_array_index(plan->process_list, i))->id = i + 1;
    }
}

bool merge_plan_maps(const struct merge_plan *plan, cflow_profile *profile, size_t number,
                     GArray **modules_out, GArray **processes_out, GError **error)
{
    g_autoptr(GArray) to_modules = g_array_new(FALSE, FALSE, sizeof(struct merge_pair));
    g_autoptr(GArray) to_processes = g_array_new(FALSE, FALSE, sizeof(struct merge_pair));
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(profile, &n);

    for (size_t i = 0; i < n; i++) {
        g_autofree char *key = module_key(profile, &modules[i], error);
        const struct merge_module *m = key ? g_hash_table_lookup(plan->modules, key) : NULL;
        if (!key) {
            return false;
        }
        if (!m) {
            return cflow_profile_damaged(profile, "it changed while it was read", error);
        }
        struct merge_pair pair = {modules[i].id, m->id};
        g_array_append_val(to_modules, pair);
    }
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *key = process_key(plan, &processes[i], number);
        const struct merge_process *p = g_hash_table_lookup(plan->processes, key);
        if (!p) {
            return cflow_profile_damaged(profile, "it changed while it was read", error);
        }
        struct merge_pair pair = {processes[i].id, p->id};
        g_array_append_val(to_processes, pair);
    }
    *modules_out = g_steal_pointer(&to_modules);
    *processes_out = g_steal_pointer(&to_processes);
    return true;
}

/* --- writing ------------------------------------------------------------------ */

static void bind(sqlite3_stmt *s, int column, const char *text)
{
    sqlite3_bind_text(s, column, text, -1, SQLITE_STATIC);
}

static void bind_unless_zero(sqlite3_stmt *s, int column, int64_t number)
{
    if (number) {
        sqlite3_bind_int64(s, column, number);
    } else {
        sqlite3_bind_null(s, column);
    }
}

static bool step(sqlite3_stmt *s)
{
    bool ok = sqlite3_step(s) == SQLITE_DONE;

    sqlite3_reset(s);
    return ok;
}

static bool write_kinds(const struct merge_plan *plan, sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    GHashTableIter iter;
    gpointer id, name;
    bool ok = sqlite3_prepare_v2(db, "INSERT INTO kind VALUES(?, ?)", -1, &s, NULL) == SQLITE_OK;

    g_hash_table_iter_init(&iter, plan->kinds);
    while (ok && g_hash_table_iter_next(&iter, &id, &name)) {
        sqlite3_bind_int64(s, 1, *(const int64_t *)id);
        bind(s, 2, name);
        ok = step(s);
    }
    sqlite3_finalize(s);
    return ok;
}

static bool write_modules(const struct merge_plan *plan, sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    bool ok =
        sqlite3_prepare_v2(db, "INSERT INTO module VALUES(?, ?, ?, ?)", -1, &s, NULL) == SQLITE_OK;

    for (guint i = 0; ok && i < plan->module_list->len; i++) {
        const struct merge_module *m = g_ptr_array_index(plan->module_list, i);
        sqlite3_bind_int64(s, 1, m->id);
        bind(s, 2, m->path);
        bind(s, 3, m->build_id);
        bind(s, 4, m->kind);
        ok = step(s);
    }
    sqlite3_finalize(s);
    return ok;
}

static bool write_processes(const struct merge_plan *plan, sqlite3 *db)
{
    static const char sql[] = "INSERT INTO process VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK;

    for (guint i = 0; ok && i < plan->process_list->len; i++) {
        const struct merge_process *p = g_ptr_array_index(plan->process_list, i);
        sqlite3_bind_int64(s, 1, p->id);
        bind_unless_zero(s, 2, p->pid);
        bind_unless_zero(s, 3, p->ppid);
        bind(s, 4, p->path);
        bind(s, 5, p->command);
        sqlite3_bind_int64(s, 6, p->vcpus);
        sqlite3_bind_int64(s, 7, p->transfers);
        sqlite3_bind_int64(s, 8, p->residual);
        sqlite3_bind_int64(s, 9, p->complete);
        bind(s, 10, p->end);
        bind(s, 11, p->isa);
        bind_unless_zero(s, 12, p->memory);
        sqlite3_bind_int64(s, 13, p->beyond);
        ok = step(s);
    }
    sqlite3_finalize(s);
    return ok;
}

bool merge_plan_write(const struct merge_plan *plan, sqlite3 *db,
                      const struct cflow_merge_options *options, int64_t blocks_run,
                      int64_t unexplained)
{
    return write_kinds(plan, db) && write_modules(plan, db) && write_processes(plan, db) &&
           merge_meta_write(plan, db, options, blocks_run, unexplained);
}
