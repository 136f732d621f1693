/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/query.h"

#include <sqlite3.h>
#include <string.h>

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int compare_key(int64_t module_a, uint64_t a, int64_t module_b, uint64_t b)
{
    if (module_a != module_b) {
        return module_a < module_b ? -1 : 1;
    }
    return a == b ? 0 : a < b ? -1 : 1;
}

/* By source, then destination, then kind. */
static int compare_edges(const void *pa, const void *pb)
{
    const struct cflow_edge *a = pa, *b = pb;
    int order = compare_key(a->src_module, a->src, b->src_module, b->src);

    if (order == 0) {
        order = compare_key(a->dst_module, a->dst, b->dst_module, b->dst);
    }
    return order ? order : (int)a->kind - (int)b->kind;
}

/* One that a newer writer may have added is not known here. */
static enum cflow_privilege privilege_of(int64_t number)
{
    return number >= 0 && number < CFLOW_N_PRIVILEGES ? (enum cflow_privilege)number
                                                      : CFLOW_PRIVILEGE_UNKNOWN;
}

static void bind_privileges(sqlite3_stmt *stmt, cflow_privileges privileges)
{
    sqlite3_bind_int64(stmt, 1, privileges == CFLOW_ALL_PRIVILEGES ? -1 : (int64_t)privileges);
}

/*
 * Reading.  No ORDER BY: SQLite scans the primary key anyway, which for one
 * process is the order wanted (save for top-bit addresses); sorting here beats
 * sorting there.
 */
static bool read_edges(cflow_profile *profile, cflow_flow *flow, cflow_privileges privileges,
                       GArray *edges, bool *sorted, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    const char *wrong = NULL;
    int rc = sqlite3_prepare_v2(cflow_profile_db(profile),
                                "SELECT src_module, src, dst_module, dst, kind, count, privilege"
                                " FROM edge WHERE wanted(process) AND (?1 >> privilege) & 1",
                                -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return cflow_profile_sqlite_error(profile, error);
    }
    bind_privileges(stmt, privileges);
    while (!wrong && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t kind = sqlite3_column_int64(stmt, 4);
        struct cflow_edge edge = {
            .src_module = sqlite3_column_int64(stmt, 0),
            .src = (uint64_t)sqlite3_column_int64(stmt, 1),
            .dst_module = sqlite3_column_int64(stmt, 2),
            .dst = (uint64_t)sqlite3_column_int64(stmt, 3),
            .kind = (enum cflow_kind)kind,
            .count = sqlite3_column_int64(stmt, 5),
        };
        enum cflow_privilege privilege = privilege_of(sqlite3_column_int64(stmt, 6));
        edge.privileges = 1u << privilege;
        if (kind >= CFLOW_N_KINDS) {
            edge.kind = CFLOW_UNKNOWN; /* of a newer writer: see doc/FORMAT.md */
        }
        if (kind < 0) {
            wrong = "an edge of a kind that does not exist";
        } else if (edge.count < 0) {
            wrong = "an edge with a negative count";
        }
        if (!wrong && !(CFLOW_ARTEFACT_KINDS & CFLOW_KIND_BIT(edge.kind))) {
            flow->by_privilege[privilege] =
                add_saturated(flow->by_privilege[privilege], edge.count);
        }
        if (*sorted && edges->len > 0) {
            const struct cflow_edge *last =
                &g_array_index(edges, struct cflow_edge, edges->len - 1);
            *sorted = compare_edges(last, &edge) < 0;
        }
        g_array_append_val(edges, edge);
    }
    if (wrong) {
        cflow_profile_damaged(profile, wrong, error);
    } else if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_finalize(stmt);
    return !wrong && rc == SQLITE_DONE;
}

/* Sorts, and adds up equal edges of several processes and privileges. */
static void merge_edges(GArray *edges, bool sorted)
{
    struct cflow_edge *e = (struct cflow_edge *)edges->data;
    guint kept = 0;

    if (sorted || !edges->len) {
        return;
    }
    qsort(e, edges->len, sizeof(*e), compare_edges);
    for (guint i = 1; i < edges->len; i++) {
        if (compare_edges(&e[kept], &e[i]) == 0) {
            e[kept].count = add_saturated(e[kept].count, e[i].count);
            e[kept].privileges |= e[i].privileges;
        } else {
            e[++kept] = e[i];
        }
    }
    g_array_set_size(edges, kept + 1);
}

