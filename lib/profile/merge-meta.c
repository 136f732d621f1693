/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sqlite3.h>
#include <string.h>

#include "lib/profile/merge-internal.h"

/* How values of one key of meta become one. */
enum rule {
    RULE_SAME, /* kept if all inputs have the same, else NULL */
    RULE_SUM,
    RULE_MOST,  /* the greatest number */
    RULE_LEAST, /* the first in alphabetical order */
    RULE_MIXED, /* as RULE_SAME, but "mixed" */
    RULE_ZERO,  /* as RULE_SAME, but 0 */
    RULE_NOTES, /* the phrases of all, numbers added up */
    RULE_OURS,  /* not taken from inputs: see merge_plan_write() */
};

static const struct {
    const char *key;
    enum rule rule;
} rules[] = {
    {"beyond_limit", RULE_SUM},
    {"blocks_run", RULE_OURS},
    {"callbacks", RULE_SUM},
    {"checkpoint_cpu_us", RULE_SUM},
    {"checkpoint_max_us", RULE_MOST},
    {"checkpoint_stop_us", RULE_SUM},
    {"checkpoints", RULE_SUM},
    {"complete", RULE_OURS},
    {"duration_ms", RULE_SUM},
    {"engine", RULE_MIXED},
    {"exact", RULE_OURS},
    {"exact_except", RULE_OURS},
    {"exact_note", RULE_OURS},
    {"exec_note", RULE_NOTES},
    {"exec_unrecorded", RULE_SUM},
    {"explicit_branches", RULE_SUM},
    {"memory_bytes", RULE_SUM},
    {"merged_incomplete", RULE_OURS},
    {"merged_profiles", RULE_OURS},
    {"narrowed", RULE_MIXED},
    {"plugin_api", RULE_ZERO},
    {"recording_bytes", RULE_SUM},
    {"residual", RULE_OURS},
    {"started", RULE_LEAST},
    {"tool_version", RULE_OURS},
    {"transfers", RULE_OURS},
    {"unexplained", RULE_OURS},
};

struct meta {
    char *text; /* NULL: NULL */
    bool is_integer;
    int64_t sum; /* or the greatest */
    bool has_sum;
    size_t n; /* inputs that have the key */
};

static enum rule rule_of(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].key, key) == 0) {
            return rules[i].rule;
        }
    }
    return RULE_SAME;
}

void merge_meta_free(gpointer data)
{
    struct meta *meta = data;

    g_free(meta->text);
    g_free(meta);
}

/* "3 unexplained" and "4 unexplained" become "7 unexplained". */
static void add_note(GHashTable *notes, const char *phrase)
{
    size_t before = strcspn(phrase, "0123456789");
    const char *digits = phrase + before;
    const char *after = digits + strspn(digits, "0123456789");
    g_autofree char *key =
        after > digits ? g_strdup_printf("%.*s#%s", (int)before, phrase, after) : g_strdup(phrase);
    int64_t *sum = g_hash_table_lookup(notes, key);

    if (!*phrase) {
        return;
    }
    if (!sum) {
        sum = g_new0(int64_t, 1);
        g_hash_table_insert(notes, g_steal_pointer(&key), sum);
    }
    if (__builtin_add_overflow(*sum, g_ascii_strtoll(digits, NULL, 10), sum)) {
        *sum = INT64_MAX;
    }
}

static void add_notes(GHashTable *notes, const char *text)
{
    g_auto(GStrv) phrases = g_strsplit(text ? text : "", ", ", 100);

    for (char **phrase = phrases; *phrase; phrase++) {
        add_note(notes, *phrase);
    }
}

