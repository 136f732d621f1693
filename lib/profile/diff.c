/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What can be compared of a module. */
enum match {
    MATCH_SAME,    /* addresses */
    MATCH_ALONE,   /* the other profile has nothing of that path */
    MATCH_REBUILT, /* same path, another build: names */
    MATCH_CODE,    /* generated code: its total */
};

struct module_state {
    const struct cflow_module *module;
    enum match match;
    int64_t common; /* number that both profiles share */
    bool named;     /* some of its code has a name */
};

struct comparison {
    cflow_profile *const *profile;
    const cflow_flow *const *flow;
    const struct cflow_diff_options *options;
    cflow_diff *diff;
    GArray *modules[CFLOW_DIFF_SIDES];       /* struct module_state, sorted by id */
    GHashTable *functions[CFLOW_DIFF_SIDES]; /* "path\nname" -> struct function */
};

/* --- modules ------------------------------------------------------------------ */

static bool is_generated(const struct cflow_module *m)
{
    return strcmp(m->kind, "anon") == 0;
}

static char *identity(const struct cflow_module *m)
{
    return g_strdup_printf("%s %s\n%s", m->kind, m->build_id ? m->build_id : "-", m->path);
}

/* Numbers that are the same for the same module. */
static void number_modules(struct comparison *c)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        size_t n;
        const struct cflow_module *modules = cflow_profile_modules(c->profile[side], &n);
        c->modules[side] = g_array_new(FALSE, TRUE, sizeof(struct module_state));
        for (size_t i = 0; i < n; i++) {
            struct module_state state = {.module = &modules[i]};
            g_autofree char *key = identity(&modules[i]);
            gpointer known = g_hash_table_lookup(ids, key);
            if (!known) {
                known = GUINT_TO_POINTER(g_hash_table_size(ids) + 1);
                g_hash_table_insert(ids, g_steal_pointer(&key), known);
            }
            state.common = GPOINTER_TO_UINT(known);
            g_array_append_val(c->modules[side], state);
        }
    }
}

static struct module_state *state_at(const struct comparison *c, int side, guint i)
{
    return &g_array_index(c->modules[side], struct module_state, i);
}

/* By id: they are sorted. */
static struct module_state *state_of(const struct comparison *c, int side, int64_t id)
{
    guint low = 0, high = c->modules[side]->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        struct module_state *state = state_at(c, side, middle);
        if (state->module->id == id) {
            return state;
        }
        if (state->module->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL; /* cflow_query() has seen to it that this cannot be */
}

static void match_modules(struct comparison *c)
{
    number_modules(c);
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        g_autoptr(GHashTable) common = g_hash_table_new(NULL, NULL);
        g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < c->modules[!side]->len; i++) {
            const struct module_state *other = state_at(c, !side, i);
            g_hash_table_add(common, GSIZE_TO_POINTER(other->common));
            g_hash_table_add(paths, (gpointer)other->module->path);
        }
        for (guint i = 0; i < c->modules[side]->len; i++) {
            struct module_state *state = state_at(c, side, i);
            state->match = is_generated(state->module) ? MATCH_CODE
                           : g_hash_table_contains(common, GSIZE_TO_POINTER(state->common))
                               ? MATCH_SAME
                           : g_hash_table_contains(paths, state->module->path) ? MATCH_REBUILT
                                                                               : MATCH_ALONE;
        }
    }
}

static void G_GNUC_PRINTF(2, 3) note(struct comparison *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(c->diff->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

static void note_modules(struct comparison *c)
{
    bool generated = false;

    for (guint i = 0; i < c->modules[CFLOW_DIFF_B]->len; i++) {
        const struct module_state *state = state_at(c, CFLOW_DIFF_B, i);
        if (state->match == MATCH_REBUILT) {
            note(c, "%s was built anew: only counts of functions are compared",
                 state->module->path);
        }
        generated = generated || state->match == MATCH_CODE;
    }
    if (generated) {
        note(c, "of generated code only the total is compared");
    }
}

/* --- edges and branches --------------------------------------------------------- */

/* An edge or a site with the numbers that both profiles share. */
struct shared {
    int64_t module[2];
    uint64_t offset[2];
    int kind;
    const void *what;
};

static int compare_shared(const void *x, const void *y)
{
    const struct shared *a = x, *b = y;

    for (int i = 0; i < 2; i++) {
        if (a->module[i] != b->module[i]) {
            return a->module[i] < b->module[i] ? -1 : 1;
        }
        if (a->offset[i] != b->offset[i]) {
            return a->offset[i] < b->offset[i] ? -1 : 1;
        }
    }
    return a->kind - b->kind;
}

static void sort_shared(GArray *list)
{
    if (list->len) { /* qsort() takes no NULL, which the data of an empty array is */
        qsort(list->data, list->len, sizeof(struct shared), compare_shared);
    }
}

static bool has_addresses(const struct module_state *state)
{
    return state->match == MATCH_SAME || state->match == MATCH_ALONE;
}

static GArray *share_edges(const struct comparison *c, int side)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(struct shared));
    const cflow_flow *flow = c->flow[side];

    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *e = &flow->edges[i];
        const struct module_state *from = state_of(c, side, e->src_module);
        const struct module_state *to = state_of(c, side, e->dst_module);
        if ((CFLOW_BRANCH_KINDS & CFLOW_KIND_BIT(e->kind)) && has_addresses(from) &&
            has_addresses(to)) {
            struct shared shared = {{from->common, to->common}, {e->src, e->dst}, (int)e->kind, e};
            g_array_append_val(list, shared);
        }
    }
    sort_shared(list);
    return list;
}

