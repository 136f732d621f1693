/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/runs.h"

#include <string.h>

#include "lib/export/executed.h"
#include "lib/export/text.h"
#include "lib/profile/blocks.h"
#include "lib/profile/cuts.h"

/* What happened at an address. */
struct place {
    uint64_t address;
    int64_t inside; /* control arrived by branches of this module, returns not among them */
    /* Its instruction was the last of a block: */
    int64_t straight; /* control then went straight on, so often */
    uint64_t next;    /* to here */
    int64_t repeats;  /* rounds of a repeated string instruction */
    int64_t left;     /* it was left in its middle */
    int64_t cut;      /* it was left behind this instruction, and went on at .next */
    /* Runs that got as far as here and go on: struct cflow_run. */
    GArray *open;
    guint drawn; /* elements of open that are used up */
};

struct builder {
    cflow_profile *profile;
    int64_t module;
    GHashTable *places; /* &address -> struct place */
    GArray *left;       /* uint64_t: addresses of places with .left or .cut, sorted */
    cflow_runs *out;
};

static void free_place(gpointer data)
{
    struct place *place = data;

    if (place->open) {
        g_array_unref(place->open);
    }
    g_free(place);
}

static struct place *place_at(struct builder *b, uint64_t address)
{
    struct place *place = g_hash_table_lookup(b->places, &address);

    if (!place) {
        place = g_new0(struct place, 1);
        place->address = address;
        g_hash_table_insert(b->places, &place->address, place);
    }
    return place;
}

/* --- what the edges say --------------------------------------------------------- */

/* Whether control went straight on along @edge, a transfer within the module. */
static bool is_straight(struct builder *b, const struct cflow_edge *edge, bool *straight,
                        GError **error)
{
    *straight =
        edge->kind == CFLOW_NOT_TAKEN || (edge->kind == CFLOW_SPLIT && edge->dst != edge->src);
    if (edge->kind != CFLOW_SYSCALL && edge->kind != CFLOW_SYSTEM && edge->kind != CFLOW_UNKNOWN) {
        return true;
    }
    cflow_insn *insn = cflow_query_insn(b->profile, edge->src_module, edge->src, error);
    if (!insn) {
        return false;
    }
    *straight = insn->bytes && edge->dst == edge->src + g_bytes_get_size(insn->bytes);
    cflow_insn_free(insn);
    return true;
}

static void add_straight(struct builder *b, const struct cflow_edge *edge)
{
    struct place *src = place_at(b, edge->src);

    if (src->straight == 0) {
        src->next = edge->dst;
    }
    if (src->next == edge->dst) {
        src->straight = cflow_add_counts(src->straight, edge->count);
    }
}

static void add_transfer(struct builder *b, const struct cflow_edge *edge)
{
    if (edge->src_module == b->module && edge->dst_module == b->module &&
        edge->kind != CFLOW_RETURN) {
        struct place *dst = place_at(b, edge->dst);
        dst->inside = cflow_add_counts(dst->inside, edge->count);
    }
    if (edge->kind != CFLOW_SYSCALL && edge->kind != CFLOW_SYSTEM) {
        g_array_append_val(b->out->transfers, *edge);
    }
}

static void add_left(struct builder *b, uint64_t address, int64_t count)
{
    struct place *place = place_at(b, address);

    place->left = cflow_add_counts(place->left, count);
    g_array_append_val(b->left, address);
}

static bool add_edge(struct builder *b, const struct cflow_edge *edge, GError **error)
{
    bool straight = false;

    if (edge->src_module == b->module && edge->kind == CFLOW_RETRY) {
        add_left(b, edge->src, edge->count);
        return true;
    }
    if (edge->src_module == b->module && edge->kind == CFLOW_SPLIT && edge->dst == edge->src) {
        struct place *place = place_at(b, edge->src);
        place->repeats = cflow_add_counts(place->repeats, edge->count);
        return true;
    }
    if (edge->src_module == b->module && edge->dst_module == b->module &&
        !is_straight(b, edge, &straight, error)) {
        return false;
    }
    if (straight) {
        add_straight(b, edge);
    } else if (CFLOW_KIND_BIT(edge->kind) & CFLOW_BRANCH_KINDS) {
        add_transfer(b, edge);
    }
    return true;
}

static int compare_addresses(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

    return a < b ? -1 : a > b;
}

static bool read_cuts(struct builder *b, const cflow_flow *flow, GError **error)
{
    g_autoptr(GArray) blocks = cflow_query_blocks(b->profile, b->module, error);

    if (!blocks) {
        return false;
    }
    g_autoptr(GArray) cuts = cflow_cuts(
        flow, b->module, (const struct cflow_block *)(const void *)blocks->data, blocks->len);
    for (guint i = 0; i < cuts->len; i++) {
        const struct cflow_cut *cut = &g_array_index(cuts, struct cflow_cut, i);
        struct place *place = place_at(b, cut->last);
        place->cut = cut->count;
        place->next = cut->next;
        place->straight -= MIN(place->straight, cut->count); /* that was no block's end */
        g_array_append_val(b->left, cut->last);
    }
    g_array_sort(b->left, compare_addresses);
    return true;
}