static char *note_text(GHashTable *notes)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(notes), (GCompareFunc)strcmp);

    for (const GList *at = keys; at; at = at->next) {
        const char *key = at->data, *hash = strchr(key, '#');
        int64_t sum = *(const int64_t *)g_hash_table_lookup(notes, key);
        g_ptr_array_add(parts, hash ? g_strdup_printf("%.*s%" G_GINT64_FORMAT "%s",
                                                      (int)(hash - key), key, sum, hash + 1)
                                    : g_strdup(key));
    }
    g_ptr_array_add(parts, NULL);
    return g_strjoinv(", ", (char **)parts->pdata);
}

static void add_meta(struct merge_plan *plan, const struct cflow_meta *m)
{
    struct meta *meta = g_hash_table_lookup(plan->metas, m->key);
    const char *value = m->value[0] ? m->value : NULL; /* NULL reads as empty */
    gint64 number;

    if (!meta) {
        meta = g_new0(struct meta, 1);
        meta->text = g_strdup(value);
        meta->is_integer = m->is_integer;
        g_hash_table_insert(plan->metas, g_strdup(m->key), meta);
    }
    meta->n++;
    switch (rule_of(m->key)) {
    case RULE_SUM:
        if (m->is_integer && g_ascii_string_to_signed(m->value, 10, 0, G_MAXINT64, &number, NULL)) {
            meta->has_sum = true;
            if (__builtin_add_overflow(meta->sum, number, &meta->sum)) {
                meta->sum = INT64_MAX;
            }
        }
        break;
    case RULE_MOST:
        if (m->is_integer && g_ascii_string_to_signed(m->value, 10, 0, G_MAXINT64, &number, NULL)) {
            meta->has_sum = true;
            meta->sum = MAX(meta->sum, number);
        }
        break;
    case RULE_LEAST:
        if (value && (!meta->text || strcmp(value, meta->text) < 0)) {
            g_free(meta->text);
            meta->text = g_strdup(value);
        }
        break;
    default:
        if (g_strcmp0(meta->text, value) != 0) {
            g_clear_pointer(&meta->text, g_free);
        }
        break;
    }
}

/* "arm" and "user" have to be one for all. */
static bool check_same(cflow_profile *profile, const char *key, char **known,
                       const struct merge_plan *plan, GError **error)
{
    const char *value = cflow_profile_meta(profile, key);

    if (!value) {
        return cflow_profile_damaged(profile, "it does not say of what it is a profile", error);
    }
    if (!*known) {
        *known = g_strdup(value);
    } else if (strcmp(*known, value) != 0) {
        g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT,
                    "%s: its %s is %s, that of %s is %s: merge only profiles of the same",
                    cflow_profile_path(profile), key, value, plan->first_path, *known);
        return false;
    }
    return true;
}

/* Numbers of steps order one recording only, and so are not merged. */
static bool has_flights(cflow_profile *profile)
{
    sqlite3_stmt *s = cflow_profile_statement(profile, "SELECT 1 FROM flight LIMIT 1", NULL);
    bool any = s && sqlite3_step(s) == SQLITE_ROW; /* the first profiles have no such table */

    if (s) {
        sqlite3_reset(s);
    }
    return any;
}

