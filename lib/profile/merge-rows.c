/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The large tables.  Rows are added up in memory, a buffer in front of the
 * database; when it is full, what is in it is inserted, "on conflict add".
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/profile/merge-internal.h"

#define BUFFER_BYTES ((size_t)256 << 20)
#define INSN_BYTES   160 /* a row of insn with its share of tables, about */
#define MAX_TEXT     4096

/* One of the tables whose rows are numbers. */
struct counted {
    const char *name, *select, *insert;
    size_t n_keys, n_values;
    int process, module[2], kind; /* columns with these; -1: none */
    int text;                     /* a column that is text; -1: none */
};

/* Keys in the order of the primary keys. */
static const struct counted counted[] = {
    {"mapping",
     "SELECT process, module, start, \"end\", bias FROM mapping",
     "INSERT OR IGNORE INTO temp.merged_mapping VALUES(?, ?, ?, ?, ?)",
     5,
     0,
     0,
     {1, -1},
     -1,
     -1},
    {"block",
     "SELECT process, module, start, last, insns, privilege, entered, completed FROM block",
     "INSERT INTO block(process, module, start, last, insns, privilege, entered, completed)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
     " entered = entered + excluded.entered, completed = completed + excluded.completed",
     6,
     2,
     0,
     {1, -1},
     -1,
     -1},
    {"edge",
     "SELECT process, src_module, src, dst_module, dst, kind, privilege, count FROM edge",
     "INSERT INTO edge(process, src_module, src, dst_module, dst, kind, privilege, count)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
     7,
     1,
     0,
     {1, 3},
     5,
     -1},
    {"discontinuity",
     "SELECT process, vcpu, kind, cause, src_module, src, dst_module, dst, mid_block,"
     " privilege, count, returned, instructions FROM discontinuity",
     "INSERT INTO discontinuity(process, vcpu, kind, cause, src_module, src, dst_module, dst,"
     " mid_block, privilege, count, returned, instructions)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
     " count = count + excluded.count, returned = returned + excluded.returned,"
     " instructions = instructions + excluded.instructions",
     10,
     3,
     0,
     {4, 6},
     2,
     3},
};

enum {
    MAPPING,
    BLOCK,
    EDGE,
    DISCONTINUITY,
    N_COUNTED
};
#define MAX_COLUMNS 13

struct merge_rows {
    struct merge_plan *plan;
    sqlite3 *db;
    size_t buffer_bytes;
    struct tally tallies[N_COUNTED];
    GHashTable *insns; /* of struct merge_insn, keyed by itself */
    GStringChunk *strings;
    size_t string_bytes;
    GHashTable *causes; /* text -> number + 1 */
    GPtrArray *cause_texts;
    bool written; /* some rows are in the database */
    int64_t blocks_run, unexplained;
};

static guint insn_hash(const void *key)
{
    const struct merge_insn *i = key;

    return (guint)(((uint64_t)i->offset ^ (uint64_t)i->module << 40) *
                       UINT64_C(0x9e3779b97f4a7c15) >>
                   32);
}

static gboolean insn_equal(const void *x, const void *y)
{
    const struct merge_insn *a = x, *b = y;

    return a->module == b->module && a->offset == b->offset;
}

static void clear(struct merge_rows *rows)
{
    for (size_t i = 0; i < N_COUNTED; i++) {
        tally_clear(&rows->tallies[i]);
    }
    g_clear_pointer(&rows->insns, g_hash_table_unref);
    g_clear_pointer(&rows->strings, g_string_chunk_free);
    g_clear_pointer(&rows->causes, g_hash_table_unref);
    g_clear_pointer(&rows->cause_texts, g_ptr_array_unref);
}

