/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/forest.h"

#include <string.h>

#include "lib/flow/successors.h"
#include "plugin/frames.h"
#include "plugin/index.h"
#include "plugin/memory.h"
#include "plugin/whereabouts.h"

/* A node: an address where control arrives, or a last instruction.  There are two a block. */
struct node {
    union {
        uint32_t pc[2]; /* low and high, for there would be a gap otherwise */
        struct leave leave;
    };
    int32_t parent; /* union-find; of a root: the size of its set as a negative number */
};

#define CHUNK 1024

static struct node *chunks[INDEX_MAX / CHUNK + 1]; /* of CHUNK nodes, by number */
static uint32_t n_nodes;

static uint32_t arrival_hash(uint32_t number);
static uint32_t leave_hash(uint32_t number);

/* By address.  Above the numbers of arrivals are their marks. */
static struct index arrivals = {.hash = arrival_hash}, leaves = {.hash = leave_hash};

#define MARKS_SHIFT 28

/* --- nodes ----------------------------------------------------------------- */

static struct node *node_at(uint32_t number)
{
    return &chunks[number / CHUNK][number % CHUNK];
}

static uint32_t new_node(void)
{
    if (n_nodes % CHUNK == 0) {
        chunks[n_nodes / CHUNK] = memory_new(CHUNK * sizeof(struct node));
    }
    node_at(n_nodes)->parent = -1;
    return n_nodes++;
}

static uint32_t find(uint32_t number)
{
    struct node *node = node_at(number);

    while (node->parent >= 0) {
        struct node *up = node_at((uint32_t)node->parent);
        number = (uint32_t)node->parent;
        if (up->parent >= 0) {
            number = (uint32_t)(node->parent = up->parent);
            up = node_at(number);
        }
        node = up;
    }
    return number;
}

/* Make one set of those of the roots @a and @b; its root. */
static uint32_t unite(uint32_t a, uint32_t b)
{
    if (node_at(a)->parent > node_at(b)->parent) {
        uint32_t larger = b;
        b = a;
        a = larger;
    }
    node_at(a)->parent += node_at(b)->parent;
    node_at(b)->parent = (int32_t)a;
    return a;
}

/* --- arrivals -------------------------------------------------------------- */

static uint64_t arrival_pc(uint32_t number)
{
    const struct node *node = node_at(number);

    return (uint64_t)node->pc[1] << 32 | node->pc[0];
}

static uint32_t arrival_hash(uint32_t number)
{
    return cflow_arena_hash(arrival_pc(number));
}

/* Where the arrival at @pc is, or has to be put. */
static uint32_t *arrival_slot(uint64_t pc)
{
    uint32_t *slot = index_first(&arrivals, cflow_arena_hash(pc));

    while (*slot && arrival_pc(index_number(*slot)) != pc) {
        slot = index_next(&arrivals, slot);
    }
    return slot;
}

/* The slot of the arrival at @pc, found or made. */
static uint32_t *arrival_at(uint64_t pc)
{
    index_make_room(&arrivals);
    uint32_t *slot = arrival_slot(pc);
    if (!*slot) {
        index_put(&arrivals, slot, new_node());
        node_at(index_number(*slot))->pc[0] = (uint32_t)pc;
        node_at(index_number(*slot))->pc[1] = (uint32_t)(pc >> 32);
    }
    return slot;
}

unsigned forest_marks(uint64_t pc)
{
    return arrivals.n_slots ? *arrival_slot(pc) >> MARKS_SHIFT : 0;
}

void forest_mark(uint64_t pc, enum forest_mark mark)
{
    *arrival_at(pc) |= (uint32_t)mark << MARKS_SHIFT;
}

/* --- silent edges ---------------------------------------------------------- */

/* Say that the edge from @leave to @pc is silent; if not @silent, none that it names is. */
static bool log_way(const struct leave *leave, uint64_t pc, bool silent)
{
    struct cflow_arena_way *way =
        cflow_arena_append(&recorder.arena, &recorder.process->ways, sizeof(*way));

    if (!way) {
        recorder.process->lost++;
        return false;
    }
    way->block = leave->block & INT32_MAX;
    way->silent = silent;
    way->pc = pc;
    cflow_arena_publish(&recorder.arena, &recorder.process->ways, sizeof(*way));
    return true;
}

