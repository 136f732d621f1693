/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts added up by function, file, module, ... */
#include <string.h>

#include "lib/profile/blocks.h"
#include "tool/report.h"

static void find_function(struct report *report, int64_t module, uint64_t offset,
                          struct report_key *key)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    key->module = module;
    key->name = place.symbol ? place.symbol : module == CFLOW_MODULE_OUTSIDE ? "[outside]" : NULL;
    key->offset = place.has_symbol_offset ? offset - place.symbol_offset : 0;
}

static void find_file(struct report *report, int64_t module, uint64_t offset,
                      struct report_key *key)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    key->module = -1;
    key->name = place.file;
}

static void find_module(struct report *report, int64_t module, uint64_t offset,
                        struct report_key *key)
{
    (void)offset;
    key->module = module;
    key->name = cflow_profile_module(report->profile, module)->path;
}

static void find_address(struct report *report, int64_t module, uint64_t offset,
                         struct report_key *key)
{
    (void)report;
    key->module = module;
    key->offset = offset;
}

static void find_privilege(struct report *report, int64_t module, uint64_t offset,
                           struct report_key *key)
{
    (void)module;
    (void)offset;
    key->module = -1;
    key->name = cflow_privilege_name(report->group);
}

static const struct report_by bys[] = {
    {"function", find_function, .has_module = true, .has_place = true},
    {"file", find_file},
    {"module", find_module, .has_module = true},
    {"branch", find_address, .has_module = true, .has_place = true, .of_branches = true},
    {"privilege", find_privilege, .of_privileges = true},
    {"block", find_address, .has_module = true, .has_place = true, .of_blocks = true},
};

const struct report_by *report_by_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bys); i++) {
        if (strcmp(bys[i].name, name) == 0) {
            return &bys[i];
        }
    }
    return NULL;
}

/* The groups while they are added up. */
struct adding {
    struct report *report;
    const struct report_by *by;
    struct report_filter *filter;
    cflow_kinds kinds;
    GHashTable *by_key; /* struct report_key -> struct report_group, which the array owns */
    GPtrArray *rows;
    struct report_group *last; /* of the address that was looked for last */
    int64_t last_module;
    uint64_t last_offset;
};

static guint hash_key(gconstpointer data)
{
    const struct report_key *key = data;
    uint64_t mixed = (key->offset + (uint64_t)key->module * 31) * UINT64_C(0x9e3779b97f4a7c15);

    return (guint)(mixed >> 32) ^ (key->name ? g_str_hash(key->name) : 0);
}

static gboolean equal_keys(gconstpointer pa, gconstpointer pb)
{
    const struct report_key *a = pa, *b = pb;

    return a->module == b->module && a->offset == b->offset && g_strcmp0(a->name, b->name) == 0;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;

    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static void free_group(gpointer data)
{
    struct report_group *group = data;

    g_free(group->name);
    g_free(group);
}

static struct report_group *new_group(struct adding *adding, const struct report_key *key)
{
    struct report_group *group = g_new0(struct report_group, 1);

    group->name = g_strdup(key->name);
    group->module = key->module;
    group->offset = key->offset;
    g_ptr_array_add(adding->rows, group);
    return group;
}

/* The group of an address; NULL if the filter holds it back. */
static struct report_group *group_of(struct adding *adding, int64_t module, uint64_t offset)
{
    struct report_key key = {0};

    if (module == adding->last_module && offset == adding->last_offset) {
        return adding->last;
    }
    adding->last_module = module;
    adding->last_offset = offset;
    adding->last = NULL;
    if (report_place_matches(adding->report, adding->filter, module, offset)) {
        adding->by->find(adding->report, module, offset, &key);
        adding->last = g_hash_table_lookup(adding->by_key, &key);
        if (!adding->last) {
            adding->last = new_group(adding, &key);
            g_hash_table_insert(adding->by_key, g_memdup2(&key, sizeof(key)), adding->last);
        }
    }
    return adding->last;
}

static void add_edges(struct adding *adding)
{
    const cflow_flow *flow = adding->report->flow;
    const cflow_kinds calls = CFLOW_KIND_BIT(CFLOW_CALL) | CFLOW_KIND_BIT(CFLOW_INDIRECT_CALL);
    struct report_group *group;

    for (size_t i = 0; i < flow->n_edges; i++) { /* sorted by source */
        const struct cflow_edge *edge = &flow->edges[i];
        bool wanted = (CFLOW_KIND_BIT(edge->kind) & adding->kinds) && edge->count > 0;
        if (wanted && (group = group_of(adding, edge->src_module, edge->src))) {
            group->transfers = plus(group->transfers, edge->count);
        }
    }
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        bool call = (CFLOW_KIND_BIT(edge->kind) & calls) && edge->count > 0;
        if (call && (group = group_of(adding, edge->dst_module, edge->dst))) {
            group->calls = plus(group->calls, edge->count);
        }
    }
    for (size_t i = 0; i < flow->n_sites; i++) {
        const struct cflow_site *site = &flow->sites[i];
        if ((site->kinds & adding->kinds) && site->total > 0 &&
            (group = group_of(adding, site->module, site->offset))) {
            group->sites++;
        }
    }
}

