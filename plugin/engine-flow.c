/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow engine: count blocks inline, deduce most edges, record the rest.
 *
 * Nodes are the addresses where control arrives and the instructions with
 * which it leaves a block; edges join the latter to the former.  Every block
 * counts how often it starts and (where it can be left in its middle) how often
 * its last instruction is reached, which is what flows through the nodes.  An
 * edge whose place is known from decoding need not be measured as long as all
 * such "silent" edges form a forest (lib/flow/solve.h); a union-find over the
 * nodes, kept while QEMU translates, sees to that.
 *
 * Any other last instruction is explicit: it stores its token in the vCPU's
 * word `src`.  Every block begins with a callback that fires when `src` is not
 * what the block accepts, normally 0, and counts the edge.  A block that was
 * translated because an explicit instruction led there accepts its token, if
 * that closes no cycle: one more silent edge, and for a return site, say, the
 * one that matters.
 */
#include <string.h>

#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/engine.h"
#include "plugin/successors.h"

/* Values of `src`: 0, block id + 1 of an explicit last instruction, or: */
#define ENTRY_TOKEN (1ull << 49) /* a vCPU begins */
#define ABORT_TOKEN (1ull << 50) /* | id << 10 | insn: it may be begun again */
#define SLOW_TOKEN  (1ull << 51) /* | any: something has happened on the way */

#define CHUNK 1024 /* counters in a scoreboard, blocks in a chunk */

/* A block, as this engine instrumented it first and will again. */
struct flow_block {
    const struct block *block;
    const struct leave *leave;
    uint64_t accept;     /* token, or 0 */
    uint32_t start, end; /* numbers of counters; equal: one serves */
};

/* An instruction that ends blocks. */
struct leave {
    const struct block *block; /* any that ends with it; its token is this id + 1 */
    uint32_t node;
    bool is_explicit;
    bool careful;
};

static GMutex lock;
static struct qemu_plugin_scoreboard *src; /* one uint64_t per vCPU */
static GPtrArray *counters;                /* scoreboards of CHUNK uint64_t */
static uint32_t n_counters;
static GPtrArray *blocks;    /* chunks of struct flow_block, by id */
static GArray *parents;      /* union-find: uint32_t */
static GHashTable *arrivals; /* pc -> node + 1 */
static GHashTable *leaves;   /* struct leave, by its instruction */
static unsigned n_vcpus;

/* --- union-find ------------------------------------------------------------ */

static uint32_t new_node(void)
{
    uint32_t node = parents->len;

    g_array_append_val(parents, node);
    return node;
}

static uint32_t find(uint32_t node)
{
    uint32_t *up = (uint32_t *)(void *)parents->data;

    while (up[node] != node) {
        up[node] = up[up[node]];
        node = up[node];
    }
    return node;
}

static uint32_t arrival_node(uint64_t pc)
{
    void *found = g_hash_table_lookup(arrivals, &pc);

    if (found) {
        return GPOINTER_TO_UINT(found) - 1;
    }
    uint32_t node = new_node();
    g_hash_table_insert(arrivals, g_memdup2(&pc, sizeof(pc)), GUINT_TO_POINTER(node + 1));
    return node;
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
        ((uint32_t *)(void *)parents->data)[roots[i + 1]] = roots[0];
    }
    return true;
}

/* --- blocks ---------------------------------------------------------------- */

static const uint8_t *last_bytes(const struct block *b, unsigned *n)
{
    const struct cflow_arena_block *r = b->record;

    *n = r->data[r->n_insns - 1];
    return r->data + r->n_insns + r->last_offset;
}

static guint leave_hash(const void *key)
{
    return cflow_arena_hash(((const struct leave *)key)->block->last_pc);
}

static gboolean leave_equal(const void *x, const void *y)
{
    const struct leave *a = x, *b = y;
    const struct cflow_arena_block *ra = a->block->record, *rb = b->block->record;
    unsigned na, nb;
    const uint8_t *bytes_a = last_bytes(a->block, &na), *bytes_b = last_bytes(b->block, &nb);

    return a->block->last_pc == b->block->last_pc && a->careful == b->careful &&
           ra->module == rb->module && ra->mode == rb->mode && na == nb &&
           memcmp(bytes_a, bytes_b, na) == 0;
}

static const struct leave *find_leave(const struct block *b, bool careful)
{
    struct leave key = {.block = b, .careful = careful};
    struct leave *leave = g_hash_table_lookup(leaves, &key);
    uint64_t pcs[2];

    if (leave) {
        return leave;
    }
    leave = g_new(struct leave, 1);
    *leave = (struct leave){.block = b, .node = new_node(), .careful = careful};
    unsigned n = successors_of(b, careful, pcs);
    leave->is_explicit = n == 0 || !make_silent(leave, pcs, n);
    recorder.process->explicit_branches += leave->is_explicit;
    g_hash_table_add(leaves, leave);
    return leave;
}

