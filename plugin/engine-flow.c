/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow engine: count blocks inline, deduce most edges, record the rest.
 *
 * Every block counts how often it starts and (where it can be left in its
 * middle) how often its last instruction is reached.  From these counts follow
 * the transfers that plugin/forest.h calls silent.
 *
 * Any other last instruction is explicit: it stores its token in the vCPU's
 * word `src`.  Every block begins with a callback that fires when `src` is not
 * what the block accepts, normally 0, and counts the edge.  A block that was
 * translated because an explicit instruction led there accepts its token, if
 * that closes no cycle: one more silent edge, and for a return site, say, the
 * one that matters.
 *
 * What is inline is dear to translate, and most blocks run seldom.  So a block is
 * cold at first: its callback always fires, and compares and counts in C.  After
 * recorder.cold_runs starts QEMU is told to forget the translation, and the next is inline.
 */
#include <string.h>

#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/checkpoint.h"
#include "plugin/counters.h"
#include "plugin/engine.h"
#include "plugin/forest.h"
#include "plugin/memory.h"
#include "plugin/modules.h"

/* Values of `src`: 0, block id + 1 of an explicit last instruction, or: */
#define ENTRY_TOKEN (1ull << 49) /* a vCPU begins */
#define ABORT_TOKEN (1ull << 50) /* | id << 10 | insn: it may be begun again */
#define SLOW_TOKEN  (1ull << 51) /* | any: something has happened on the way */

#define CHUNK 1024 /* blocks in a chunk */

/* A block, as this engine instrumented it first and will again. */
struct flow_block {
    const struct block *block;
    const struct leave *leave;
    uint32_t accept;          /* token, or 0 */
    counter_id alone, shared; /* starts, and in the next counter ends, if it `splits` */
    bool splits;              /* it can be left in its middle */
    bool hot;                 /* cold no more */
    uint64_t *cold_starts;    /* the counter of starts, where on_cold_block() adds */
};

static GMutex lock;
static struct qemu_plugin_scoreboard *src; /* one uint64_t per vCPU */
static GPtrArray *blocks;                  /* chunks of struct flow_block, by id */
static unsigned n_vcpus;

/* That of the only vCPU.  It stays where it is until there are more than sixteen. */
static _Atomic uint64_t *alone_source;

static _Atomic uint64_t *source_of(unsigned index)
{
    return qemu_plugin_scoreboard_find(src, index);
}

static uint64_t source(unsigned index)
{
    return atomic_load_explicit(source_of(index), memory_order_relaxed);
}

static void set_source(unsigned index, uint64_t token)
{
    atomic_store_explicit(source_of(index), token, memory_order_relaxed);
}

/* The slot of block @id; its block is NULL if it was never instrumented. */
static struct flow_block *slot_of(uint32_t id)
{
    while (blocks->len <= id / CHUNK) {
        g_ptr_array_add(blocks, memory_new(CHUNK * sizeof(struct flow_block)));
    }
    return (struct flow_block *)g_ptr_array_index(blocks, id / CHUNK) + id % CHUNK;
}

static uint32_t token_of(const struct leave *leave)
{
    return leave->block->id + 1;
}

/* The token that led here, if this thread is about to run what it translates. */
static uint32_t pending_token(void)
{
    if (this_vcpu >= n_vcpus) {
        return 0;
    }
    uint64_t token = source(this_vcpu);
    return token < ENTRY_TOKEN ? (uint32_t)token : 0;
}