bool merge_meta_add(struct merge_plan *plan, cflow_profile *profile, GError **error)
{
    size_t n;
    const struct cflow_meta *metas = cflow_profile_metas(profile, &n);
    bool complete = cflow_profile_meta_int(profile, "complete", 0) == 1;
    int64_t incomplete = cflow_profile_meta_int(profile, "merged_incomplete", -1);
    int64_t except = cflow_profile_meta_int(profile, "exact_except", -1);

    if (!check_same(profile, "isa", &plan->isa, plan, error) ||
        !check_same(profile, "mode", &plan->mode, plan, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        add_meta(plan, &metas[i]);
    }
    add_notes(plan->notes, cflow_profile_meta(profile, "exact_note"));
    add_notes(plan->exec_notes, cflow_profile_meta(profile, "exec_note"));
    plan->has_flights = plan->has_flights || has_flights(profile);
    if (incomplete < 0) {
        incomplete = !complete;
        add_note(plan->notes, complete ? "" : "incomplete profiles: 1");
    }
    if (except < 0) { /* of a version that did not write it */
        except = cflow_profile_meta_int(profile, "unexplained", 0) +
                 cflow_profile_meta_int(profile, "residual", 0);
    }
    int64_t profiles = MAX(cflow_profile_meta_int(profile, "merged_profiles", 1), 1);
    plan->complete = plan->complete && complete;
    plan->exact = plan->exact && cflow_profile_meta_int(profile, "exact", 0) == 1;
    if (except < 0 || __builtin_add_overflow(plan->exact_except, except, &plan->exact_except) ||
        __builtin_add_overflow(plan->incomplete, incomplete, &plan->incomplete) ||
        __builtin_add_overflow(plan->profiles, profiles, &plan->profiles)) {
        return cflow_profile_damaged(profile, "numbers that make no sense", error);
    }
    return true;
}

/* --- writing ------------------------------------------------------------------ */

static bool put(sqlite3_stmt *s, const char *key, const char *text, const int64_t *number)
{
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (number) {
        sqlite3_bind_int64(s, 2, *number);
    } else {
        sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC); /* NULL becomes NULL */
    }
    bool ok = sqlite3_step(s) == SQLITE_DONE;
    sqlite3_reset(s);
    return ok;
}

static bool put_merged(const struct merge_plan *plan, sqlite3_stmt *s, const char *key,
                       const struct meta *meta)
{
    bool everywhere = meta->n == plan->n_inputs;
    const char *text = everywhere ? meta->text : NULL;
    int64_t number = text ? g_ascii_strtoll(text, NULL, 10) : 0;

    switch (rule_of(key)) {
    case RULE_OURS:
        return true;
    case RULE_NOTES: {
        g_autofree char *notes = note_text(plan->exec_notes);
        return put(s, key, notes, NULL);
    }
    case RULE_SUM:
    case RULE_MOST:
        return put(s, key, NULL, meta->has_sum ? &meta->sum : NULL);
    case RULE_MIXED:
        return put(s, key, text ? text : "mixed", NULL);
    case RULE_ZERO:
        return put(s, key, NULL, &number);
    case RULE_LEAST:
        return put(s, key, meta->text, NULL);
    default:
        return put(s, key, text, meta->is_integer && text ? &number : NULL);
    }
}

bool merge_meta_write(const struct merge_plan *plan, sqlite3 *db,
                      const struct cflow_merge_options *options, int64_t blocks_run,
                      int64_t unexplained)
{
    g_autofree char *note = note_text(plan->notes);
    int64_t exact = plan->exact, complete = plan->complete;
    sqlite3_stmt *s = NULL;
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(plan->metas), (GCompareFunc)strcmp);
    bool ok = sqlite3_prepare_v2(db, "INSERT INTO meta VALUES(?, ?)", -1, &s, NULL) == SQLITE_OK;

    const struct {
        const char *key;
        const int64_t *number;
    } ours[] = {
        {"blocks_run", &blocks_run},
        {"complete", &complete},
        {"exact", &exact},
        {"exact_except", &plan->exact_except},
        {"merged_incomplete", &plan->incomplete},
        {"merged_profiles", &plan->profiles},
        {"residual", &plan->residual},
        {"transfers", &plan->transfers},
        {"unexplained", &unexplained},
    };
    for (size_t i = 0; ok && i < G_N_ELEMENTS(ours); i++) {
        ok = put(s, ours[i].key, NULL, ours[i].number);
    }
    ok = ok && put(s, "exact_note", note, NULL) &&
         put(s, "tool_version", options->tool_version, NULL);
    /* In an order of their own: the file is the same, too, whatever the order of inputs. */
    for (const GList *at = keys; ok && at; at = at->next) {
        ok = put_merged(plan, s, at->data, g_hash_table_lookup(plan->metas, at->data));
    }
    sqlite3_finalize(s);
    return ok;
}