static GArray *share_sites(const struct comparison *c, int side)
{
    const cflow_kinds conditional = CFLOW_KIND_BIT(CFLOW_TAKEN) | CFLOW_KIND_BIT(CFLOW_NOT_TAKEN);
    GArray *list = g_array_new(FALSE, TRUE, sizeof(struct shared));
    const cflow_flow *flow = c->flow[side];

    for (size_t i = 0; i < flow->n_sites; i++) {
        const struct cflow_site *site = &flow->sites[i];
        const struct module_state *module = state_of(c, side, site->module);
        if ((site->kinds & conditional) && module->match == MATCH_SAME) {
            struct shared shared = {{module->common, 0}, {site->offset, 0}, 0, site};
            g_array_append_val(list, shared);
        }
    }
    sort_shared(list);
    return list;
}

static void add_edge(struct comparison *c, int side, const struct shared *shared)
{
    struct cflow_diff_edge found = {side, shared->what};

    if (found.edge->count >= c->options->min_count) {
        g_array_append_val(c->diff->edges, found);
    }
}

static double percent_taken(const struct cflow_site *site)
{
    return 100.0 * (double)site->taken / (double)site->total;
}

static double distance(const struct cflow_diff_branch *b)
{
    return ABS(b->taken[CFLOW_DIFF_A] - b->taken[CFLOW_DIFF_B]);
}

/* Whether the shares of @b are one share, thrown twice: see cflow_diff_options. */
static bool may_be_chance(const struct comparison *c, const struct cflow_diff_branch *b)
{
    double n[] = {(double)b->site[0]->total, (double)b->site[1]->total};
    double pooled = ((double)b->site[0]->taken + (double)b->site[1]->taken) / (n[0] + n[1]);
    double deviation = 100 * sqrt(MAX(pooled * (1 - pooled), 0) * (1 / n[0] + 1 / n[1]));

    return distance(b) < c->options->deviations * deviation;
}

static void add_branch(struct comparison *c, const struct shared *a, const struct shared *b)
{
    struct cflow_diff_branch found = {.site = {a->what, b->what}};
    int64_t least = MAX(c->options->min_count, 1);

    if (found.site[0]->total < least || found.site[1]->total < least) {
        return;
    }
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        found.taken[side] = percent_taken(found.site[side]);
    }
    if (distance(&found) > 0 && distance(&found) >= c->options->threshold &&
        !may_be_chance(c, &found)) {
        g_array_append_val(c->diff->branches, found);
    }
}

