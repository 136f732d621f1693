/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/forest.h"

#include <string.h>

#include "plugin/frames.h"
#include "plugin/memory.h"
#include "plugin/successors.h"
#include "plugin/whereabouts.h"

/*
 * A slot of a table with open addressing, a power of two of which three quarters are
 * used at most.  In two halves, because with a gap it would be a third larger.
 */
struct slot {
    uint32_t pc_low, pc_high;
    uint32_t number : 28; /* of a node or a leave, + 1; 0: empty */
    uint32_t marks : 4;   /* of a node: enum forest_mark */
};

#define MAX_NUMBER ((1u << 28) - 1)

struct table {
    struct slot *slots;
    size_t n_slots, n;
};

static struct table arrivals, leaves; /* by address */

#define CHUNK 1024

static GPtrArray *leave_chunks; /* of CHUNK leaves, by number */

/* Union-find, by node: the parent, or the size of the set of a root as a negative number. */
static int32_t *parents;
static uint32_t n_nodes, n_parents;

/* --- nodes ----------------------------------------------------------------- */

static uint32_t new_node(void)
{
    if (n_nodes == n_parents) {
        int32_t *old = parents;
        n_parents = n_parents ? n_parents * 2 : 4096;
        parents = memory_new(n_parents * sizeof(*parents));
        if (old) {
            memcpy(parents, old, n_nodes * sizeof(*parents));
        }
        memory_free(old, n_nodes * sizeof(*parents));
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

static bool has_pc(const struct slot *slot, uint64_t pc)
{
    return slot->pc_low == (uint32_t)pc && slot->pc_high == pc >> 32;
}

static struct slot *probe(const struct table *table, size_t i)
{
    return &table->slots[i & (table->n_slots - 1)];
}

/* Make room for one more. */
static void grow(struct table *table)
{
    struct table old = *table;

    if (table->n * 4 < table->n_slots * 3) {
        return;
    }
    table->n_slots = old.n_slots ? old.n_slots * 2 : 4096;
    table->slots = memory_new(table->n_slots * sizeof(struct slot));
    for (size_t i = 0; i < old.n_slots; i++) {
        const struct slot *slot = &old.slots[i];
        size_t to = cflow_arena_hash((uint64_t)slot->pc_high << 32 | slot->pc_low);
        while (slot->number && probe(table, to)->number) {
            to++;
        }
        if (slot->number) {
            *probe(table, to) = *slot;
        }
    }
    memory_free(old.slots, old.n_slots * sizeof(struct slot));
}

static void fill(struct table *table, struct slot *slot, uint64_t pc, uint32_t number)
{
    *slot = (struct slot){(uint32_t)pc, (uint32_t)(pc >> 32), (number + 1) & MAX_NUMBER, 0};
    table->n++;
}

/* Where the arrival at @pc is, or has to be put. */
static struct slot *arrival_slot(uint64_t pc)
{
    size_t i = cflow_arena_hash(pc);

    while (probe(&arrivals, i)->number && !has_pc(probe(&arrivals, i), pc)) {
        i++;
    }
    return probe(&arrivals, i);
}

static uint32_t arrival_node(uint64_t pc)
{
    grow(&arrivals);
    struct slot *slot = arrival_slot(pc);
    if (!slot->number) {
        fill(&arrivals, slot, pc, new_node());
    }
    return slot->number - 1;
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
        arrival_slot(pcs[i])->marks |= FOREST_LED_TO;
    }
    return true;
}

unsigned forest_marks(uint64_t pc)
{
    const struct slot *slot = arrivals.n_slots ? arrival_slot(pc) : NULL;

    return slot && slot->number ? slot->marks : 0;
}

void forest_mark(uint64_t pc, enum forest_mark mark)
{
    arrival_node(pc);
    arrival_slot(pc)->marks |= mark & 15;
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

static struct leave *leave_at(uint32_t number)
{
    return (struct leave *)g_ptr_array_index(leave_chunks, number / CHUNK) + number % CHUNK;
}

/* Where the last instruction of @b is, or has to be put. */
static struct slot *leave_slot(const struct block *b)
{
    for (size_t i = cflow_arena_hash(b->last_pc);; i++) {
        struct slot *slot = probe(&leaves, i);
        if (!slot->number ||
            (has_pc(slot, b->last_pc) && same_leave(leave_at(slot->number - 1)->block, b))) {
            return slot;
        }
    }
}

static struct leave *new_leave(struct slot *slot, uint64_t pc)
{
    uint32_t number = (uint32_t)leaves.n;

    if (!leave_chunks) {
        leave_chunks = g_ptr_array_new();
    }
    if (number / CHUNK == leave_chunks->len) {
        g_ptr_array_add(leave_chunks, memory_new(CHUNK * sizeof(struct leave)));
    }
    fill(&leaves, slot, pc, number);
    return leave_at(number);
}

const struct leave *forest_leave(const struct block *b)
{
    uint64_t pcs[2];

    grow(&leaves);
    struct slot *slot = leave_slot(b);
    if (slot->number) {
        return leave_at(slot->number - 1);
    }
    struct leave *leave = new_leave(slot, b->last_pc);
    *leave = (struct leave){.block = b, .node = new_node(), .careful = b->careful};
    struct isa_insn last;
    unsigned n = successors_of(b, b->careful, pcs, &last);
    unsigned size;
    const uint8_t *bytes = last_bytes(b, &size);
    bool ends = recorder.framed && whereabouts_is_port(bytes, size);
    bool told =
        n && !ends && (!recorder.framed || number_targets(leave, pcs, n, last.class == ISA_CALL));
    leave->is_explicit = !told || !make_silent(leave, pcs, n);
    leave->target = leave->is_explicit ? 0 : leave->target;
    leave->no_fault = last.flags & ISA_NO_FAULT;
    recorder.process->explicit_branches += leave->is_explicit;
    return leave;
}

const struct block *forest_silent_at(uint64_t pc, const uint8_t *host)
{
    if (!leaves.n_slots) {
        return NULL;
    }
    for (size_t i = cflow_arena_hash(pc); probe(&leaves, i)->number; i++) {
        const struct slot *slot = probe(&leaves, i);
        if (!has_pc(slot, pc)) {
            continue;
        }
        const struct leave *leave = leave_at(slot->number - 1);
        unsigned n;
        const uint8_t *bytes = last_bytes(leave->block, &n);
        uint64_t room = 0x1000 - (pc & 0xfff);
        if (!leave->is_explicit && !leave->no_fault &&
            (!host || memcmp(host, bytes, MIN(n, room)) == 0)) {
            return leave->block;
        }
    }
    return NULL;
}