static void start(struct merge_rows *rows)
{
    for (size_t i = 0; i < N_COUNTED; i++) {
        tally_init(&rows->tallies[i], counted[i].n_keys, counted[i].n_values);
    }
    rows->insns = g_hash_table_new_full(insn_hash, insn_equal, g_free, NULL);
    rows->strings = g_string_chunk_new(1 << 16);
    rows->string_bytes = 0;
    rows->causes = g_hash_table_new(g_str_hash, g_str_equal);
    rows->cause_texts = g_ptr_array_new();
}

struct merge_rows *merge_rows_new(struct merge_plan *plan, sqlite3 *db, size_t buffer_bytes)
{
    struct merge_rows *rows = g_new0(struct merge_rows, 1);

    rows->plan = plan;
    rows->db = db;
    rows->buffer_bytes = buffer_bytes ? buffer_bytes : BUFFER_BYTES;
    start(rows);
    return rows;
}

void merge_rows_free(struct merge_rows *rows)
{
    if (rows) {
        clear(rows);
        g_free(rows);
    }
}

int64_t merge_rows_blocks_run(const struct merge_rows *rows)
{
    return rows->blocks_run;
}

int64_t merge_rows_unexplained(const struct merge_rows *rows)
{
    return rows->unexplained;
}

/* --- from memory to the database ---------------------------------------------- */

static const char *keep(struct merge_rows *rows, const char *text)
{
    if (!text) {
        return NULL;
    }
    rows->string_bytes += strlen(text) + 1;
    return g_string_chunk_insert(rows->strings, text);
}