static uint64_t *source_of(unsigned index)
{
    return qemu_plugin_scoreboard_find(src, index);
}

/* The slot of block @id; its block is NULL if it was never instrumented. */
static struct flow_block *slot_of(uint32_t id)
{
    while (blocks->len <= id / CHUNK) {
        g_ptr_array_add(blocks, g_new0(struct flow_block, CHUNK));
    }
    return (struct flow_block *)g_ptr_array_index(blocks, id / CHUNK) + id % CHUNK;
}

/* The token that led here, if this thread is about to run what it translates. */
static uint64_t pending_token(void)
{
    if (this_vcpu >= G_N_ELEMENTS(recorder.vcpus)) {
        return 0;
    }
    uint64_t token = *source_of(this_vcpu);
    return token < ENTRY_TOKEN ? token : 0;
}

static uint64_t find_accept(const struct block *b)
{
    uint64_t token = pending_token();
    const struct flow_block *from = token ? slot_of((uint32_t)token - 1) : NULL;

    if (!from || !from->block || b->handler) {
        return 0;
    }
    return make_silent(from->leave, &b->pc, 1) ? token : 0;
}

static uint32_t new_counter(void)
{
    if (n_counters % CHUNK == 0) {
        g_ptr_array_add(counters, qemu_plugin_scoreboard_new(CHUNK * sizeof(uint64_t)));
    }
    return n_counters++;
}

static qemu_plugin_u64 counter(uint32_t number)
{
    return (qemu_plugin_u64){g_ptr_array_index(counters, number / CHUNK),
                             number % CHUNK * sizeof(uint64_t)};
}

/* --- at run time ----------------------------------------------------------- */

/* Where does @token say that @v comes from? */
static void take_token(struct vcpu *v, uint64_t token)
{
    token &= ~SLOW_TOKEN;
    v->silent = token == 0;
    v->completed = true;
    v->at = NULL;
    v->insn = 0;
    if (token && token != ENTRY_TOKEN) {
        bool aborted = token & ABORT_TOKEN;
        uint64_t id = aborted ? (token & (ABORT_TOKEN - 1)) >> 10 : token - 1;
        v->at = slot_of((uint32_t)id)->block;
        v->insn = aborted ? token & 1023 : v->at->n_insns - 1u;
        v->completed = !aborted;
    }
}

static void arrive_slowly(struct vcpu *v, const struct block *b, uint64_t *token)
{
    g_mutex_lock(&lock); /* the chunks of blocks may be moving */
    take_token(v, *token);
    g_mutex_unlock(&lock);
    arrival_classify(v, b);
    v->at = NULL;
    *token = 0;
}

/* `src` is not what the block accepts. */
static void on_arrival(unsigned int index, void *data)
{
    const struct flow_block *f = data;
    uint64_t *token = source_of(index);
    struct vcpu *v = recorder_vcpu_at(index);

    if (G_UNLIKELY(!v)) {
        recorder.process->lost += *token != 0;
        *token = 0;
        return;
    }
    v->shared->callbacks++;
    if (*token == 0) {
        return; /* a silent edge into a block that accepts something else */
    }
    if (G_LIKELY(*token < ENTRY_TOKEN)) {
        recorder_count_edge_from(v, *token, f->block);
        *token = 0;
    } else {
        arrive_slowly(v, f->block, token);
    }
}

/* A signal handler may begin here: look, however control came. */
static void on_handler(unsigned int index, void *data)
{
    const struct flow_block *f = data;
    struct vcpu *v = recorder_vcpu_at(index);

    if (v) {
        v->shared->callbacks++;
        arrive_slowly(v, f->block, source_of(index));
    } else {
        recorder.process->lost++;
    }
}

/* --- translation ----------------------------------------------------------- */

static struct flow_block *instrumented(const struct block *b, const uint8_t *flags)
{
    struct flow_block *f = slot_of(b->id);

    if (f->block) {
        return f;
    }
    bool leaves_early = false;
    for (unsigned i = 0; i + 1 < b->n_insns; i++) {
        leaves_early |= !(flags[i] & ISA_NO_FAULT);
    }
    f->block = b;
    f->leave = find_leave(b, b->careful);
    f->accept = find_accept(b);
    f->start = f->end = new_counter();
    if (leaves_early) {
        f->end = new_counter();
    }
    return f;
}

static void store(struct qemu_plugin_insn *insn, uint64_t token)
{
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_STORE_U64,
                                                        qemu_plugin_scoreboard_u64(src), token);
}

/* May QEMU stop at this instruction, in the middle of a block, to begin it again? */
static bool may_restart(const struct block *b, uint8_t flags)
{
    return (flags & ISA_ATOMIC) || (b->careful && !(flags & ISA_NO_FAULT));
}