/* Walks two sorted lists side by side. */
static void walk(struct comparison *c, GArray *const lists[CFLOW_DIFF_SIDES],
                 void (*only)(struct comparison *c, int side, const struct shared *shared),
                 void (*both)(struct comparison *c, const struct shared *a, const struct shared *b))
{
    const struct shared *a = (const struct shared *)lists[0]->data;
    const struct shared *b = (const struct shared *)lists[1]->data;

    for (guint i = 0, k = 0; i < lists[0]->len || k < lists[1]->len;) {
        int order = i == lists[0]->len ? 1 : k == lists[1]->len ? -1 : compare_shared(&a[i], &b[k]);
        if (order == 0 && both) {
            both(c, &a[i], &b[k]);
        } else if (order != 0 && only) {
            only(c, order < 0 ? CFLOW_DIFF_A : CFLOW_DIFF_B, order < 0 ? &a[i] : &b[k]);
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* --- functions -------------------------------------------------------------------- */

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void add_to_function(struct comparison *c, int side, const char *path, const char *name,
                            int64_t count)
{
    g_autofree char *key = g_strdup_printf("%s\n%s", path, name ? name : "");
    struct cflow_diff_function *function = g_hash_table_lookup(c->functions[side], key);

    if (!function) {
        function = g_new0(struct cflow_diff_function, 1);
        function->module = g_string_chunk_insert_const(c->diff->strings, path);
        function->name = name ? g_string_chunk_insert_const(c->diff->strings, name) : NULL;
        g_hash_table_insert(c->functions[side], g_steal_pointer(&key), function);
    }
    function->count[side] = add_saturated(function->count[side], count);
}

/* Names that are made from an address do not outlive a build. */
static bool is_address_name(const char *name)
{
    return g_str_has_prefix(name, "fn_");
}

static const char *name_of(struct comparison *c, int side, struct module_state *module,
                           const struct cflow_edge *e)
{
    const char *name = module->match == MATCH_CODE
                           ? NULL
                           : c->options->name(c->options->data, side, e->src_module, e->src);

    if (name && module->match == MATCH_REBUILT && is_address_name(name)) {
        name = NULL;
    }
    module->named = module->named || name;
    return name;
}

static void count_functions(struct comparison *c, int side)
{
    const struct cflow_edge *last = NULL; /* the one that name is of */
    const char *name = NULL;

    for (size_t i = 0; i < c->flow[side]->n_edges; i++) {
        const struct cflow_edge *e = &c->flow[side]->edges[i];
        struct module_state *module = state_of(c, side, e->src_module);
        if (e->src_module == CFLOW_MODULE_OUTSIDE ||
            (CFLOW_ARTEFACT_KINDS & CFLOW_KIND_BIT(e->kind))) {
            continue;
        }
        if (!last || e->src != last->src || e->src_module != last->src_module) {
            name = name_of(c, side, module, e);
            last = e;
        }
        add_to_function(c, side,
                        module->match == MATCH_CODE ? "[generated code]" : module->module->path,
                        name, e->count);
    }
}

/* Where one build has names and the other none, only totals can be compared. */
static void forget_names(struct comparison *c)
{
    g_autoptr(GHashTable) unnamed = g_hash_table_new(g_str_hash, g_str_equal);

    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        for (guint i = 0; i < c->modules[side]->len; i++) {
            const struct module_state *state = state_at(c, side, i);
            if (state->match == MATCH_REBUILT && !state->named) {
                g_hash_table_add(unnamed, (gpointer)state->module->path);
            }
        }
    }
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        g_autoptr(GPtrArray) totals = g_ptr_array_new_with_free_func(g_free);
        GHashTableIter iter;
        gpointer value;
        g_hash_table_iter_init(&iter, c->functions[side]);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            const struct cflow_diff_function *f = value;
            if (f->name && g_hash_table_contains(unnamed, f->module)) {
                g_ptr_array_add(totals, g_memdup2(f, sizeof(*f)));
                g_hash_table_iter_remove(&iter);
            }
        }
        for (guint i = 0; i < totals->len; i++) {
            const struct cflow_diff_function *f = g_ptr_array_index(totals, i);
            add_to_function(c, side, f->module, NULL, f->count[side]);
        }
    }
}

static int64_t difference(const struct cflow_diff_function *f)
{
    return ABS(f->count[CFLOW_DIFF_B] - f->count[CFLOW_DIFF_A]); /* both are >= 0 */
}

static void add_function(struct comparison *c, const struct cflow_diff_function *f)
{
    double share = (double)f->count[CFLOW_DIFF_A] * c->options->threshold / 100;
    double sum = (double)f->count[CFLOW_DIFF_A] + (double)f->count[CFLOW_DIFF_B];
    double chance = c->options->deviations * sqrt(sum);

    if (difference(f) > 0 && difference(f) >= c->options->min_count &&
        (double)difference(f) >= MAX(share, chance)) {
        g_array_append_val(c->diff->functions, *f);
    }
}

static void compare_functions(struct comparison *c)
{
    GHashTableIter iter;
    gpointer key, value;

    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        count_functions(c, side);
    }
    forget_names(c);
    g_hash_table_iter_init(&iter, c->functions[CFLOW_DIFF_A]);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        struct cflow_diff_function *f = value;
        const struct cflow_diff_function *other =
            g_hash_table_lookup(c->functions[CFLOW_DIFF_B], key);
        f->count[CFLOW_DIFF_B] = other ? other->count[CFLOW_DIFF_B] : 0;
        add_function(c, f);
    }
    g_hash_table_iter_init(&iter, c->functions[CFLOW_DIFF_B]);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (!g_hash_table_contains(c->functions[CFLOW_DIFF_A], key)) {
            add_function(c, value);
        }
    }
}