static int compare_texts(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Numbers causes in the order of their texts, as the primary key has them. */
static void sort_causes(struct merge_rows *rows, struct tally *tally, int column)
{
    g_autofree char **old =
        g_memdup2(rows->cause_texts->pdata, rows->cause_texts->len * sizeof(gpointer));

    g_ptr_array_sort(rows->cause_texts, compare_texts);
    for (guint i = 0; i < rows->cause_texts->len; i++) {
        g_hash_table_insert(rows->causes, g_ptr_array_index(rows->cause_texts, i),
                            GUINT_TO_POINTER(i + 1));
    }
    for (size_t i = 0; i < tally->n; i++) {
        int64_t *cause = tally->rows + i * (tally->n_keys + tally->n_values) + column;
        *cause = GPOINTER_TO_UINT(g_hash_table_lookup(rows->causes, old[*cause])) - 1;
    }
}

static bool write_counted(struct merge_rows *rows, size_t which)
{
    const struct counted *c = &counted[which];
    struct tally *tally = &rows->tallies[which];
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(rows->db, c->insert, -1, &s, NULL) == SQLITE_OK;

    if (c->text >= 0) {
        sort_causes(rows, tally, c->text);
    }
    tally_sort(tally);
    for (size_t i = 0; ok && i < tally->n; i++) {
        const int64_t *row = tally_row(tally, i);
        for (size_t k = 0; k < c->n_keys + c->n_values; k++) {
            if ((int)k == c->text) {
                const char *text = g_ptr_array_index(rows->cause_texts, row[k]);
                sqlite3_bind_text(s, (int)k + 1, text, -1, SQLITE_STATIC);
            } else {
                sqlite3_bind_int64(s, (int)k + 1, row[k]);
            }
        }
        ok = sqlite3_step(s) == SQLITE_DONE;
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return ok;
}

static int compare_insns(const void *x, const void *y)
{
    const struct merge_insn *a = *(void *const *)x, *b = *(void *const *)y;

    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    return a->offset == b->offset ? 0 : a->offset < b->offset ? -1 : 1;
}

/* Columns from "class" on, the first being number @at, into @insn; false if they make no sense. */
static bool read_insn(sqlite3_stmt *s, int at, struct merge_insn *insn)
{
    int n = sqlite3_column_bytes(s, at + 2);
    const void *bytes = sqlite3_column_blob(s, at + 2);

    insn->class = (const char *)sqlite3_column_text(s, at);
    insn->has_target = sqlite3_column_type(s, at + 1) == SQLITE_INTEGER;
    insn->target = insn->has_target ? sqlite3_column_int64(s, at + 1) : 0;
    insn->has_bytes = sqlite3_column_type(s, at + 2) == SQLITE_BLOB;
    if (!insn->class || (size_t)n > sizeof(insn->bytes) || sqlite3_column_bytes(s, at) > MAX_TEXT ||
        sqlite3_column_type(s, at + 5) != SQLITE_INTEGER) {
        return false;
    }
    insn->n_bytes = insn->has_bytes ? (uint8_t)n : 0;
    if (insn->n_bytes) {
        memcpy(insn->bytes, bytes, insn->n_bytes);
    }
    insn->disasm = (const char *)sqlite3_column_text(s, at + 3);
    insn->symbol = (const char *)sqlite3_column_text(s, at + 4);
    insn->flags = sqlite3_column_int64(s, at + 5);
    return true;
}

static void bind_insn(sqlite3_stmt *s, const struct merge_insn *insn)
{
    sqlite3_clear_bindings(s);
    sqlite3_bind_int64(s, 1, insn->module);
    sqlite3_bind_int64(s, 2, insn->offset);
    sqlite3_bind_text(s, 3, insn->class, -1, SQLITE_STATIC);
    if (insn->has_target) {
        sqlite3_bind_int64(s, 4, insn->target);
    }
    if (insn->has_bytes) {
        sqlite3_bind_blob(s, 5, insn->bytes, insn->n_bytes, SQLITE_STATIC);
    }
    sqlite3_bind_text(s, 6, insn->disasm, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 7, insn->symbol, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 8, insn->flags);
}

static void note_change(struct merge_rows *rows, int64_t module)
{
    ((struct merge_module *)g_ptr_array_index(rows->plan->module_list, module))->changed = true;
}

/* What the database has of the same place already. */
static bool join_stored(struct merge_rows *rows, sqlite3_stmt *query, struct merge_insn *insn)
{
    struct merge_insn stored = {.module = insn->module, .offset = insn->offset};

    sqlite3_bind_int64(query, 1, insn->module);
    sqlite3_bind_int64(query, 2, insn->offset);
    int rc = sqlite3_step(query);
    if (rc == SQLITE_ROW && read_insn(query, 0, &stored)) {
        stored.class = keep(rows, stored.class);
        stored.disasm = keep(rows, stored.disasm);
        stored.symbol = keep(rows, stored.symbol);
        if (merge_insn_join(insn, &stored)) {
            note_change(rows, insn->module);
        }
    }
    sqlite3_reset(query);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool write_insns(struct merge_rows *rows)
{
    guint n;
    g_autofree gpointer *sorted = g_hash_table_get_keys_as_array(rows->insns, &n);
    sqlite3_stmt *query = NULL, *insert = NULL;
    bool ok = sqlite3_prepare_v2(rows->db,
                                 "SELECT class, target, bytes, disasm, symbol, flags FROM insn"
                                 " WHERE module = ?1 AND offset = ?2",
                                 -1, &query, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(rows->db,
                                 "INSERT OR REPLACE INTO insn(module, offset, class, target, bytes,"
                                 " disasm, symbol, flags) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                                 -1, &insert, NULL) == SQLITE_OK;

    if (n) { /* without any, there is no array */
        qsort(sorted, n, sizeof(gpointer), compare_insns);
    }
    for (guint i = 0; ok && i < n; i++) {
        struct merge_insn *insn = sorted[i];
        ok = !rows->written || join_stored(rows, query, insn);
        if (ok) {
            bind_insn(insert, insn);
            ok = sqlite3_step(insert) == SQLITE_DONE;
            sqlite3_reset(insert);
        }
    }
    sqlite3_finalize(query);
    sqlite3_finalize(insert);
    return ok;
}

static bool write_all(struct merge_rows *rows)
{
    bool ok = rows->written ||
              sqlite3_exec(rows->db,
                           "CREATE TEMP TABLE merged_mapping(process, module, start, end_, bias,"
                           " PRIMARY KEY(process, module, start, end_, bias)) WITHOUT ROWID",
                           NULL, NULL, NULL) == SQLITE_OK;

    ok = ok && write_insns(rows);
    for (size_t i = 0; ok && i < N_COUNTED; i++) {
        ok = write_counted(rows, i);
    }
    rows->written = true;
    clear(rows);
    start(rows);
    return ok;
}

static bool make_room(struct merge_rows *rows)
{
    size_t used = rows->string_bytes + g_hash_table_size(rows->insns) * INSN_BYTES;

    for (size_t i = 0; i < N_COUNTED; i++) {
        used += tally_bytes(&rows->tallies[i]);
    }
    return used <= rows->buffer_bytes || write_all(rows);
}

/* --- from a profile to memory -------------------------------------------------- */

static bool map_id(const GArray *map, int64_t *id)
{
    guint low = 0, high = map->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct merge_pair *pair = &g_array_index(map, struct merge_pair, middle);
        if (pair->from == *id) {
            *id = pair->to;
            return true;
        }
        if (pair->from < *id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static bool known_kind(const struct merge_plan *plan, int64_t kind)
{
    return (kind >= 0 && kind < CFLOW_N_KINDS) || g_hash_table_contains(plan->kinds, &kind);
}

static int64_t cause_number(struct merge_rows *rows, const char *text)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(rows->causes, text));

    if (!number) {
        char *kept = (char *)keep(rows, text);
        g_ptr_array_add(rows->cause_texts, kept);
        number = rows->cause_texts->len;
        g_hash_table_insert(rows->causes, kept, GUINT_TO_POINTER(number));
    }
    return (int64_t)number - 1;
}

/* One row as numbers, with the result's; false if it makes no sense. */
static bool read_counted(struct merge_rows *rows, const struct counted *c, sqlite3_stmt *s,
                         const GArray *modules, const GArray *processes, int64_t *row)
{
    for (int i = 0; i < (int)(c->n_keys + c->n_values); i++) {
        if (i == c->text) {
            const char *text = (const char *)sqlite3_column_text(s, i);
            if (!text || sqlite3_column_bytes(s, i) > MAX_TEXT) {
                return false;
            }
            row[i] = cause_number(rows, text);
            continue;
        }
        if (sqlite3_column_type(s, i) != SQLITE_INTEGER) {
            return false;
        }
        row[i] = sqlite3_column_int64(s, i);
        if (i >= (int)c->n_keys && row[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (c->module[i] >= 0 && !map_id(modules, &row[c->module[i]])) {
            return false;
        }
    }
    return map_id(processes, &row[c->process]) &&
           (c->kind < 0 || known_kind(rows->plan, row[c->kind]));
}

/* Sums that meta has. */
static bool add_to_sums(struct merge_rows *rows, size_t which, const int64_t *row)
{
    if (which == BLOCK) {
        return !__builtin_add_overflow(rows->blocks_run, row[6], &rows->blocks_run);
    }
    if (which == EDGE && row[5] == CFLOW_UNEXPLAINED) {
        return !__builtin_add_overflow(rows->unexplained, row[7], &rows->unexplained);
    }
    return true;
}

static bool take_counted(struct merge_rows *rows, size_t which, cflow_profile *profile,
                         const GArray *modules, const GArray *processes, GError **error)
{
    const struct counted *c = &counted[which];
    sqlite3_stmt *s = cflow_profile_statement(profile, c->select, error);
    int64_t row[MAX_COLUMNS];
    int rc;

    if (!s) {
        return false;
    }
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (!read_counted(rows, c, s, modules, processes, row)) {
            g_autofree char *what = g_strdup_printf("a row of %s that makes no sense", c->name);
            return cflow_profile_damaged(profile, what, error);
        }
        if (!tally_add(&rows->tallies[which], row) || !add_to_sums(rows, which, row)) {
            return merge_too_large(profile, error);
        }
        if (!make_room(rows)) {
            return false;
        }
    }
    return rc == SQLITE_DONE || cflow_profile_sqlite_error(profile, error);
}

static void add_insn(struct merge_rows *rows, const struct merge_insn *insn)
{
    struct merge_insn *known = g_hash_table_lookup(rows->insns, insn);

    if (!known) {
        known = g_memdup2(insn, sizeof(*insn));
        known->class = keep(rows, insn->class);
        known->disasm = keep(rows, insn->disasm);
        known->symbol = keep(rows, insn->symbol);
        g_hash_table_add(rows->insns, known);
        return;
    }
    struct merge_insn joined = *known;
    if (merge_insn_join(&joined, insn)) {
        note_change(rows, insn->module);
    }
    /* Texts that win have to outlive the statement. */
    joined.class = joined.class == known->class ? known->class : keep(rows, joined.class);
    joined.disasm = joined.disasm == known->disasm ? known->disasm : keep(rows, joined.disasm);
    joined.symbol = joined.symbol == known->symbol ? known->symbol : keep(rows, joined.symbol);
    *known = joined;
}

static bool take_insns(struct merge_rows *rows, cflow_profile *profile, const GArray *modules,
                       GError **error)
{
    static const char sql[] =
        "SELECT module, offset, class, target, bytes, disasm, symbol, flags FROM insn";
    sqlite3_stmt *s = cflow_profile_statement(profile, sql, error);
    int rc;

    if (!s) {
        return false;
    }
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct merge_insn insn = {.module = sqlite3_column_int64(s, 0),
                                  .offset = sqlite3_column_int64(s, 1)};
        if (sqlite3_column_type(s, 0) != SQLITE_INTEGER ||
            sqlite3_column_type(s, 1) != SQLITE_INTEGER || !map_id(modules, &insn.module) ||
            !read_insn(s, 2, &insn)) {
            return cflow_profile_damaged(profile, "a row of insn that makes no sense", error);
        }
        add_insn(rows, &insn);
        if (!make_room(rows)) {
            return false;
        }
    }
    return rc == SQLITE_DONE || cflow_profile_sqlite_error(profile, error);
}

bool merge_rows_take(struct merge_rows *rows, cflow_profile *profile, const GArray *modules,
                     const GArray *processes, GError **error)
{
    if (!take_insns(rows, profile, modules, error)) {
        return false;
    }
    for (size_t i = 0; i < N_COUNTED; i++) {
        if (!take_counted(rows, i, profile, modules, processes, error)) {
            return false;
        }
    }
    return true;
}

/* SQLite adds as real numbers what becomes too large for an integer. */
static bool check_sums(struct merge_rows *rows, GError **error)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM edge WHERE typeof(count) <> 'integer') +"
        " (SELECT count(*) FROM block WHERE typeof(entered) <> 'integer'"
        "  OR typeof(completed) <> 'integer') +"
        " (SELECT count(*) FROM discontinuity WHERE typeof(count) <> 'integer'"
        "  OR typeof(returned) <> 'integer' OR typeof(instructions) <> 'integer')";
    sqlite3_stmt *s = NULL;
    bool read = sqlite3_prepare_v2(rows->db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW;
    bool ok = read && sqlite3_column_int64(s, 0) == 0;

    if (read && !ok) {
        g_set_error_literal(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_CORRUPT,
                            "a count becomes too large (2^63): merge fewer profiles");
    }
    sqlite3_finalize(s);
    return ok;
}

bool merge_rows_finish(struct merge_rows *rows, GError **error)
{
    bool before = rows->written;

    return write_all(rows) &&
           sqlite3_exec(rows->db,
                        "INSERT INTO mapping SELECT * FROM merged_mapping ORDER BY 1, 2, 3, 4, 5;"
                        "DROP TABLE merged_mapping",
                        NULL, NULL, NULL) == SQLITE_OK &&
           (!before || check_sums(rows, error));
}