/* Make the edges from the node @from to all of @pcs silent, or none if that closes a cycle. */
static bool make_silent(uint32_t from, const uint64_t *pcs, unsigned n)
{
    uint32_t roots[3] = {find(from)};

    for (unsigned i = 0; i < n; i++) {
        roots[i + 1] = find(index_number(*arrival_at(pcs[i])));
        for (unsigned j = 0; j <= i; j++) {
            if (roots[j] == roots[i + 1]) {
                return false;
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        roots[0] = unite(roots[0], roots[i + 1]);
        if (recorder.system) {
            forest_mark(pcs[i], FOREST_LED_TO);
        }
    }
    return true;
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
    const struct block *b = recorder_block_at(leave->block);
    bool inside = frames_same_page(block_pc(b), block_last_pc(b));

    for (unsigned i = 0; i < n; i++) {
        inside = inside && frames_same_page(pcs[i], block_last_pc(b));
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

    return block_last_pc(a) == block_last_pc(b) && a->careful == b->careful &&
           ra->module == rb->module && ra->mode == rb->mode && na == nb &&
           memcmp(bytes_a, bytes_b, na) == 0;
}

static const struct block *block_of(uint32_t number)
{
    return recorder_block_at(node_at(number)->leave.block);
}

static uint32_t leave_hash(uint32_t number)
{
    return cflow_arena_hash(block_last_pc(block_of(number)));
}

/* Where the last instruction of @b is, or has to be put. */
static uint32_t *leave_slot(const struct block *b)
{
    uint32_t hash = cflow_arena_hash(block_last_pc(b)), *slot = index_first(&leaves, hash);

    while (*slot && !(index_may_be(*slot, hash) && same_leave(block_of(index_number(*slot)), b))) {
        slot = index_next(&leaves, slot);
    }
    return slot;
}

bool forest_accept(const struct leave *leave, uint64_t pc)
{
    uint32_t number = index_number(*leave_slot(recorder_block_at(leave->block)));

    return make_silent(number, &pc, 1) && log_way(leave, pc, true);
}

const struct leave *forest_leave(const struct block *b)
{
    uint64_t pcs[2];

    index_make_room(&leaves);
    uint32_t *slot = leave_slot(b);
    if (*slot) {
        return &node_at(index_number(*slot))->leave;
    }
    uint32_t number = new_node();
    struct leave *leave = &node_at(number)->leave;
    *leave = (struct leave){.block = b->id, .careful = b->careful};
    index_put(&leaves, slot, number);
    *slot |= index_tag(cflow_arena_hash(block_last_pc(b)));
    struct isa_insn last;
    unsigned n = flow_successors(recorder.isa, b->record, pcs, &last);
    unsigned size;
    const uint8_t *bytes = last_bytes(b, &size);
    bool ends = recorder.framed && whereabouts_is_port(bytes, size);
    bool told =
        n && !ends && (!recorder.framed || number_targets(leave, pcs, n, last.class == ISA_CALL));
    leave->is_explicit = !told || !make_silent(number, pcs, n);
    if (leave->is_explicit && n) {
        log_way(leave, 0, false);
    }
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
    for (uint32_t *slot = index_first(&leaves, cflow_arena_hash(pc)); *slot;
         slot = index_next(&leaves, slot)) {
        const struct leave *leave = &node_at(index_number(*slot))->leave;
        const struct block *b = recorder_block_at(leave->block);
        if (block_last_pc(b) != pc || leave->is_explicit || leave->no_fault) {
            continue;
        }
        unsigned n;
        const uint8_t *bytes = last_bytes(b, &n);
        uint64_t room = 0x1000 - (pc & 0xfff);
        if (!host || memcmp(host, bytes, MIN(n, room)) == 0) {
            return b;
        }
    }
    return NULL;
}
