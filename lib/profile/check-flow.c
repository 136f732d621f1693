/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums.  A block that was begun is left at its last instruction or before;
 * control that arrives begins a block, or is taken elsewhere at once (a point,
 * which has no row).  So, with the sums over a process at an address
 *
 *   in, out     edges that end, or begin, there
 *   entered     blocks that begin there
 *   completed   blocks that end there
 *   ordinary    edges of kinds that only a completed instruction makes
 *   aborted     faults and retries of the instruction there
 *
 * these hold:
 *
 *   in >= entered, out >= completed >= ordinary
 *
 * and in - entered is what arrived at points, out - completed what left points
 * and the middles of blocks.  A point is left as often as it is reached; hence
 *
 *   left = out - completed - (in - entered)
 *
 * is how often blocks were left at this address without completing it: not below
 * zero, not more than aborted, and over all addresses of a block as much as
 * entered - completed.  What does not add up was counted when the profile was
 * written, as residual or among the transfers that meta.exact_except excepts: so
 * many are allowed not to.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/profile/check-internal.h"

typedef __int128 wide_signed;

struct node {
    int64_t module;
    uint64_t offset;
    check_wide in, out, entered, completed, ordinary, events, aborted;
};

/* A block that was left in its middle. */
struct leaky {
    int64_t module;
    uint64_t start, last;
    uint64_t left;
};

struct check_sums {
    int64_t process, residual, stored_transfers;
    check_wide transfers;
    struct node *nodes; /* sorted */
    size_t n_nodes;
    GArray *leaky; /* struct leaky */
    check_wide entered, completed;
    check_wide surplus; /* blocks completed more often than begun */
};

/* How much need not balance, as the profile itself says. */
static check_wide allowed(const struct checker *c, const struct check_sums *sums)
{
    int64_t except = cflow_profile_meta_int(c->profile, "exact_except", 0);
    int64_t told = cflow_profile_meta_int(c->profile, "residual", 0);

    return (check_wide)sums->residual +
           (check_wide)(except > told && told >= 0 ? except - told : 0);
}

static char *place_of(const struct checker *c, const struct node *node)
{
    const struct cflow_module *m = cflow_profile_module(c->profile, node->module);

    return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", m ? m->path : "?", node->offset);
}

/* Only an instruction that completed makes an edge of such a kind. */
static bool is_ordinary(int64_t kind)
{
    return kind <= CFLOW_SPLIT || kind == CFLOW_SIGNAL_RETURN || kind == CFLOW_SYSTEM;
}

static guint node_hash(const void *key)
{
    const struct node *n = key;

    return (guint)((n->offset ^ (uint64_t)n->module << 40) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static gboolean node_equal(const void *x, const void *y)
{
    const struct node *a = x, *b = y;

    return a->module == b->module && a->offset == b->offset;
}

static struct node *node_at(GHashTable *nodes, int64_t module, uint64_t offset)
{
    const struct node key = {.module = module, .offset = offset};
    struct node *node = g_hash_table_lookup(nodes, &key);

    if (!node) {
        node = g_memdup2(&key, sizeof(key));
        g_hash_table_add(nodes, node);
    }
    return node;
}

static bool read_edges(struct checker *c, struct check_sums *sums, GHashTable *nodes)
{
    static const char sql[] =
        "SELECT src_module, src, dst_module, dst, kind, count FROM edge WHERE process = ?1";
    sqlite3_stmt *s = cflow_profile_statement(c->profile, sql, NULL);
    bool system = g_strcmp0(cflow_profile_meta(c->profile, "mode"), "system") == 0;
    int rc;

    if (!s) {
        return check_add_sqlite(c, "arrivals");
    }
    sqlite3_bind_int64(s, 1, sums->process);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t from = sqlite3_column_int64(s, 0), to = sqlite3_column_int64(s, 2);
        int64_t kind = sqlite3_column_int64(s, 4);
        uint64_t count = (uint64_t)sqlite3_column_int64(s, 5);
        c->n_edges++;
        sums->transfers += kind == CFLOW_SPLIT || kind == CFLOW_RETRY ? 0 : count;
        c->unexplained += kind == CFLOW_UNEXPLAINED ? count : 0;
        if (from != CFLOW_MODULE_OUTSIDE) {
            struct node *node = node_at(nodes, from, (uint64_t)sqlite3_column_int64(s, 1));
            node->out += count;
            /* An access to a device also cuts a block, and may end or reset the machine. */
            bool cut = system && (kind == CFLOW_SPLIT || kind == CFLOW_EXIT);
            *(is_ordinary(kind) && !cut ? &node->ordinary : &node->events) += count;
            node->aborted += cut || kind == CFLOW_RETRY || kind == CFLOW_UNEXPLAINED ? count : 0;
        }
        if (to != CFLOW_MODULE_OUTSIDE) {
            node_at(nodes, to, (uint64_t)sqlite3_column_int64(s, 3))->in += count;
        }
    }
    sqlite3_reset(s);
    return rc == SQLITE_DONE || check_add_sqlite(c, "arrivals");
}

/* Faults: what left instructions that did not complete. */
static bool read_faults(struct checker *c, struct check_sums *sums, GHashTable *nodes)
{
    static const char sql[] = "SELECT src_module, src, count FROM discontinuity"
                              " WHERE process = ?1 AND mid_block = 1";
    sqlite3_stmt *s = cflow_profile_statement(c->profile, sql, NULL);
    int rc;

    if (!s) {
        return check_add_sqlite(c, "arrivals");
    }
    sqlite3_bind_int64(s, 1, sums->process);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        node_at(nodes, sqlite3_column_int64(s, 0), (uint64_t)sqlite3_column_int64(s, 1))->aborted +=
            (uint64_t)sqlite3_column_int64(s, 2);
    }
    sqlite3_reset(s);
    return rc == SQLITE_DONE || check_add_sqlite(c, "arrivals");
}