static void fill_site(struct cflow_site *site, const struct cflow_edge *edges)
{
    const struct cflow_edge *last = NULL;

    for (size_t i = 0; i < site->n_edges; i++) {
        const struct cflow_edge *edge = &edges[i];
        site->kinds |= CFLOW_KIND_BIT(edge->kind);
        site->privileges |= edge->privileges;
        if (!(CFLOW_SITE_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            continue;
        }
        site->total = add_saturated(site->total, edge->count);
        if (edge->kind == CFLOW_NOT_TAKEN) {
            site->not_taken = add_saturated(site->not_taken, edge->count);
            continue;
        }
        site->taken = add_saturated(site->taken, edge->count);
        if (!last || compare_key(last->dst_module, last->dst, edge->dst_module, edge->dst) != 0) {
            site->destinations++;
        }
        last = edge;
    }
}

static void find_sites(cflow_flow *flow)
{
    GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct cflow_site));
    size_t next;

    for (size_t i = 0; i < flow->n_edges; i = next) {
        const struct cflow_edge *first = &flow->edges[i];
        struct cflow_site site = {
            .module = first->src_module,
            .offset = first->src,
            .first_edge = i,
        };
        for (next = i + 1; next < flow->n_edges; next++) {
            const struct cflow_edge *edge = &flow->edges[next];
            if (edge->src != first->src || edge->src_module != first->src_module) {
                break;
            }
        }
        site.n_edges = next - i;
        fill_site(&site, first);
        if ((site.kinds & CFLOW_SITE_KINDS) && site.module != CFLOW_MODULE_OUTSIDE) {
            g_array_append_val(sites, site);
        }
    }
    flow->n_sites = sites->len;
    flow->sites = (struct cflow_site *)g_array_free(sites, FALSE);
}

/* A set of places: open addressing, since a million GHashTable nodes are slow. */
struct place {
    int64_t module;
    uint64_t offset;
};

struct place_set {
    struct place *slots; /* free: module -1 */
    size_t mask, used;
};

static bool place_add(struct place_set *set, int64_t module, uint64_t offset)
{
    uint64_t hash = (offset ^ ((uint64_t)module << 40)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 20) & set->mask;

    while (set->slots[i].module != -1) {
        if (set->slots[i].module == module && set->slots[i].offset == offset) {
            return false;
        }
        i = (i + 1) & set->mask;
    }
    set->slots[i] = (struct place){module, offset};
    set->used++;
    return true;
}

/* Large enough for @n places at half load: it never has to grow. */
static void place_set_init(struct place_set *set, size_t n)
{
    size_t size = 64;

    while (size < 2 * n) {
        size *= 2;
    }
    set->slots = g_new(struct place, size);
    memset(set->slots, 0xff, size * sizeof(struct place));
    set->mask = size - 1;
    set->used = 0;
}

/*
 * A basic block starts wherever control arrives other than by falling through
 * and other than by coming back to where it was interrupted.
 */
static void count_blocks(cflow_flow *flow)
{
    const cflow_kinds resumed = CFLOW_ARTEFACT_KINDS | CFLOW_KIND_BIT(CFLOW_SIGNAL_RETURN) |
                                CFLOW_KIND_BIT(CFLOW_UNEXPLAINED) | CFLOW_KIND_BIT(CFLOW_EXIT) |
                                CFLOW_KIND_BIT(CFLOW_LEAVE_REGION);
    struct place_set set;

    place_set_init(&set, flow->n_edges);
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        if (!(resumed & CFLOW_KIND_BIT(edge->kind))) {
            place_add(&set, edge->dst_module, edge->dst);
        }
    }
    flow->basic_blocks = set.used;
    g_free(set.slots);
}

static bool count_edges(cflow_profile *profile, cflow_flow *flow, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, NULL);
    int64_t previous[2] = {0, 0}; /* edges of one module stand together */

    for (size_t i = 0; i < flow->n_edges; i++) {
        struct cflow_edge *edge = &flow->edges[i];
        int64_t *ids[2] = {&edge->src_module, &edge->dst_module};
        flow->by_kind[edge->kind] = add_saturated(flow->by_kind[edge->kind], edge->count);
        if (!(CFLOW_ARTEFACT_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            flow->transfers = add_saturated(flow->transfers, edge->count);
        }
        for (int end = 0; end < 2; end++) {
            if (i > 0 && *ids[end] == previous[end]) {
                continue;
            }
            previous[end] = *ids[end];
            if (!cflow_profile_module(profile, *ids[end])) {
                return cflow_profile_damaged(profile, "an edge of a module that is not listed",
                                             error);
            }
            if (*ids[end] != CFLOW_MODULE_OUTSIDE) {
                g_hash_table_add(seen, ids[end]);
            }
        }
    }
    flow->n_modules = g_hash_table_size(seen);
    return true;
}

static int compare_fault_keys(const void *pa, const void *pb)
{
    const struct cflow_fault *a = pa, *b = pb;
    int order = compare_key(a->src_module, a->src, b->src_module, b->src);

    if (order == 0) {
        order = compare_key(a->dst_module, a->dst, b->dst_module, b->dst);
    }
    return order ? order : (int)a->kind - (int)b->kind;
}