/* Each is a group of its own, but for the views of these it belongs to one. */
static void add_blocks(struct adding *adding, const GArray *blocks, int64_t *left_early)
{
    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *block = &g_array_index(blocks, struct cflow_block, i);
        struct report_group *group = NULL;
        struct report_key key = {.module = block->module, .offset = block->start};
        if (block->entered == 0) {
            continue;
        }
        if (!adding->by->of_blocks) {
            group = group_of(adding, block->module, block->start);
        } else if (report_place_matches(adding->report, adding->filter, block->module,
                                        block->start)) {
            group = new_group(adding, &key);
            group->transfers = block->entered;
        }
        if (group) {
            group->blocks = plus(group->blocks, block->entered);
            group->instructions = plus(group->instructions, times(block->completed, block->insns));
            *left_early = plus(*left_early, MAX(block->entered - block->completed, 0));
        }
    }
}

static int compare_groups(const void *pa, const void *pb)
{
    const struct report_group *a = *(const struct report_group *const *)pa;
    const struct report_group *b = *(const struct report_group *const *)pb;

    if (a->transfers != b->transfers) {
        return a->transfers > b->transfers ? -1 : 1;
    }
    if (a->instructions != b->instructions) {
        return a->instructions > b->instructions ? -1 : 1;
    }
    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    return g_strcmp0(a->name, b->name);
}

/* Names and lines of what has one place; a function's line is its declaration's. */
static void describe(struct report *report, const struct report_by *by, struct report_group *group)
{
    const struct cflow_module *module = cflow_profile_module(report->profile, group->module);
    const struct cflow_function *function;
    struct report_place place;

    if (!by->has_place || group->module == CFLOW_MODULE_OUTSIDE) {
        return;
    }
    if (!by->of_branches && !by->of_blocks) {
        function = group->name ? cflow_symbols_function_at(report->symbols, module->path,
                                                           module->build_id, group->offset)
                               : NULL;
        group->file = function ? function->file : NULL;
        group->line = function ? function->line : 0;
        return;
    }
    report_find_place(report, group->module, group->offset, &place);
    group->name = report_place_text(&place);
    group->file = place.file;
    group->line = place.line;
}

static bool add_part(struct adding *adding, int64_t *left_early, GError **error)
{
    struct report *report = adding->report;
    cflow_privileges part = adding->by->of_privileges ? 1u << report->group : report->privileges;
    g_autoptr(GArray) blocks = cflow_query_blocks_of(report->profile, -1, part, error);

    if (!blocks) {
        return false;
    }
    adding->last_module = -1;
    if (!adding->by->of_blocks) {
        add_edges(adding);
    }
    if (!adding->by->of_branches) {
        add_blocks(adding, blocks, left_early);
    }
    return true;
}

/* An edge and a block do not know all of theirs: each level is a question of its own. */
static bool add_privileges(struct adding *adding, int64_t *left_early, GError **error)
{
    struct report *report = adding->report;
    cflow_flow *all = report->flow;
    bool ok = true;

    for (unsigned i = 0; ok && i < CFLOW_N_PRIVILEGES; i++) {
        if (!(report->privileges >> i & 1)) {
            continue;
        }
        g_autoptr(cflow_flow) part = cflow_query_part(report->profile, 1u << i, error);
        report->group = (enum cflow_privilege)i;
        report->flow = part;
        ok = part && add_part(adding, left_early, error);
    }
    report->flow = all;
    return ok;
}

report_groups *report_by_group(struct report *report, const struct report_by *by,
                               struct report_filter *filter, cflow_kinds kinds, guint64 limit,
                               GError **error)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(hash_key, equal_keys, g_free, NULL);
    g_autoptr(report_groups) groups = g_new0(report_groups, 1);

    groups->by = by;
    groups->rows = g_ptr_array_new_with_free_func(free_group);
    struct adding adding = {report, by, filter, kinds, by_key, groups->rows, .last_module = -1};
    if (!(by->of_privileges ? add_privileges : add_part)(&adding, &groups->left_early, error)) {
        return NULL;
    }
    g_ptr_array_sort(groups->rows, compare_groups);
    for (guint i = 0; i < groups->rows->len; i++) {
        const struct report_group *group = g_ptr_array_index(groups->rows, i);
        groups->transfers = plus(groups->transfers, group->transfers);
    }
    groups->n_matching = groups->rows->len;
    if (limit && groups->rows->len > limit) {
        g_ptr_array_set_size(groups->rows, (int)limit);
    }
    for (guint i = 0; i < groups->rows->len; i++) {
        describe(report, by, g_ptr_array_index(groups->rows, i));
    }
    return g_steal_pointer(&groups);
}

void report_groups_free(report_groups *groups)
{
    if (groups) {
        g_ptr_array_unref(groups->rows);
        g_free(groups);
    }
}
