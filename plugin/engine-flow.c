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
 * In a whole machine any access to memory may leave a block.  There a block that can
 * be left stores that it was begun, and its last instruction takes that back: so
 * nothing leaves without a word, and no second counter is needed.
 *
 * What is inline is dear to translate, and most blocks run seldom.  So, in a program
 * of one thread, a block is cold at first: its callback always fires, and compares and
 * counts in C.  After recorder.cold_runs starts QEMU is told to forget the translation,
 * and the next is inline.
 */
#include <string.h>

#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/checkpoint.h"
#include "plugin/counters.h"
#include "plugin/engine.h"
#include "plugin/forest.h"
#include "plugin/frames.h"
#include "plugin/limit.h"
#include "plugin/machine.h"
#include "plugin/memory.h"
#include "plugin/modules.h"
#include "plugin/privilege.h"
#include "plugin/whereabouts.h"

/* Values of `src`: 0, block id + 1 of an explicit last instruction, or: */
#define TARGET_TOKEN FOREST_MAX_TARGETS /* + target: a direct branch out of its page */
#define ADRIFT_TOKEN (1u << 30)         /* + id: begun, and not at its last instruction so far */
#define ENTRY_TOKEN  (1ull << 49)       /* a vCPU begins */
#define ABORT_TOKEN  (1ull << 50)       /* | id << 10 | insn: it may be begun again */
#define SLOW_TOKEN   (1ull << 51)       /* | any: something has happened on the way */
#define KEPT_TOKEN   (1ull << 52)       /* struct vcpu has it */

#define CHUNK 1024 /* blocks in a chunk */

/* A block, as this engine instrumented it first and will again. */
struct flow_block {
    const struct block *block;
    const struct leave *leave;
    uint32_t accept;          /* token, or 0 */
    uint32_t expects;         /* the number of its address as a target, once known */
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
    return token < ADRIFT_TOKEN ? (uint32_t)token : 0;
}

static uint32_t find_accept(const struct block *b)
{
    uint32_t token = pending_token();

    if (token >= TARGET_TOKEN) {
        return forest_target_pc(token - TARGET_TOKEN) == b->pc && !b->handler ? token : 0;
    }
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
    if (token & KEPT_TOKEN) {
        return;
    }
    bool direct = token >= TARGET_TOKEN && token < ADRIFT_TOKEN;
    v->outside = token & LIMIT_TOKEN;
    v->silent = token == 0 || direct;
    v->target = direct ? forest_target_pc((uint32_t)token - TARGET_TOKEN) : 0;
    v->adrift = token >= ADRIFT_TOKEN && token < ENTRY_TOKEN;
    v->completed = true;
    v->at = NULL;
    v->insn = 0;
    if (v->adrift) {
        v->at = slot_of((uint32_t)token - ADRIFT_TOKEN)->block;
        v->completed = false;
    } else if (!v->silent && !v->outside && token != ENTRY_TOKEN) {
        bool aborted = token & ABORT_TOKEN;
        uint64_t id = aborted ? (token & (ABORT_TOKEN - 1)) >> 10 : token - 1;
        v->at = slot_of((uint32_t)id)->block;
        v->insn = aborted ? token & 1023 : v->at->n_insns - 1u;
        v->completed = !aborted;
    }
}

/*
 * Has @v been reset, and nobody said so (with -icount it need not sleep)?  Then what
 * is deduced to lead from where it was leads nowhere.
 */
static bool was_reset(const struct vcpu *v, const struct block *b)
{
    return recorder.system && v->silent && !v->target && machine_began_at(v, b->pc) &&
           !forest_leads_to(b->pc);
}

static void arrive_slowly(struct vcpu *v, unsigned index, const struct block *b)
{
    checkpoint_park(v, b);
    g_mutex_lock(&lock); /* the chunks of blocks may be moving */
    take_token(v, source(index));
    bool reset = was_reset(v, b);
    g_mutex_unlock(&lock);
    if (reset) {
        recorder.process->unknown_ends++;
        v->silent = false;
    }
    if (v->adrift) {
        whereabouts_went_on(v, b);
    }
    arrival_classify(v, b);
    v->at = NULL;
    set_source(index, 0);
}