static void instrument(struct qemu_plugin_tb *tb, const struct flow_block *f, const uint8_t *flags)
{
    const struct block *b = f->block;
    unsigned last = b->n_insns - 1u;
    bool set = false;

    if (b->handler) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_handler, QEMU_PLUGIN_CB_R_REGS, (void *)f);
    } else {
        qemu_plugin_register_vcpu_tb_exec_cond_cb(
            tb, on_arrival, QEMU_PLUGIN_CB_R_REGS, QEMU_PLUGIN_COND_NE,
            qemu_plugin_scoreboard_u64(src), f->accept, (void *)f);
        if (f->accept) {
            qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_STORE_U64,
                                                              qemu_plugin_scoreboard_u64(src), 0);
        }
    }
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                                      counter(f->start), 1);
    for (unsigned i = 0; i <= last; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        if (i < last && may_restart(b, flags[i])) {
            store(insn, ABORT_TOKEN | (uint64_t)b->id << 10 | i);
            set = true;
        } else if (i < last && set) {
            store(insn, 0);
            set = false;
        }
        if (i == last) {
            if (f->leave->is_explicit) {
                store(insn, (uint64_t)f->leave->block->id + 1);
            } else if (set) {
                store(insn, 0);
            }
            if (f->end != f->start) {
                qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
                    insn, QEMU_PLUGIN_INLINE_ADD_U64, counter(f->end), 1);
            }
        }
    }
}

static void translate(struct qemu_plugin_tb *tb)
{
    uint8_t flags[1024];
    const struct block *b = recorder_block(tb, flags);

    if (!b) {
        recorder.process->lost++;
        return;
    }
    g_mutex_lock(&lock);
    instrument(tb, instrumented(b, flags), flags);
    g_mutex_unlock(&lock);
}

/* --- the rest of the engine ------------------------------------------------ */

static void begin(qemu_plugin_id_t id)
{
    (void)id;
    src = qemu_plugin_scoreboard_new(sizeof(uint64_t));
    counters = g_ptr_array_new();
    blocks = g_ptr_array_new();
    parents = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    arrivals = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    leaves = g_hash_table_new(leave_hash, leave_equal);
}

static void vcpu_init(unsigned index)
{
    g_mutex_lock(&lock);
    n_vcpus = MAX(n_vcpus, index + 1);
    g_mutex_unlock(&lock);
    *source_of(index) = ENTRY_TOKEN;
}

static void expect(unsigned index)
{
    *source_of(index) |= SLOW_TOKEN;
}

static void settle(struct vcpu *v, unsigned index)
{
    g_mutex_lock(&lock);
    take_token(v, *source_of(index));
    g_mutex_unlock(&lock);
}

static uint64_t sum(uint32_t number)
{
    struct qemu_plugin_scoreboard *chunk = g_ptr_array_index(counters, number / CHUNK);
    uint64_t total = 0;

    for (unsigned i = 0; i < n_vcpus; i++) {
        total += ((uint64_t *)qemu_plugin_scoreboard_find(chunk, i))[number % CHUNK];
    }
    return total;
}

/* Room for the counts of @n blocks; they may be copied there many times. */
static struct cflow_arena_count *room_for(uint32_t n)
{
    static uint32_t capacity;
    static const struct cflow_arena_process *owner;
    struct cflow_arena_process *p = recorder.process;

    if (owner != p || capacity < n) {
        uint32_t wanted = MAX(n, owner == p ? 2 * capacity : 0);
        cflow_off off =
            cflow_arena_alloc(&recorder.arena, wanted * sizeof(struct cflow_arena_count) + 8);
        if (!off) {
            return NULL;
        }
        owner = p;
        capacity = wanted;
        atomic_store(&p->counts, off);
    }
    return cflow_arena_at(&recorder.arena, atomic_load(&p->counts));
}

static void flush(void)
{
    struct cflow_arena_process *p = recorder.process;
    uint32_t n = p->parent_blocks + atomic_load(&p->blocks.n);

    g_mutex_lock(&lock);
    struct cflow_arena_count *counts = room_for(n);
    for (uint32_t i = 0; counts && i < n; i++) {
        const struct flow_block *f = slot_of(i);
        if (f->block) {
            counts[i].start = sum(f->start);
            counts[i].end = f->end == f->start ? counts[i].start : sum(f->end);
        }
    }
    if (counts) {
        atomic_store(&p->n_counts, n);
    } else {
        p->lost++;
    }
    g_mutex_unlock(&lock);
}

static void forked(void)
{
    for (guint c = 0; c < counters->len; c++) {
        for (unsigned i = 0; i < n_vcpus; i++) {
            memset(qemu_plugin_scoreboard_find(g_ptr_array_index(counters, c), i), 0,
                   CHUNK * sizeof(uint64_t));
        }
    }
    if (this_vcpu < n_vcpus) {
        *source_of(this_vcpu) = ENTRY_TOKEN;
    }
}

const struct engine engine_flow = {
    .name = "flow",
    .begin = begin,
    .translate = translate,
    .vcpu_init = vcpu_init,
    .settle = settle,
    .expect = expect,
    .forked = forked,
    .flush = flush,
};