static uint32_t find_accept(const struct block *b)
{
    uint32_t token = pending_token();
    const struct flow_block *from = token ? slot_of(token - 1) : NULL;

    if (!from || !from->block || b->handler) {
        return 0;
    }
    return forest_accept(from->leave, b->pc) ? token : 0;
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

static void arrive_slowly(struct vcpu *v, unsigned index, const struct block *b)
{
    checkpoint_park(v, b);
    g_mutex_lock(&lock); /* the chunks of blocks may be moving */
    take_token(v, source(index));
    g_mutex_unlock(&lock);
    arrival_classify(v, b);
    v->at = NULL;
    set_source(index, 0);
}

/* `src` is not what the block accepts. */
static void on_arrival(unsigned int index, void *data)
{
    const struct flow_block *f = data;
    _Atomic uint64_t *pending = source_of(index);
    uint64_t token = atomic_load_explicit(pending, memory_order_relaxed);
    struct vcpu *v = recorder_vcpu_at(index);

    if (G_UNLIKELY(!v)) {
        recorder.process->lost += token != 0;
        atomic_store_explicit(pending, 0, memory_order_relaxed);
        return;
    }
    v->shared->callbacks++;
    if (token == 0) {
        return; /* a silent edge into a block that accepts something else */
    }
    if (G_LIKELY(token < ENTRY_TOKEN)) {
        recorder_count_edge_from(v, token, f->block);
        atomic_store_explicit(pending, 0, memory_order_relaxed);
    } else {
        arrive_slowly(v, index, f->block);
    }
}

/* Any start of a cold block.  One thread runs it, or it would not be cold. */
static void on_cold_block(unsigned int index, void *data)
{
    struct flow_block *f = data;
    _Atomic uint64_t *pending = alone_source;
    uint64_t token = atomic_load_explicit(pending, memory_order_relaxed);

    if (token != f->accept) {
        on_arrival(index, data);
    } else if (token) {
        atomic_store_explicit(pending, 0, memory_order_relaxed);
    }
    /* Behind the callback, like all counting: it may have waited there. */
    if ((++*f->cold_starts & (recorder.cold_runs - 1)) == 0) {
        f->hot = true;
        qapi_retranslate(f->block->pc, modules_host_of(f->block->pc)); /* else again, later */
    }
}

/* A signal handler may begin here: look, however control came. */
static void on_handler(unsigned int index, void *data)
{
    const struct flow_block *f = data;
    struct vcpu *v = recorder_vcpu_at(index);

    if (v) {
        v->shared->callbacks++;
        arrive_slowly(v, index, f->block);
    } else {
        recorder.process->lost++;
    }
}

/* --- translation ----------------------------------------------------------- */

/* Is it worth while to wait whether @f runs often?  Is it possible? */
static bool is_cold(const struct flow_block *f)
{
    const struct block *b = f->block;

    return !f->hot && recorder.cold_runs && !recorder.parallel && !b->handler && !b->careful &&
           !(b->record->flags & CFLOW_BLOCK_OPAQUE) && qapi_can_retranslate();
}

static struct flow_block *instrumented(const struct block *b, const uint8_t *flags)
{
    struct flow_block *f = slot_of(b->id);

    if (!f->block) {
        for (unsigned i = 0; i + 1 < b->n_insns; i++) {
            f->splits |= !(flags[i] & ISA_NO_FAULT);
        }
        f->block = b;
        f->leave = forest_leave(b);
        f->accept = find_accept(b);
    }
    counter_id *counter = recorder.parallel ? &f->shared : &f->alone;
    if (!*counter) {
        *counter = counters_new_pair(recorder.parallel);
    }
    if (is_cold(f) && !f->cold_starts) {
        qemu_plugin_u64 entry = counter_entry(f->alone);
        char *first = qemu_plugin_scoreboard_find(entry.score, 0);
        /* Like alone_source, it stays where it is as long as blocks are cold. */
        f->cold_starts = (uint64_t *)(void *)(first + entry.offset);
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

static void instrument_start(struct qemu_plugin_tb *tb, const struct flow_block *f,
                             counter_id starts)
{
    if (is_cold(f)) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_cold_block, QEMU_PLUGIN_CB_NO_REGS, (void *)f);
        return;
    }
    if (f->block->handler) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_handler, QEMU_PLUGIN_CB_R_REGS, (void *)f);
    } else {
        qemu_plugin_register_vcpu_tb_exec_cond_cb(
            tb, on_arrival, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
            qemu_plugin_scoreboard_u64(src), f->accept, (void *)f);
        if (f->accept) {
            qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_STORE_U64,
                                                              qemu_plugin_scoreboard_u64(src), 0);
        }
    }
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                                      counter_entry(starts), 1);
}