/* Has a direct branch, which is silent, led to where it was meant to go? */
static bool is_expected(struct flow_block *f, uint64_t token)
{
    if (token < TARGET_TOKEN || token >= ADRIFT_TOKEN) {
        return false;
    }
    if (G_UNLIKELY(f->expects != token - TARGET_TOKEN)) {
        g_mutex_lock(&lock);
        f->expects = forest_target(f->block->pc);
        g_mutex_unlock(&lock);
    }
    return f->expects == token - TARGET_TOKEN;
}

/* `src` is not what the block accepts. */
static void on_arrival(unsigned int index, void *data)
{
    struct flow_block *f = data;
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
    if (is_expected(f, token)) {
        atomic_store_explicit(pending, 0, memory_order_relaxed);
    } else if (G_LIKELY(token < TARGET_TOKEN)) {
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

/* From here on struct vcpu says where @v is, and the next block asks it. */
static void keep(unsigned index)
{
    set_source(index, KEPT_TOKEN | SLOW_TOKEN);
}

/* --- translation ----------------------------------------------------------- */

/* In a whole machine, one counter does. */
static bool counts_ends(const struct flow_block *f)
{
    return f->splits && !recorder.system;
}

/* Is it worth while to wait whether @f runs often?  Is it possible? */
static bool is_cold(const struct flow_block *f)
{
    const struct block *b = f->block;

    return !f->hot && recorder.cold_runs && !recorder.parallel && !recorder.system && !b->handler &&
           !b->careful && !(b->record->flags & CFLOW_BLOCK_OPAQUE) && qapi_can_retranslate();
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
        *counter = counters_new_pair(recorder.parallel, b->id, counts_ends(f));
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
            tb, on_arrival, recorder.system ? QEMU_PLUGIN_CB_R_REGS : QEMU_PLUGIN_CB_NO_REGS,
            QEMU_PLUGIN_COND_NE, qemu_plugin_scoreboard_u64(src), f->accept, (void *)f);
        if (f->accept && !(recorder.system && f->splits)) {
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

static uint32_t adrift_token(const struct block *b)
{
    return ADRIFT_TOKEN + b->id;
}

/* Before an access to a port, which may end all, a token says that it was reached. */
static void instrument_ports(struct qemu_plugin_tb *tb, const struct block *b)
{
    const struct cflow_arena_block *r = b->record;
    const uint8_t *bytes = r->data + r->n_insns;
    bool set = false;

    for (unsigned i = 0; i + 1u < b->n_insns; bytes += r->data[i++]) {
        bool port = whereabouts_is_port(bytes, r->data[i]);
        if (port) {
            store(qemu_plugin_tb_get_insn(tb, i), ABORT_TOKEN | (uint64_t)b->id << 10 | i);
        } else if (set) {
            store(qemu_plugin_tb_get_insn(tb, i), adrift_token(b));
        }
        set = port;
    }
}

/* A machine's block: what `src` says while it runs, and when it has. */
static void instrument_passage(struct qemu_plugin_tb *tb, const struct flow_block *f)
{
    const struct leave *leave = f->leave;

    if (f->splits) {
        qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_STORE_U64,
                                                          qemu_plugin_scoreboard_u64(src),
                                                          adrift_token(f->block));
        instrument_ports(tb, f->block);
    }
    if (f->splits || leave->is_explicit || leave->target) {
        store(qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u),
              leave->is_explicit ? token_of(leave)
              : leave->target    ? TARGET_TOKEN + leave->target
                                 : 0);
    }
}

static void instrument(struct qemu_plugin_tb *tb, const struct flow_block *f, const uint8_t *flags)
{
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u);
    counter_id starts = recorder.parallel ? f->shared : f->alone;

    instrument_start(tb, f, starts);
    if (recorder.system) {
        instrument_passage(tb, f);
        return;
    }
    if (f->splits) {
        instrument_restarts(tb, f, flags);
        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(last, QEMU_PLUGIN_INLINE_ADD_U64,
                                                            counter_entry(starts + 1), 1);
    }
    if (f->leave->is_explicit) {
        store(last, token_of(f->leave));
    }
}

/* A page has another address: what silently leads to its old one goes on from there. */
static void follow_renaming(void)
{
    struct vcpu *v = recorder_vcpu_at(this_vcpu);
    uint64_t old;

    if (!frames_renamed(&old)) {
        return;
    }
    recorder.stale = true;
    if (v && source(this_vcpu) == 0) {
        v->at = recorder_point(old, privilege_now());
        v->completed = true;
        v->silent = v->adrift = false;
        v->insn = 0;
        keep(this_vcpu);
    }
}

