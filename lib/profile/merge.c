/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every input is read twice: first its small tables, which tell how many
 * modules and processes the result has and what their numbers are, then its
 * rows.  So one file at a time is open, and the result does not depend on
 * their order.
 */
#include "lib/profile/merge.h"

#include <sqlite3.h>
#include <string.h>

#include "lib/profile/merge-internal.h"
#include "lib/profile/store.h"

struct merge {
    const char *const *inputs;
    size_t n;
    const struct cflow_merge_options *options;
    struct merge_plan *plan;
};

static bool make_plan(struct merge *merge, GError **error)
{
    for (size_t i = 0; i < merge->n; i++) {
        g_autoptr(cflow_profile) profile = cflow_profile_open(merge->inputs[i], error);
        if (!profile || !merge_plan_add(merge->plan, profile, i, error)) {
            return false;
        }
    }
    merge_plan_finish(merge->plan);
    return true;
}

static bool take(struct merge *merge, size_t i, struct merge_rows *rows, GError **error)
{
    g_autoptr(cflow_profile) profile = cflow_profile_open(merge->inputs[i], error);
    g_autoptr(GArray) modules = NULL;
    g_autoptr(GArray) processes = NULL;

    return profile && merge_plan_maps(merge->plan, profile, i, &modules, &processes, error) &&
           merge_rows_take(rows, profile, modules, processes, error);
}

static bool fill(sqlite3 *db, void *data, GError **error)
{
    struct merge *merge = data;
    struct merge_rows *rows = merge_rows_new(merge->plan, db, merge->options->buffer_bytes);
    bool ok = true;

    for (size_t i = 0; ok && i < merge->n; i++) {
        ok = take(merge, i, rows, error);
    }
    ok = ok && merge_rows_finish(rows, error) &&
         merge_plan_write(merge->plan, db, merge->options, merge_rows_blocks_run(rows),
                          merge_rows_unexplained(rows));
    merge_rows_free(rows);
    return ok;
}

static void G_GNUC_PRINTF(2, 3) warn(GPtrArray *warnings, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Two modules of one path: the file was another one at another time. */
static void warn_of_builds(const struct merge_plan *plan, GPtrArray *warnings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < plan->module_list->len; i++) {
        const struct merge_module *m = g_ptr_array_index(plan->module_list, i);
        const struct merge_module *other = g_hash_table_lookup(seen, m->path);
        if (strcmp(m->kind, "elf") != 0 && strcmp(m->kind, "vdso") != 0) {
            continue;
        }
        if (!other) {
            g_hash_table_insert(seen, m->path, (gpointer)m);
        } else if (g_strcmp0(m->build_id, other->build_id) != 0) {
            warn(warnings,
                 "%s has build-id %s in some profiles and %s in others: kept as two modules",
                 m->path, other->build_id ? other->build_id : "none",
                 m->build_id ? m->build_id : "none");
        }
    }
}

static void warn_of_changes(const struct merge_plan *plan, GPtrArray *warnings)
{
    for (guint i = 0; i < plan->module_list->len; i++) {
        const struct merge_module *m = g_ptr_array_index(plan->module_list, i);
        if (m->changed && !m->build_id &&
            (strcmp(m->kind, "elf") == 0 || strcmp(m->kind, "file") == 0)) {
            warn(warnings,
                 "%s has no build-id, and not the same instructions in all profiles: counts of "
                 "different builds may be mixed",
                 m->path);
        }
    }
}

bool cflow_merge(const char *const *inputs, size_t n, const char *out,
                 const struct cflow_merge_options *options, GPtrArray *warnings, GError **error)
{
    g_autoptr(merge_plan) plan = merge_plan_new(options->keep_processes);
    struct merge merge = {inputs, n, options, plan};
    struct cflow_store *store;

    cflow_store_maker *create = options->create ? options->create : cflow_store_create;

    if (!make_plan(&merge, error) || !create(out, &store, error)) {
        return false;
    }
    bool ok = cflow_store_commit_with(store, fill, &merge, error);
    cflow_store_destroy(store);
    if (ok) {
        warn_of_builds(plan, warnings);
        warn_of_changes(plan, warnings);
        if (plan->has_flights) {
            warn(warnings, "what led to faults (record --last) is not kept");
        }
        if (plan->incomplete) {
            warn(warnings,
                 "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                 " profiles %s incomplete: so is the result",
                 plan->incomplete, plan->profiles, plan->incomplete == 1 ? "is" : "are");
        }
    }
    return ok;
}
