/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/coverage/counts.h"

#include <string.h>

#include "lib/profile/blocks.h"
#include "lib/profile/cuts.h"

/* The count changes by @by at @address; after finish() it is @sum from there on. */
struct step {
    uint64_t address;
    __int128 by;
};

/*
 * An instruction that was begun and not completed, or begun more than once, or
 * behind which a block was cut.
 */
struct departure {
    uint64_t address;
    int64_t cut;     /* how often it completed and its block was left behind it */
    int64_t left;    /* how often a block was left at it, and not yet charged to a block */
    int64_t charged; /* ... and charged to one */
    int64_t resumed; /* how often control came back to it */
};

struct cflow_counts {
    GArray *steps; /* of struct step, by address */
    int64_t unplaced;
};

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t clamp(__int128 count)
{
    return count < 0 ? 0 : count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

/* @count more from @first up to, not including, @end; 0 is the end of all addresses. */
static void add_range(cflow_counts *counts, uint64_t first, uint64_t end, __int128 count)
{
    struct step up = {first, count}, down = {end, -count};

    if (count != 0 && first != end) {
        g_array_append_val(counts->steps, up);
        if (end != 0) {
            g_array_append_val(counts->steps, down);
        }
    }
}

static struct departure *departure_at(GHashTable *departures, uint64_t address)
{
    struct departure *d = g_hash_table_lookup(departures, &address);

    if (!d) {
        d = g_new0(struct departure, 1);
        d->address = address;
        g_hash_table_insert(departures, &d->address, d);
    }
    return d;
}

static bool is_repeated(cflow_profile *profile, int64_t module, uint64_t address, bool *repeated,
                        GError **error)
{
    g_autoptr(cflow_insn) insn = cflow_query_insn(profile, module, address, error);

    *repeated = insn && strcmp(insn->class, "repeat") == 0;
    return insn != NULL;
}

/* Control came back to where it was: by a retry, or by the return from a handler. */
static bool take_return(cflow_counts *counts, cflow_profile *profile, const struct cflow_edge *edge,
                        GHashTable *departures, GError **error)
{
    struct departure *d = departure_at(departures, edge->dst);
    bool repeated = false;

    if (edge->kind == CFLOW_RETRY || edge->kind == CFLOW_SPLIT) {
        if (!is_repeated(profile, edge->src_module, edge->src, &repeated, error)) {
            return false;
        }
        if (repeated) { /* one more round, and the block was completed */
            add_range(counts, edge->dst, edge->dst + 1, -(__int128)edge->count);
            return true;
        }
        d->left = add_saturated(d->left, edge->kind == CFLOW_RETRY ? edge->count : 0);
    }
    d->resumed = add_saturated(d->resumed, edge->count);
    return true;
}

/*
 * A supervisor call that a machine's handler serves is done when it comes back to
 * the next instruction: that one then begins for the first time.
 */
static bool take_fault(cflow_profile *profile, const struct cflow_fault *fault,
                       GHashTable *departures, GError **error)
{
    struct departure *d = departure_at(departures, fault->src);
    g_autoptr(cflow_insn) insn = cflow_query_insn(profile, fault->src_module, fault->src, error);

    d->left = add_saturated(d->left, fault->count);
    if (insn && insn->bytes && strcmp(insn->class, "syscall") == 0) {
        uint64_t next = fault->src + g_bytes_get_size(insn->bytes);
        d = departure_at(departures, next);
        d->resumed = add_saturated(d->resumed, -fault->count);
    }
    return insn != NULL;
}

static bool read_departures(cflow_counts *counts, cflow_profile *profile, const cflow_flow *flow,
                            int64_t module, GHashTable *departures, GError **error)
{
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        bool same = edge->src_module == module && edge->src == edge->dst;
        bool again = same && (edge->kind == CFLOW_RETRY || edge->kind == CFLOW_SPLIT);
        bool back = edge->kind == CFLOW_SIGNAL_RETURN || edge->kind == CFLOW_SYSTEM;
        if (edge->dst_module == module && (again || back) &&
            !take_return(counts, profile, edge, departures, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        if (fault->src_module == module && fault->mid_block == 1 &&
            !take_fault(profile, fault, departures, error)) {
            return false;
        }
    }
    return true;
}

static void read_cuts(const cflow_flow *flow, int64_t module, const GArray *blocks,
                      GHashTable *departures)
{
    g_autoptr(GArray) cuts = cflow_cuts(
        flow, module, (const struct cflow_block *)(const void *)blocks->data, blocks->len);

    for (guint i = 0; i < cuts->len; i++) {
        const struct cflow_cut *cut = &g_array_index(cuts, struct cflow_cut, i);
        departure_at(departures, cut->last)->cut = cut->count;
    }
}

static int compare_departures(const void *pa, const void *pb)
{
    const struct departure *a = *(struct departure *const *)pa, *b = *(struct departure *const *)pb;

    return a->address < b->address ? -1 : a->address > b->address;
}

static guint first_departure(const GPtrArray *sorted, uint64_t address)
{
    guint low = 0, high = sorted->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct departure *d = g_ptr_array_index(sorted, middle);
        if (d->address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_block(cflow_counts *counts, const struct cflow_block *block,
                      const GPtrArray *departures)
{
    int64_t missing = block->entered - block->completed;
    uint64_t end = block->last + 1;

    add_range(counts, block->start, end, block->entered);
    for (guint i = missing ? first_departure(departures, block->start) : 0; missing; i++) {
        struct departure *d = i < departures->len ? g_ptr_array_index(departures, i) : NULL;
        if (!d || d->address > block->last) {
            break;
        }
        int64_t cut = MIN(d->cut, missing), here = MIN(d->left, missing - cut);
        add_range(counts, d->address + 1, end, -(__int128)cut - here);
        d->cut -= cut;
        d->left -= here;
        d->charged = add_saturated(d->charged, here);
        missing -= cut + here;
    }
    if (missing && block->start != block->last) {
        add_range(counts, block->start + 1, end, -(__int128)missing);
        counts->unplaced = add_saturated(counts->unplaced, missing);
    }
}

static int compare_steps(const void *pa, const void *pb)
{
    const struct step *a = pa, *b = pb;

    return a->address < b->address ? -1 : a->address > b->address;
}

/* Sorts the steps and turns differences into sums. */
static void finish(cflow_counts *counts)
{
    struct step *s = (struct step *)(void *)counts->steps->data;
    __int128 sum = 0;
    guint kept = 0;

    if (counts->steps->len == 0) {
        return;
    }
    qsort(s, counts->steps->len, sizeof(*s), compare_steps);
    for (guint i = 0; i < counts->steps->len; i++) {
        sum += s[i].by;
        if (i > 0 && s[kept].address != s[i].address) {
            kept++;
        }
        s[kept] = (struct step){s[i].address, sum};
    }
    g_array_set_size(counts->steps, kept + 1);
}

static void add_blocks(cflow_counts *counts, const GArray *blocks, GHashTable *departures)
{
    GPtrArray *sorted = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, departures);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        g_ptr_array_add(sorted, value);
    }
    g_ptr_array_sort(sorted, compare_departures);
    for (guint i = 0; i < blocks->len; i++) {
        add_block(counts, &g_array_index(blocks, struct cflow_block, i), sorted);
    }
    for (guint i = 0; i < sorted->len; i++) {
        const struct departure *d = g_ptr_array_index(sorted, i);
        int64_t again = MAX(MIN(d->charged, d->resumed), 0);
        add_range(counts, d->address, d->address + 1, -(__int128)again);
    }
    g_ptr_array_unref(sorted);
}

cflow_counts *cflow_counts_new(cflow_profile *profile, const cflow_flow *flow, int64_t module,
                               GError **error)
{
    g_autoptr(cflow_counts) counts = g_new0(cflow_counts, 1);
    g_autoptr(GHashTable) departures =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    g_autoptr(GArray) blocks = cflow_query_blocks(profile, module, error);

    counts->steps = g_array_new(FALSE, FALSE, sizeof(struct step));
    if (!blocks || !read_departures(counts, profile, flow, module, departures, error)) {
        return NULL;
    }
    read_cuts(flow, module, blocks, departures);
    add_blocks(counts, blocks, departures);
    finish(counts);
    return g_steal_pointer(&counts);
}

void cflow_counts_free(cflow_counts *counts)
{
    if (counts) {
        g_array_unref(counts->steps);
        g_free(counts);
    }
}

int64_t cflow_counts_at(const cflow_counts *counts, uint64_t address)
{
    const struct step *s = (const struct step *)(const void *)counts->steps->data;
    guint low = 0, high = counts->steps->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (s[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? clamp(s[low - 1].by) : 0;
}

int64_t cflow_counts_unplaced(const cflow_counts *counts)
{
    return counts->unplaced;
}
