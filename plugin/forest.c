/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/forest.h"

#include <string.h>

#include "plugin/frames.h"
#include "plugin/successors.h"
#include "plugin/whereabouts.h"

/* Open addressing; sizes are powers of two. */
struct arrival {
    uint64_t pc;
    uint32_t node; /* + 1; 0: empty */
    bool led_to;   /* a silent edge goes there */
};

/* The address is here, too: leaves are many, and looking at one costs four misses. */
struct leave_slot {
    uint64_t pc;
    struct leave *leave;
};

static struct arrival *arrivals;
static struct leave_slot *leaves;
static size_t n_arrival_slots, n_arrivals, n_leave_slots, n_leaves;

/* Union-find, by node: the parent, or the size of the set of a root as a negative number. */
static int32_t *parents;
static uint32_t n_nodes, n_parents;

/* --- nodes ----------------------------------------------------------------- */

static uint32_t new_node(void)
{
    if (n_nodes == n_parents) {
        n_parents = n_parents ? n_parents * 2 : 4096;
        parents = g_renew(int32_t, parents, n_parents);
    }
    parents[n_nodes] = -1;
    return n_nodes++;
}

static uint32_t find(uint32_t node)
{
    while (parents[node] >= 0) {
        uint32_t up = (uint32_t)parents[node];
        if (parents[up] >= 0) {
            parents[node] = parents[up];
        }
        node = up;
    }
    return node;
}

/* Make one set of those of the roots @a and @b; its root. */
static uint32_t unite(uint32_t a, uint32_t b)
{
    if (parents[a] > parents[b]) {
        uint32_t larger = b;
        b = a;
        a = larger;
    }
    parents[a] += parents[b];
    parents[b] = (int32_t)a;
    return a;
}

static struct arrival *arrival_slot(uint64_t pc)
{
    size_t i = cflow_arena_hash(pc);

    while (arrivals[i & (n_arrival_slots - 1)].node &&
           arrivals[i & (n_arrival_slots - 1)].pc != pc) {
        i++;
    }
    return &arrivals[i & (n_arrival_slots - 1)];
}

static void grow_arrivals(void)
{
    struct arrival *old = arrivals;
    size_t n = n_arrival_slots;

    n_arrival_slots = n ? n * 2 : 4096;
    arrivals = g_new0(struct arrival, n_arrival_slots);
    for (size_t i = 0; i < n; i++) {
        if (old[i].node) {
            *arrival_slot(old[i].pc) = old[i];
        }
    }
    g_free(old);
}

static uint32_t arrival_node(uint64_t pc)
{
    if (n_arrivals * 2 >= n_arrival_slots) {
        grow_arrivals();
    }
    struct arrival *slot = arrival_slot(pc);
    if (!slot->node) {
        *slot = (struct arrival){.pc = pc, .node = new_node() + 1};
        n_arrivals++;
    }
    return slot->node - 1;
}

/* --- silent edges ---------------------------------------------------------- */

static bool log_silent(uint32_t from, uint64_t pc)
{
    struct cflow_arena_silent *s =
        cflow_arena_append(&recorder.arena, &recorder.process->silent, sizeof(*s));

    if (!s) {
        return false;
    }
    s->src = from;
    s->dst_pc = pc;
    cflow_arena_publish(&recorder.arena, &recorder.process->silent, sizeof(*s));
    return true;
}