static bool read_edges(struct builder *b, GError **error)
{
    g_autoptr(cflow_flow) flow = cflow_query(b->profile, error);

    if (!flow) {
        return false;
    }
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        if ((edge->src_module == b->module || edge->dst_module == b->module) &&
            !add_edge(b, edge, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < flow->n_faults; i++) {
        if (flow->faults[i].src_module == b->module && flow->faults[i].mid_block == 1) {
            add_left(b, flow->faults[i].src, flow->faults[i].count);
        }
    }
    return read_cuts(b, flow, error);
}

/* --- joining blocks ------------------------------------------------------------- */

/* Adds @run to @runs, where the element before may be the same run. */
static void append(GArray *runs, const struct cflow_run *run, int64_t count)
{
    struct cflow_run *before =
        runs->len ? &g_array_index(runs, struct cflow_run, runs->len - 1) : NULL;

    if (before && before->start == run->start && before->last == run->last &&
        before->from_outside == run->from_outside) {
        before->count = cflow_add_counts(before->count, count);
    } else {
        g_array_append_val(runs, *run);
        g_array_index(runs, struct cflow_run, runs->len - 1).count = count;
    }
}

/* Run @run, @count of it, got as far as @last.  It goes on at @next, unless NULL. */
static void advance(struct builder *b, struct cflow_run run, int64_t count, uint64_t last,
                    struct place *next)
{
    run.last = last;
    if (!next) {
        append(b->out->runs, &run, count);
        return;
    }
    if (!next->open) {
        next->open = g_array_new(FALSE, FALSE, sizeof(struct cflow_run));
    }
    append(next->open, &run, count);
}

/* Takes @count of the runs at @place on to @last and @next. */
static void draw(struct builder *b, struct place *place, int64_t count, uint64_t last,
                 struct place *next)
{
    struct cflow_run begun = {.start = place->address};

    while (count > 0 && place->open && place->drawn < place->open->len) {
        struct cflow_run *run = &g_array_index(place->open, struct cflow_run, place->drawn);
        int64_t n = MIN(count, run->count);
        run->count -= n;
        count -= n;
        advance(b, *run, n, last, next);
        /* @next's array may not be this one: control goes on at a higher address. */
        place->drawn += run->count == 0;
    }
    int64_t inside = MIN(count, place->inside);
    if (inside > 0) {
        place->inside -= inside;
        advance(b, begun, inside, last, next);
    }
    /* Returns, what other modules sent here, entries, the ends of signals. */
    begun.from_outside = true;
    if (count > inside) {
        advance(b, begun, count - inside, last, next);
    }
}

/* Takes at most *@count from *@of and returns how much. */
static int64_t take(int64_t *of, int64_t *count)
{
    int64_t n = MAX(0, MIN(*of, *count));

    *of -= n;
    *count -= n;
    return n;
}

/* The runs that left @block in its middle may go on where they left it. */
static void leave_middle(struct builder *b, const struct cflow_block *block, struct place *place,
                         int64_t missing)
{
    guint low = 0, high = b->left->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(b->left, uint64_t, middle) > block->start) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    for (; missing > 0 && low < b->left->len; low++) {
        uint64_t address = g_array_index(b->left, uint64_t, low);
        if (address > block->last) {
            break;
        }
        struct place *at = place_at(b, address);
        int64_t cut = take(&at->cut, &missing);
        draw(b, place, cut, address, cut > 0 ? place_at(b, at->next) : NULL);
        draw(b, place, take(&at->left, &missing), address, at);
    }
    draw(b, place, missing, block->start, NULL); /* left, and nothing says where */
}

static void add_block(struct builder *b, const struct cflow_block *block, struct place *place)
{
    struct place *last = place_at(b, block->last);
    int64_t completed = block->completed, missing = block->entered - block->completed;

    if (block->start == block->last) {
        take(&last->repeats, &completed);
    }
    /* Who left at the first instruction has not moved. */
    take(&place->left, &missing);
    int64_t cut = take(&place->cut, &missing);
    draw(b, place, cut, block->start, cut > 0 ? place_at(b, place->next) : NULL);
    if (missing > 0) {
        leave_middle(b, block, place, missing);
    }
    int64_t on = take(&last->straight, &completed);
    if (on > 0) {
        bool forward = last->next > block->last;
        draw(b, place, on, block->last, forward ? place_at(b, last->next) : NULL);
    }
    draw(b, place, completed, block->last, NULL);
}

/* Runs that got to @place, where no block began for them. */
static void end_open(struct builder *b, struct place *place)
{
    for (; place->open && place->drawn < place->open->len; place->drawn++) {
        struct cflow_run run = g_array_index(place->open, struct cflow_run, place->drawn);
        advance(b, run, run.count, place->address, NULL);
    }
    g_clear_pointer(&place->open, g_array_unref);
}