static void translate(struct qemu_plugin_tb *tb)
{
    uint8_t flags[1024];
    struct block *b = recorder_block(tb, flags);

    if (!b) {
        g_mutex_lock(&lock);
        limit_pass_by(tb, src);
        g_mutex_unlock(&lock);
        return;
    }
    if (recorder.system) {
        follow_renaming();
        machine_translate(tb, b);
        if (this_vcpu < n_vcpus && (source(this_vcpu) & ENTRY_TOKEN)) {
            b->handler |= BLOCK_HANDLER; /* to see a reset */
        }
    }
    g_mutex_lock(&lock);
    instrument(tb, instrumented(b, flags), flags);
    g_mutex_unlock(&lock);
}

/* --- the rest of the engine ------------------------------------------------ */

static void begin(qemu_plugin_id_t id)
{
    (void)id;
    src = qemu_plugin_scoreboard_new(CACHE_LINE); /* threads write to it all the time */
    blocks = g_ptr_array_new();
    if (recorder.system) {
        frames_begin();
    }
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

/* @v ends, parked before @here or NULL: find out all that can be known of where. */
static void find_stop(struct vcpu *v, const struct block *here)
{
    if (v->adrift && here) {
        whereabouts_went_on(v, here);
    } else if (v->adrift) {
        whereabouts_guess(v);
    } else if (v->silent && here) { /* parked, and so it is known after all */
        v->at = recorder_point(v->target ? v->target : here->pc,
                               CFLOW_BLOCK_PRIVILEGE(here->record->flags));
        v->silent = !v->at;
    }
}

static void settle(struct vcpu *v, unsigned index)
{
    g_mutex_lock(&lock);
    take_token(v, source(index));
    g_mutex_unlock(&lock);
    find_stop(v, v->here);
}

static const struct block *silent_at(uint64_t pc, const uint8_t *host)
{
    g_mutex_lock(&lock);
    const struct block *b = forest_silent_at(pc, host);
    g_mutex_unlock(&lock);
    return b;
}

static void interrupted(struct vcpu *v, unsigned index)
{
    g_mutex_lock(&lock);
    take_token(v, source(index));
    g_mutex_unlock(&lock);
    whereabouts_interrupted(v, silent_at);
    keep(index);
}

/* It sleeps, perhaps for ever, and between blocks. */
static void slept(struct vcpu *v, unsigned index)
{
    uint64_t pc;

    g_mutex_lock(&lock);
    take_token(v, source(index));
    g_mutex_unlock(&lock);
    if (v->silent && machine_address(&pc)) {
        const uint8_t *host;
        arrival_at_point(v, frames_find(pc, &host));
    } else if (v->silent) {
        return;
    }
    keep(index);
}

static void stop(const struct vcpu *v, unsigned index, struct cflow_arena_vcpu *out)
{
    struct vcpu at = *v; /* of which a token may say that it is to be believed */

    g_mutex_lock(&lock);
    take_token(&at, source(index));
    g_mutex_unlock(&lock);
    if (at.adrift || at.target) {
        find_stop(&at, v->here);
    }
    if (at.at) {
        out->stop = at.completed ? CFLOW_STOP_COMPLETED : CFLOW_STOP_ABORTED;
        out->stop_block = at.at->id;
        out->stop_insn = at.insn;
    } else if (at.silent && v->here) {
        out->stop = CFLOW_STOP_BEFORE;
        out->stop_block = v->here->id;
    }
}

static void freeze(void)
{
    g_mutex_lock(&lock);
    counters_freeze(n_vcpus);
    g_mutex_unlock(&lock);
}

static uint32_t counts(struct cflow_arena_count *out)
{
    uint32_t n = counters_frozen(out);

    for (uint32_t i = 0; out && recorder.system && i < n; i++) {
        out[i].one = 1;
    }
    for (uint32_t i = 0; out && recorder.damage >= 0 && i < n; i++) {
        if (out[i].block == recorder.damage) { /* the residual has to show it */
            out[i].start++;
            out[i].end++;
            break;
        }
    }
    return n;
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
    .interrupted = interrupted,
    .slept = slept,
    .forked = forked,
    .summon = summon,
    .stop = stop,
    .freeze = freeze,
    .counts = counts,
};