static bool read_blocks(struct checker *c, struct check_sums *sums, GHashTable *nodes)
{
    static const char sql[] =
        "SELECT module, start, last, entered, completed FROM block WHERE process = ?1";
    sqlite3_stmt *s = cflow_profile_statement(c->profile, sql, NULL);
    int rc;

    if (!s) {
        return check_add_sqlite(c, "arrivals");
    }
    sqlite3_bind_int64(s, 1, sums->process);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t module = sqlite3_column_int64(s, 0);
        uint64_t start = (uint64_t)sqlite3_column_int64(s, 1);
        uint64_t last = (uint64_t)sqlite3_column_int64(s, 2);
        uint64_t entered = (uint64_t)sqlite3_column_int64(s, 3);
        uint64_t completed = (uint64_t)sqlite3_column_int64(s, 4);
        c->n_blocks++;
        node_at(nodes, module, start)->entered += entered;
        node_at(nodes, module, last)->completed += completed;
        sums->entered += entered;
        sums->completed += completed;
        sums->surplus += completed > entered ? completed - entered : 0;
        if (entered > completed) {
            struct leaky leaky = {module, start, last, entered - completed};
            g_array_append_val(sums->leaky, leaky);
        }
    }
    sqlite3_reset(s);
    return rc == SQLITE_DONE || check_add_sqlite(c, "arrivals");
}

static int compare_nodes(const void *x, const void *y)
{
    const struct node *a = x, *b = y;

    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    return a->offset == b->offset ? 0 : a->offset < b->offset ? -1 : 1;
}

static bool read_process(struct checker *c, const struct cflow_process *process)
{
    g_autoptr(GHashTable) nodes = g_hash_table_new_full(node_hash, node_equal, g_free, NULL);
    struct check_sums *sums = g_new0(struct check_sums, 1);
    GHashTableIter iter;
    gpointer node;

    sums->process = process->id;
    sums->residual = process->residual;
    sums->stored_transfers = process->transfers;
    sums->leaky = g_array_new(FALSE, FALSE, sizeof(struct leaky));
    g_ptr_array_add(c->sums, sums);
    bool ok =
        read_edges(c, sums, nodes) && read_faults(c, sums, nodes) && read_blocks(c, sums, nodes);
    sums->nodes = g_new(struct node, g_hash_table_size(nodes));
    g_hash_table_iter_init(&iter, nodes);
    while (g_hash_table_iter_next(&iter, &node, NULL)) {
        sums->nodes[sums->n_nodes++] = *(struct node *)node;
    }
    if (sums->n_nodes) { /* without any, there is no array */
        qsort(sums->nodes, sums->n_nodes, sizeof(*sums->nodes), compare_nodes);
    }
    c->blocks_run += sums->entered;
    c->transfers += sums->transfers;
    return ok;
}

void check_free_sums(gpointer data)
{
    struct check_sums *sums = data;

    g_free(sums->nodes);
    g_array_unref(sums->leaky);
    g_free(sums);
}

bool check_read_sums(struct checker *c)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(c->profile, &n);

    for (size_t i = 0; i < n; i++) {
        if (!read_process(c, &processes[i])) {
            return false;
        }
    }
    return true;
}

/* --- the sums' checks ------------------------------------------------------------ */

static wide_signed left_at(const struct node *node)
{
    return (wide_signed)(node->out + node->entered) - (wide_signed)(node->completed + node->in);
}

static bool exceeds(check_wide a, check_wide b, check_wide slack)
{
    return a > b && a - b > slack;
}

static const char *wrong_arrival(const struct node *node, check_wide slack)
{
    check_wide points = node->in > node->entered ? node->in - node->entered : 0;

    return exceeds(node->entered, node->in, slack) ? "blocks begun more often than control arrived"
           : exceeds(node->completed, node->out, slack)
               ? "blocks completed more often than control left"
           : exceeds(node->ordinary, node->completed, slack)
               ? "more branches than completed instructions"
           : left_at(node) > 0 && exceeds((check_wide)left_at(node), node->aborted, slack)
               ? "blocks left in their middle without a fault"
           : exceeds(points, node->events, slack)
               ? "control arrived more often than blocks were begun"
               : NULL;
}