static bool join_blocks(struct builder *b, GError **error)
{
    g_autoptr(GArray) blocks = cflow_query_blocks(b->profile, b->module, error);
    GHashTableIter iter;
    gpointer place;

    if (!blocks) {
        return false;
    }
    /* By address, so that whatever leads straight to a block comes before it. */
    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *block = &g_array_index(blocks, struct cflow_block, i);
        struct place *at = place_at(b, block->start);
        add_block(b, block, at);
        if (i + 1 == blocks->len || block[1].start != block->start) {
            end_open(b, at);
        }
    }
    g_hash_table_iter_init(&iter, b->places);
    while (g_hash_table_iter_next(&iter, NULL, &place)) {
        end_open(b, place);
    }
    return true;
}

static int compare_runs(const void *pa, const void *pb)
{
    const struct cflow_run *a = pa, *b = pb;

    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->last != b->last) {
        return a->last < b->last ? -1 : 1;
    }
    return (int)a->from_outside - (int)b->from_outside;
}

static void sort_runs(cflow_runs *runs)
{
    GArray *sorted = g_array_new(FALSE, FALSE, sizeof(struct cflow_run));

    g_array_sort(runs->runs, compare_runs);
    for (guint i = 0; i < runs->runs->len; i++) {
        const struct cflow_run *run = &g_array_index(runs->runs, struct cflow_run, i);
        append(sorted, run, run->count);
    }
    g_array_unref(runs->runs);
    runs->runs = sorted;
}

cflow_runs *cflow_runs_new(cflow_profile *profile, int64_t module, GError **error)
{
    g_autoptr(cflow_runs) runs = g_new0(cflow_runs, 1);
    g_autoptr(GHashTable) places =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_place);
    g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    struct builder b = {profile, module, places, left, runs};

    runs->runs = g_array_new(FALSE, FALSE, sizeof(struct cflow_run));
    runs->transfers = g_array_new(FALSE, FALSE, sizeof(struct cflow_edge));
    if (!read_edges(&b, error) || !join_blocks(&b, error)) {
        return NULL;
    }
    sort_runs(runs);
    return g_steal_pointer(&runs);
}

static bool is_wanted(const struct cflow_export *export, int64_t module, uint64_t address)
{
    const struct cflow_module *own = export->module;
    struct cflow_location at;

    return module == own->id &&
           cflow_symbols_lookup(export->symbols, own->path, own->build_id, address, &at) &&
           strcmp(at.name, export->function) == 0;
}

/* Leaves what begins in the wanted function, and what control came to it by. */
static void select_function(const struct cflow_export *export, cflow_runs *runs)
{
    guint kept = 0;

    for (guint i = 0; i < runs->runs->len; i++) {
        const struct cflow_run *run = &g_array_index(runs->runs, struct cflow_run, i);
        if (is_wanted(export, export->module->id, run->start)) {
            g_array_index(runs->runs, struct cflow_run, kept++) = *run;
        }
    }
    g_array_set_size(runs->runs, kept);
    kept = 0;
    for (guint i = 0; i < runs->transfers->len; i++) {
        const struct cflow_edge *edge = &g_array_index(runs->transfers, struct cflow_edge, i);
        if (is_wanted(export, edge->src_module, edge->src) ||
            is_wanted(export, edge->dst_module, edge->dst)) {
            g_array_index(runs->transfers, struct cflow_edge, kept++) = *edge;
        }
    }
    g_array_set_size(runs->transfers, kept);
}

cflow_runs *cflow_runs_export(const struct cflow_export *export, const char *reader,
                              const char *const *isas, GError **error)
{
    const struct cflow_module *module = export->module;
    const char *isa = cflow_profile_meta(export->profile, "isa");

    if (!isa || !g_strv_contains(isas, isa)) {
        g_autofree char *known = g_strjoinv(", ", (char **)isas);
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_NOTHING,
                    "%s is a profile of %s code, and %s knows only %s",
                    cflow_profile_path(export->profile), isa ? isa : "unknown", reader, known);
        return NULL;
    }
    if (strcmp(module->kind, "elf") != 0) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_MODULE,
                    "%s is no ELF file, and %s needs one; choose another --module", module->path,
                    reader);
        return NULL;
    }
    if (!cflow_export_check_function(export, error)) {
        return NULL;
    }
    cflow_runs *runs = cflow_runs_new(export->profile, module->id, error);
    if (runs && export->function) {
        select_function(export, runs);
    }
    if (runs && runs->runs->len == 0) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_NOTHING,
                    "no code of %s ran in %s", export->function ? export->function : module->path,
                    cflow_profile_path(export->profile));
        g_clear_pointer(&runs, cflow_runs_free);
    }
    return runs;
}

void cflow_runs_free(cflow_runs *runs)
{
    if (runs) {
        g_array_unref(runs->runs);
        g_array_unref(runs->transfers);
        g_free(runs);
    }
}