/* Make the edges from @leave to all of @pcs silent, or none if that closes a cycle. */
static bool make_silent(const struct leave *leave, const uint64_t *pcs, unsigned n)
{
    uint32_t roots[3] = {find(leave->node)};

    for (unsigned i = 0; i < n; i++) {
        roots[i + 1] = find(arrival_node(pcs[i]));
        for (unsigned j = 0; j <= i; j++) {
            if (roots[j] == roots[i + 1]) {
                return false;
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (!log_silent(leave->block->id, pcs[i])) {
            recorder.process->lost++;
            return false;
        }
        roots[0] = unite(roots[0], roots[i + 1]);
        arrival_slot(pcs[i])->led_to = true;
    }
    return true;
}

bool forest_leads_to(uint64_t pc)
{
    const struct arrival *slot = n_arrival_slots ? arrival_slot(pc) : NULL;

    return slot && slot->node && slot->led_to;
}

bool forest_accept(const struct leave *leave, uint64_t pc)
{
    return make_silent(leave, &pc, 1);
}

/* --- targets --------------------------------------------------------------- */

static GHashTable *target_numbers; /* pc -> number */
static GArray *targets;            /* uint64_t: pc, by number - 1 */

uint32_t forest_target(uint64_t pc)
{
    return target_numbers
               ? GPOINTER_TO_UINT(g_hash_table_lookup(target_numbers, GSIZE_TO_POINTER(pc)))
               : 0;
}

uint64_t forest_target_pc(uint32_t target)
{
    return g_array_index(targets, uint64_t, target - 1);
}

static uint32_t number_target(uint64_t pc)
{
    uint32_t number = forest_target(pc);

    if (!targets) {
        target_numbers = g_hash_table_new(NULL, NULL);
        targets = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    }
    if (!number && targets->len + 1 < FOREST_MAX_TARGETS) {
        g_array_append_val(targets, pc);
        number = targets->len;
        g_hash_table_insert(target_numbers, GSIZE_TO_POINTER(pc), GUINT_TO_POINTER(number));
    }
    return number;
}

/*
 * Where a page's neighbours differ.  Inside, nothing is to be said; an edge that
 * leaves, and each call, so that functions expect but one thing, says where to.
 */
static bool number_targets(struct leave *leave, const uint64_t *pcs, unsigned n, bool call)
{
    const struct block *b = leave->block;
    bool inside = frames_same_page(b->pc, b->last_pc);

    for (unsigned i = 0; i < n; i++) {
        inside = inside && frames_same_page(pcs[i], b->last_pc);
    }
    if (inside && !(call && n == 1)) {
        return true;
    }
    leave->target = n == 1 ? number_target(pcs[0]) : 0;
    return leave->target != 0;
}

/* --- leaves ---------------------------------------------------------------- */

static const uint8_t *last_bytes(const struct block *b, unsigned *n)
{
    const struct cflow_arena_block *r = b->record;

    *n = r->data[r->n_insns - 1];
    return r->data + r->n_insns + r->last_offset;
}

/* Do both end with the same instruction? */
static bool same_leave(const struct block *a, const struct block *b)
{
    const struct cflow_arena_block *ra = a->record, *rb = b->record;
    unsigned na, nb;
    const uint8_t *bytes_a = last_bytes(a, &na), *bytes_b = last_bytes(b, &nb);

    return a->last_pc == b->last_pc && a->careful == b->careful && ra->module == rb->module &&
           ra->mode == rb->mode && na == nb && memcmp(bytes_a, bytes_b, na) == 0;
}

static struct leave_slot *leave_slot(const struct block *b)
{
    for (size_t i = cflow_arena_hash(b->last_pc);; i++) {
        struct leave_slot *slot = &leaves[i & (n_leave_slots - 1)];
        if (!slot->leave || (slot->pc == b->last_pc && same_leave(slot->leave->block, b))) {
            return slot;
        }
    }
}

static void grow_leaves(void)
{
    struct leave_slot *old = leaves;
    size_t n = n_leave_slots;

    n_leave_slots = n ? n * 2 : 2048;
    leaves = g_new0(struct leave_slot, n_leave_slots);
    for (size_t i = 0; i < n; i++) {
        if (old[i].leave) {
            *leave_slot(old[i].leave->block) = old[i];
        }
    }
    g_free(old);
}

static struct leave *new_leave(void)
{
    static struct leave *chunk;
    static size_t left;

    if (!left) {
        left = 512;
        chunk = g_new(struct leave, left);
    }
    return &chunk[--left];
}

const struct leave *forest_leave(const struct block *b)
{
    uint64_t pcs[2];

    if (n_leaves * 2 >= n_leave_slots) {
        grow_leaves();
    }
    struct leave_slot *slot = leave_slot(b);
    if (!slot->leave) {
        struct leave *leave = new_leave();
        *slot = (struct leave_slot){b->last_pc, leave};
        n_leaves++;
        *leave = (struct leave){.block = b, .node = new_node(), .careful = b->careful};
        bool call;
        unsigned n = successors_of(b, b->careful, pcs, &call);
        unsigned size;
        const uint8_t *bytes = last_bytes(b, &size);
        bool ends = recorder.framed && whereabouts_is_port(bytes, size);
        bool told = n && !ends && (!recorder.framed || number_targets(leave, pcs, n, call));
        leave->is_explicit = !told || !make_silent(leave, pcs, n);
        leave->target = leave->is_explicit ? 0 : leave->target;
        recorder.process->explicit_branches += leave->is_explicit;
    }
    return slot->leave;
}

const struct block *forest_silent_at(uint64_t pc, const uint8_t *host)
{
    for (size_t i = cflow_arena_hash(pc); n_leave_slots; i++) {
        const struct leave_slot *slot = &leaves[i & (n_leave_slots - 1)];
        unsigned n;
        if (!slot->leave) {
            return NULL;
        }
        const uint8_t *bytes = last_bytes(slot->leave->block, &n);
        uint64_t room = 0x1000 - (pc & 0xfff);
        if (slot->pc == pc && !slot->leave->is_explicit && !slot->leave->block->last_no_fault &&
            (!host || memcmp(host, bytes, MIN(n, room)) == 0)) {
            return slot->leave->block;
        }
    }
    return NULL;
}