static int compare_fault_counts(const void *pa, const void *pb)
{
    const struct cflow_fault *a = pa, *b = pb;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    int order = compare_fault_keys(a, b);
    order = order ? order : strcmp(a->cause, b->cause);
    order = order ? order : a->mid_block - b->mid_block;
    return order ? order : (int)a->privileges - (int)b->privileges;
}

/* Adds up vCPUs and processes; leaves the order to the caller. */
static bool read_discontinuities(cflow_profile *profile, cflow_flow *flow,
                                 cflow_privileges privileges, GArray *faults, GError **error)
{
    static const char sql[] = "SELECT kind, cause, src_module, src, dst_module, dst, mid_block,"
                              " sum(count), privilege, sum(returned), sum(instructions)"
                              " FROM discontinuity WHERE wanted(process)"
                              " AND (?1 >> privilege) & 1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 9";
    sqlite3_stmt *stmt = NULL;
    bool ok = true;
    int rc = sqlite3_prepare_v2(cflow_profile_db(profile), sql, -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return cflow_profile_sqlite_error(profile, error);
    }
    bind_privileges(stmt, privileges);
    while (ok && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t kind = sqlite3_column_int64(stmt, 0);
        const char *cause = (const char *)sqlite3_column_text(stmt, 1);
        struct cflow_fault fault = {
            .kind = (enum cflow_kind)kind,
            .cause = g_string_chunk_insert_const(flow->strings, cause ? cause : ""),
            .src_module = sqlite3_column_int64(stmt, 2),
            .src = (uint64_t)sqlite3_column_int64(stmt, 3),
            .dst_module = sqlite3_column_int64(stmt, 4),
            .dst = (uint64_t)sqlite3_column_int64(stmt, 5),
            .mid_block = sqlite3_column_int(stmt, 6) != 0,
            .count = sqlite3_column_int64(stmt, 7),
            .privileges = 1u << privilege_of(sqlite3_column_int64(stmt, 8)),
            .returned = sqlite3_column_int64(stmt, 9),
            .instructions = sqlite3_column_int64(stmt, 10),
        };
        if (kind >= CFLOW_N_KINDS) {
            fault.kind = CFLOW_UNKNOWN;
        }
        if (kind < 0 || fault.count < 0 || fault.returned < 0 || fault.returned > fault.count ||
            fault.instructions < 0 || !cflow_profile_module(profile, fault.src_module) ||
            !cflow_profile_module(profile, fault.dst_module)) {
            ok = cflow_profile_damaged(profile, "a discontinuity that makes no sense", error);
        }
        g_array_append_val(faults, fault);
    }
    if (ok && rc != SQLITE_DONE) {
        ok = cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_finalize(stmt);
    return ok;
}

/*
 * How often the sorted @faults[0..n) already explain @edge; *@at, where the
 * search starts, moves up with the edges, which have the same order.
 */
static int64_t explained(const struct cflow_fault *faults, size_t n, const struct cflow_edge *edge,
                         size_t *at)
{
    const struct cflow_fault key = {
        .kind = edge->kind,
        .src_module = edge->src_module,
        .src = edge->src,
        .dst_module = edge->dst_module,
        .dst = edge->dst,
    };
    int64_t sum = 0;

    while (*at < n && compare_fault_keys(&faults[*at], &key) < 0) {
        ++*at;
    }
    for (size_t i = *at; i < n && compare_fault_keys(&faults[i], &key) == 0; i++) {
        sum = add_saturated(sum, faults[i].count);
    }
    return sum;
}

/* Discontinuities tell more; edges that none of them explains are added. */
static bool find_faults(cflow_profile *profile, cflow_flow *flow, cflow_privileges privileges,
                        GError **error)
{
    const cflow_kinds told =
        CFLOW_FAULT_KINDS | CFLOW_KIND_BIT(CFLOW_SIGNAL_RETURN) | CFLOW_KIND_BIT(CFLOW_RETRY);
    g_autoptr(GArray) faults = g_array_new(FALSE, FALSE, sizeof(struct cflow_fault));
    size_t known, at = 0;

    if (!read_discontinuities(profile, flow, privileges, faults, error)) {
        return false;
    }
    known = faults->len;
    g_array_sort(faults, compare_fault_keys);
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        if (!(told & CFLOW_KIND_BIT(edge->kind))) {
            continue;
        }
        int64_t rest =
            edge->count - explained((struct cflow_fault *)faults->data, known, edge, &at);
        if (rest > 0) {
            struct cflow_fault fault = {
                .kind = edge->kind,
                .cause = "",
                .src_module = edge->src_module,
                .src = edge->src,
                .dst_module = edge->dst_module,
                .dst = edge->dst,
                .mid_block = -1,
                .privileges = edge->privileges,
                .count = rest,
            };
            g_array_append_val(faults, fault);
        }
    }
    g_array_sort(faults, compare_fault_counts);
    flow->n_faults = faults->len;
    flow->faults = (struct cflow_fault *)g_array_free(g_steal_pointer(&faults), FALSE);
    return true;
}