/* Before an instruction that may restart, a token says that it was reached. */
static void instrument_restarts(struct qemu_plugin_tb *tb, const struct flow_block *f,
                                const uint8_t *flags)
{
    const struct block *b = f->block;
    unsigned last = b->n_insns - 1u;
    bool set = false;

    for (unsigned i = 0; i <= last; i++) {
        bool restarts = i < last && may_restart(b, flags[i]);
        if (restarts) {
            store(qemu_plugin_tb_get_insn(tb, i), ABORT_TOKEN | (uint64_t)b->id << 10 | i);
        } else if (set && !(i == last && f->leave->is_explicit)) {
            store(qemu_plugin_tb_get_insn(tb, i), 0);
        }
        set = restarts;
    }
}

static void instrument(struct qemu_plugin_tb *tb, const struct flow_block *f, const uint8_t *flags)
{
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u);
    counter_id starts = recorder.parallel ? f->shared : f->alone;

    instrument_start(tb, f, starts);
    if (f->splits) {
        instrument_restarts(tb, f, flags);
        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(last, QEMU_PLUGIN_INLINE_ADD_U64,
                                                            counter_entry(starts + 1), 1);
    }
    if (f->leave->is_explicit) {
        store(last, token_of(f->leave));
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
    blocks = g_ptr_array_new();
}

static void vcpu_init(unsigned index)
{
    g_mutex_lock(&lock);
    n_vcpus = MAX(n_vcpus, index + 1);
    g_mutex_unlock(&lock);
    set_source(index, ENTRY_TOKEN);
    if (!recorder.parallel) {
        alone_source = source_of(index);
    }
}

static void summon(unsigned index)
{
    atomic_fetch_or(source_of(index), SLOW_TOKEN);
}

static void settle(struct vcpu *v, unsigned index)
{
    g_mutex_lock(&lock);
    take_token(v, source(index));
    g_mutex_unlock(&lock);
    if (v->silent && v->here) { /* parked, and so it is known after all */
        v->at = recorder_point(v->here->pc);
        v->silent = !v->at;
    }
}

static void stop(const struct vcpu *v, unsigned index, struct cflow_arena_vcpu *out)
{
    struct vcpu at = {0};

    g_mutex_lock(&lock);
    take_token(&at, source(index));
    g_mutex_unlock(&lock);
    if (at.at) {
        out->stop = at.completed ? CFLOW_STOP_COMPLETED : CFLOW_STOP_ABORTED;
        out->stop_block = at.at->id;
        out->stop_insn = at.insn;
    } else if (at.silent && v->here) {
        out->stop = CFLOW_STOP_BEFORE;
        out->stop_block = v->here->id;
    }
}

static struct cflow_arena_count count_of(uint32_t id)
{
    const struct flow_block *f = slot_of(id);
    struct cflow_arena_count count = {.block = id};

    for (int pass = 0; pass < 2; pass++) {
        counter_id starts = pass ? f->shared : f->alone;
        if (starts) {
            count.start += counter_sum(starts, n_vcpus);
            count.end += counter_sum(starts + f->splits, n_vcpus);
        }
    }
    if (recorder.damage == id && count.start) {
        count.start++; /* the residual has to show it */
        count.end++;
    }
    return count;
}

static uint32_t counts(struct cflow_arena_count *out, uint32_t n)
{
    uint32_t kept = 0;

    g_mutex_lock(&lock);
    for (uint32_t i = 0; i < n; i++) {
        struct cflow_arena_count count = count_of(i);
        if (count.start && out) {
            out[kept] = count;
        }
        kept += count.start > 0;
    }
    g_mutex_unlock(&lock);
    return kept;
}

static void forked(void)
{
    counters_clear(n_vcpus);
    if (this_vcpu < n_vcpus) {
        set_source(this_vcpu, ENTRY_TOKEN);
    }
}

const struct engine engine_flow = {
    .name = "flow",
    .begin = begin,
    .translate = translate,
    .vcpu_init = vcpu_init,
    .settle = settle,
    .expect = summon,
    .forked = forked,
    .summon = summon,
    .stop = stop,
    .counts = counts,
};