/* --- all ----------------------------------------------------------------------------- */

/* Equal ones stay in the order of their addresses, side A first. */
static int compare_found_edges(const void *x, const void *y)
{
    const struct cflow_diff_edge *a = x, *b = y;

    if (a->edge->count != b->edge->count) {
        return a->edge->count > b->edge->count ? -1 : 1;
    }
    if (a->side != b->side) {
        return a->side - b->side;
    }
    return a->edge == b->edge ? 0 : a->edge < b->edge ? -1 : 1;
}

static int compare_found_branches(const void *x, const void *y)
{
    const struct cflow_diff_branch *a = x, *b = y;
    double left = distance(a), right = distance(b);

    if (left != right) {
        return left > right ? -1 : 1;
    }
    if (a->site[0]->total != b->site[0]->total) {
        return a->site[0]->total > b->site[0]->total ? -1 : 1;
    }
    return a->site[0] == b->site[0] ? 0 : a->site[0] < b->site[0] ? -1 : 1;
}

static int compare_found_functions(const void *x, const void *y)
{
    const struct cflow_diff_function *a = x, *b = y;
    int order = strcmp(a->module, b->module);

    if (difference(a) != difference(b)) {
        return difference(a) > difference(b) ? -1 : 1;
    }
    return order ? order : g_strcmp0(a->name, b->name);
}

static bool check_same(cflow_profile *const profile[CFLOW_DIFF_SIDES], const char *key,
                       GError **error)
{
    const char *a = cflow_profile_meta(profile[CFLOW_DIFF_A], key);
    const char *b = cflow_profile_meta(profile[CFLOW_DIFF_B], key);

    if (g_strcmp0(a, b) == 0) {
        return true;
    }
    g_set_error(error, CFLOW_PROFILE_ERROR, CFLOW_PROFILE_ERROR_FORMAT,
                "%s: its %s is %s, that of %s is %s: only profiles of the same can be compared",
                cflow_profile_path(profile[CFLOW_DIFF_B]), key, b ? b : "not known",
                cflow_profile_path(profile[CFLOW_DIFF_A]), a ? a : "not known");
    return false;
}

static void compare_addresses(struct comparison *c)
{
    GArray *edges[CFLOW_DIFF_SIDES], *sites[CFLOW_DIFF_SIDES];

    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        edges[side] = share_edges(c, side);
        sites[side] = share_sites(c, side);
    }
    walk(c, edges, add_edge, NULL);
    walk(c, sites, NULL, add_branch);
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        g_array_unref(edges[side]);
        g_array_unref(sites[side]);
    }
}

cflow_diff *cflow_diff_new(cflow_profile *const profile[CFLOW_DIFF_SIDES],
                           const cflow_flow *const flow[CFLOW_DIFF_SIDES],
                           const struct cflow_diff_options *options, GError **error)
{
    g_autoptr(cflow_diff) diff = NULL;

    if (!check_same(profile, "isa", error) || !check_same(profile, "mode", error)) {
        return NULL;
    }
    diff = g_new0(cflow_diff, 1);
    diff->edges = g_array_new(FALSE, FALSE, sizeof(struct cflow_diff_edge));
    diff->branches = g_array_new(FALSE, FALSE, sizeof(struct cflow_diff_branch));
    diff->functions = g_array_new(FALSE, FALSE, sizeof(struct cflow_diff_function));
    diff->notes = g_ptr_array_new_with_free_func(g_free);
    diff->strings = g_string_chunk_new(4096);
    struct comparison c = {.profile = profile, .flow = flow, .options = options, .diff = diff};
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        c.functions[side] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    }
    match_modules(&c);
    note_modules(&c);
    compare_addresses(&c);
    compare_functions(&c);
    g_array_sort(diff->edges, compare_found_edges);
    g_array_sort(diff->branches, compare_found_branches);
    g_array_sort(diff->functions, compare_found_functions);
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        g_hash_table_unref(c.functions[side]);
        g_array_unref(c.modules[side]);
    }
    return g_steal_pointer(&diff);
}

void cflow_diff_free(cflow_diff *diff)
{
    if (diff) {
        g_array_unref(diff->edges);
        g_array_unref(diff->branches);
        g_array_unref(diff->functions);
        g_ptr_array_unref(diff->notes);
        g_string_chunk_free(diff->strings);
        g_free(diff);
    }
}

bool cflow_diff_is_same(const cflow_diff *diff)
{
    return diff->edges->len == 0 && diff->branches->len == 0 && diff->functions->len == 0;
}