cflow_flow *cflow_query_part(cflow_profile *profile, cflow_privileges privileges, GError **error)
{
    g_autoptr(cflow_flow) flow = g_new0(cflow_flow, 1);
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct cflow_edge));
    bool sorted = true;

    flow->strings = g_string_chunk_new(1024);
    if (!read_edges(profile, flow, privileges, edges, &sorted, error)) {
        return NULL;
    }
    merge_edges(edges, sorted);
    flow->n_edges = edges->len;
    flow->edges = (struct cflow_edge *)g_array_free(g_steal_pointer(&edges), FALSE);
    if (!count_edges(profile, flow, error) || !find_faults(profile, flow, privileges, error)) {
        return NULL;
    }
    find_sites(flow);
    count_blocks(flow);
    return g_steal_pointer(&flow);
}

cflow_flow *cflow_query(cflow_profile *profile, GError **error)
{
    return cflow_query_part(profile, CFLOW_ALL_PRIVILEGES, error);
}

void cflow_flow_free(cflow_flow *flow)
{
    if (flow) {
        g_free(flow->edges);
        g_free(flow->sites);
        g_free(flow->faults);
        g_string_chunk_free(flow->strings);
        g_free(flow);
    }
}

static char *dup_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return g_strdup(text ? text : "");
}

static void fill_insn(cflow_insn *insn, sqlite3_stmt *stmt)
{
    g_free(insn->class);
    g_free(insn->disasm);
    g_free(insn->symbol);
    insn->class = dup_text(stmt, 0);
    insn->has_target = sqlite3_column_type(stmt, 1) == SQLITE_INTEGER;
    insn->target = (uint64_t)sqlite3_column_int64(stmt, 1);
    if (sqlite3_column_type(stmt, 2) == SQLITE_BLOB) {
        const void *bytes = sqlite3_column_blob(stmt, 2);
        insn->bytes = g_bytes_new(bytes, (gsize)sqlite3_column_bytes(stmt, 2));
    }
    insn->disasm = dup_text(stmt, 3);
    insn->symbol = dup_text(stmt, 4);
    insn->flags = (unsigned)sqlite3_column_int64(stmt, 5);
}

cflow_insn *cflow_query_insn(cflow_profile *profile, int64_t module, uint64_t offset,
                             GError **error)
{
    static const char sql[] = "SELECT class, target, bytes, disasm, symbol, flags FROM insn"
                              " WHERE module = ?1 AND offset = ?2";
    g_autoptr(cflow_insn) insn = g_new0(cflow_insn, 1);
    sqlite3_stmt *stmt = cflow_profile_statement(profile, sql, error);
    int rc;

    if (!stmt) {
        return NULL;
    }
    insn->class = g_strdup("");
    insn->disasm = g_strdup("");
    insn->symbol = g_strdup("");
    sqlite3_bind_int64(stmt, 1, module);
    sqlite3_bind_int64(stmt, 2, (int64_t)offset);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        fill_insn(insn, stmt);
    } else if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? g_steal_pointer(&insn) : NULL;
}

void cflow_insn_free(cflow_insn *insn)
{
    if (insn) {
        g_free(insn->class);
        g_free(insn->disasm);
        g_free(insn->symbol);
        g_clear_pointer(&insn->bytes, g_bytes_unref);
        g_free(insn);
    }
}

bool cflow_query_mapping(cflow_profile *profile, int64_t module, struct cflow_mapping *out,
                         GError **error)
{
    static const char sql[] = "SELECT start, end, bias FROM mapping WHERE module = ?1"
                              " ORDER BY process, rowid LIMIT 1";
    sqlite3_stmt *stmt = cflow_profile_statement(profile, sql, error);

    *out = (struct cflow_mapping){.found = false};
    if (!stmt) {
        return false;
    }
    sqlite3_bind_int64(stmt, 1, module);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        out->found = true;
        out->start = (uint64_t)sqlite3_column_int64(stmt, 0);
        out->end = (uint64_t)sqlite3_column_int64(stmt, 1);
        out->bias = (uint64_t)sqlite3_column_int64(stmt, 2);
    } else if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

int cflow_kind_from_name(const char *name)
{
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        if (strcmp(cflow_kind_name((enum cflow_kind)kind), name) == 0) {
            return kind;
        }
    }
    return -1;
}