/* A profile that kept no blocks tells nothing about them. */
static bool has_blocks(struct checker *c, const char *name)
{
    return c->n_blocks > 0 || c->n_edges == 0 ||
           !check_add(c, name, CFLOW_CHECK_SKIPPED, "the profile has no blocks");
}

void check_arrivals(struct checker *c)
{
    size_t wrong = 0;
    g_autofree char *first = NULL;

    if (!has_blocks(c, "arrivals")) {
        return;
    }
    for (guint i = 0; i < c->sums->len; i++) {
        const struct check_sums *sums = g_ptr_array_index(c->sums, i);
        check_wide slack = allowed(c, sums);
        for (size_t k = 0; k < sums->n_nodes; k++) {
            const char *what = wrong_arrival(&sums->nodes[k], slack);
            if (what && wrong++ == 0) {
                g_autofree char *place = place_of(c, &sums->nodes[k]);
                first = g_strdup_printf("process %" G_GINT64_FORMAT ", %s: %s", sums->process,
                                        place, what);
            }
        }
    }
    if (wrong) {
        check_add(c, "arrivals", CFLOW_CHECK_FAILED,
                  "edges and blocks disagree at %zu address%s; %s", wrong, wrong == 1 ? "" : "es",
                  first);
    } else {
        check_add(c, "arrivals", CFLOW_CHECK_OK,
                  "%" G_GINT64_FORMAT " edges agree with %" G_GINT64_FORMAT " blocks", c->n_edges,
                  c->n_blocks);
    }
}

/* How much was left at the addresses of @leaky, in overlapping blocks too. */
static check_wide left_in(const struct check_sums *sums, const struct leaky *leaky)
{
    size_t low = 0, high = sums->n_nodes;
    check_wide left = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct node *n = &sums->nodes[middle];
        if (n->module < leaky->module || (n->module == leaky->module && n->offset < leaky->start)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < sums->n_nodes && sums->nodes[low].module == leaky->module &&
           sums->nodes[low].offset <= leaky->last;
         low++) {
        wide_signed here = left_at(&sums->nodes[low]);
        left += here > 0 ? (check_wide)here : 0;
    }
    return left;
}

/* What does not balance in @sums, at least; *@first says where, if anywhere. */
static check_wide imbalance(const struct checker *c, const struct check_sums *sums, char **first)
{
    check_wide below = 0, missing = 0;
    wide_signed net = 0;

    for (size_t k = 0; k < sums->n_nodes; k++) {
        wide_signed left = left_at(&sums->nodes[k]);
        net += left;
        below += left < 0 ? (check_wide)-left : 0;
        if (left < 0 && !*first) {
            *first = place_of(c, &sums->nodes[k]);
        }
    }
    for (guint i = 0; i < sums->leaky->len; i++) {
        const struct leaky *leaky = &g_array_index(sums->leaky, struct leaky, i);
        check_wide left = left_in(sums, leaky);
        check_wide lacks = left < leaky->left ? leaky->left - left : 0;
        missing = MAX(missing, lacks);
        if (lacks && !*first) {
            const struct node node = {.module = leaky->module, .offset = leaky->start};
            *first = place_of(c, &node);
        }
    }
    net -= (wide_signed)(sums->entered - sums->completed);
    check_wide apart = net < 0 ? (check_wide)-net : (check_wide)net;
    return MAX(MAX(below, missing), MAX(apart, sums->surplus));
}

void check_flow(struct checker *c)
{
    check_wide all = 0;

    if (!has_blocks(c, "flow")) {
        return;
    }
    for (guint i = 0; i < c->sums->len; i++) {
        const struct check_sums *sums = g_ptr_array_index(c->sums, i);
        g_autofree char *first = NULL;
        check_wide found = imbalance(c, sums, &first);
        all += found;
        if (found > allowed(c, sums)) {
            g_autofree char *number = check_number(found);
            check_add(c, "flow", CFLOW_CHECK_FAILED,
                      "process %" G_GINT64_FORMAT
                      ": transfers that do not balance: %s, its residual is "
                      "%" G_GINT64_FORMAT "%s%s",
                      sums->process, number, sums->residual, first ? "; first: " : "",
                      first ? first : "");
            return;
        }
    }
    check_add(c, "flow", CFLOW_CHECK_OK, "%s",
              all ? "what does not balance is told" : "what arrives at each address leaves it");
}

void check_processes(struct checker *c)
{
    for (guint i = 0; i < c->sums->len; i++) {
        const struct check_sums *sums = g_ptr_array_index(c->sums, i);
        if (sums->transfers != (check_wide)sums->stored_transfers) {
            g_autofree char *number = check_number(sums->transfers);
            check_add(c, "processes", CFLOW_CHECK_FAILED,
                      "process %" G_GINT64_FORMAT ": its edges add up to %s transfers, it says "
                      "%" G_GINT64_FORMAT,
                      sums->process, number, sums->stored_transfers);
            return;
        }
    }
    g_autofree char *number = check_number(c->transfers);
    check_add(c, "processes", CFLOW_CHECK_OK, "edges add up to %s transfers", number);
}
