/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow engine: count blocks inline, deduce most edges, record the rest.
 *
 * Every block counts how often it starts.  From these counts follow the transfers that
 * plugin/forest.h calls silent.  Any other last instruction is explicit: it stores its
 * token in the vCPU's word `src`, and a later block's check, a callback that fires when
 * `src` is not what the block accepts, counts the edge.
 *
 * A block is cold at first: its callback always fires, and checks and counts in C, which
 * is cheap to translate.  After recorder.cold_runs starts QEMU is told to forget the
 * translation, and the next is inline.
 *
 * In a whole machine any access to memory may leave a block.  There a block that can
 * be left stores that it was begun, and its last instruction takes that back: so
 * nothing leaves without a word.
 *
 * ARCHITECTURE.md, "The flow engine", has the whole of it.
 */
#include "lib/flow/successors.h"
#include "lib/profile/schema.h"
#include "plugin/arrival.h"
#include "plugin/checkpoint.h"
#include "plugin/crash.h"
#include "plugin/frames.h"
#include "plugin/hot.h"
#include "plugin/limit.h"
#include "plugin/machine.h"
#include "plugin/memory.h"
#include "plugin/modules.h"
#include "plugin/privilege.h"
#include "plugin/whereabouts.h"

struct flow flow;

/*
 * What is cold, in chunks by block id; in a machine there is none.  Callbacks look there
 * while new ones come, so nothing here ever moves.
 */
static struct flow_cold *_Atomic colds[RECORDER_MAX_BLOCKS / BLOCK_CHUNK];
static _Atomic uint32_t n_cold_chunks;

/* The lock is held where a new chunk may come. */
struct flow_cold *flow_cold(uint32_t id)
{
    struct flow_cold *chunk = atomic_load(&colds[id / BLOCK_CHUNK]);

    if (!chunk) {
        chunk = memory_new(BLOCK_CHUNK * sizeof(struct flow_cold));
        atomic_store(&colds[id / BLOCK_CHUNK], chunk);
        atomic_store(&n_cold_chunks, MAX(n_cold_chunks, id / BLOCK_CHUNK + 1));
    }
    return &chunk[id % BLOCK_CHUNK];
}

/* --- at run time ----------------------------------------------------------- */

/* The block that @begun, not 0, says. */
static uint32_t begun_id(uint64_t begun)
{
    return (uint32_t)(begun & (BEGUN_LAST - 1)) - 1;
}

static const struct block *begun_block(uint64_t begun)
{
    return flow_block(begun_id(begun))->block;
}

/* Where do its words say that @v comes from?  flow.lock held. */
static void take_token(struct vcpu *v, unsigned index)
{
    uint64_t token = flow_source(index) & ~SLOW_TOKEN, begun = flow_begun(index);

    if (token & KEPT_TOKEN) {
        return;
    }
    bool direct = token >= TARGET_TOKEN && token < ADRIFT_TOKEN;
    v->outside = token & LIMIT_TOKEN;
    v->silent = token == 0 || direct;
    v->begun = token == 0 && begun ? begun_block(begun) : NULL;
    v->begun_last = begun & BEGUN_LAST;
    v->target = direct ? forest_target_pc((uint32_t)token - TARGET_TOKEN) : 0;
    v->adrift = token >= ADRIFT_TOKEN && token < ENTRY_TOKEN;
    v->completed = true;
    v->at = NULL;
    v->insn = 0;
    if (v->adrift) {
        v->at = flow_block((uint32_t)token - ADRIFT_TOKEN)->block;
        v->completed = false;
    } else if (!v->silent && !v->outside && token != ENTRY_TOKEN) {
        bool aborted = token & ABORT_TOKEN;
        uint64_t id = aborted ? (token & (ABORT_TOKEN - 1)) >> 10 : token - 1;
        v->at = flow_block((uint32_t)id)->block;
        v->insn = aborted ? token & 1023 : v->at->n_insns - 1u;
        v->completed = !aborted;
    }
}

static void look(struct vcpu *v, unsigned index)
{
    g_mutex_lock(&flow.lock); /* the addresses of targets may be moving */
    take_token(v, index);
    g_mutex_unlock(&flow.lock);
}

/* An unchecked block was begun with a token pending: @v arrived there first. */
static void catch_up(struct vcpu *v, unsigned index)
{
    uint64_t token = flow_source(index), begun = flow_begun(index);

    if (!(begun & BEGUN_UNCHECKED) || !(token & ~SLOW_TOKEN)) {
        return;
    }
    look(v, index);
    arrival_classify(v, begun_block(begun));
    v->at = NULL;
    flow_set_source(index, token & SLOW_TOKEN);
}

/*
 * Has @v been reset, and nobody said so (with -icount it need not sleep)?  Then what
 * is deduced to lead from where it was leads nowhere.
 */
static bool was_reset(const struct vcpu *v, const struct block *b)
{
    return recorder.system && v->silent && !v->target && machine_began_at(v, block_pc(b)) &&
           !(forest_marks(block_pc(b)) & FOREST_LED_TO);
}

static void arrive_slowly(struct vcpu *v, unsigned index, const struct block *b)
{
    catch_up(v, index);
    checkpoint_park(v, b);
    g_mutex_lock(&flow.lock);
    take_token(v, index);
    bool reset = was_reset(v, b);
    g_mutex_unlock(&flow.lock);
    if (reset) {
        recorder.process->unknown_ends++;
        v->silent = false;
    }
    if (v->adrift) {
        whereabouts_went_on(v, b);
    }
    arrival_classify(v, b);
    v->at = NULL;
    flow_set_source(index, 0);
}

/* Has a direct branch, which is silent, led to where it was meant to go? */
static bool is_expected(struct flow_block *f, uint64_t token)
{
    if (token < TARGET_TOKEN || token >= ADRIFT_TOKEN) {
        return false;
    }
    if (G_UNLIKELY(f->expects != token - TARGET_TOKEN)) {
        g_mutex_lock(&flow.lock);
        f->expects = forest_target(block_pc(f->block));
        g_mutex_unlock(&flow.lock);
    }
    return f->expects == token - TARGET_TOKEN;
}

static void arrive_otherwise(struct vcpu *v, unsigned index, struct flow_block *f, uint64_t token)
{
    if (!v) {
        recorder.process->lost += token != 0;
        flow_set_source(index, 0);
        return;
    }
    v->shared->callbacks++;
    if (token == 0) {
        return; /* a silent edge into a block that accepts something else */
    }
    if (is_expected(f, token)) {
        flow_set_source(index, 0);
    } else {
        arrive_slowly(v, index, f->block);
    }
}

/* An explicit edge to @f, or to the unchecked block before it, @count times so far. */
static void counted(unsigned index, struct flow_block *f, uint64_t token, uint64_t count)
{
    if (f->hot && flow.single_left) {
        f->missed++;
    }
    if (G_UNLIKELY((count & flow.often) == 0)) {
        hot_reconsider(f, token, count, index);
    }
}

/* Whatever it is that led to @f. */
static G_NO_INLINE void arrive_anyhow(unsigned index, struct flow_block *f)
{
    uint64_t token = flow_source(index), begun = flow_begun(index);
    struct vcpu *v = recorder_vcpu_at(index);

    if (!v || token - 1 >= TARGET_TOKEN - 1) {
        arrive_otherwise(v, index, f, token);
        return;
    }
    if (begun & BEGUN_UNCHECKED) { /* a program of one thread: nobody moves it */
        f = flow_block(begun_id(begun));
    }
    v->shared->callbacks++;
    uint64_t count = recorder_count_edge_from(v, token, f->block);
    flow_set_source(index, 0);
    counted(index, f, token, count);
}

/*
 * `src` is not what the block accepts.  What happens most often is here, so short that the
 * compiler saves no registers.
 */
void flow_on_arrival(unsigned int index, void *data)
{
    struct flow_block *f = data;
    struct vcpu *v = recorder_vcpu_at(index);

    if (G_LIKELY(v && !recorder.many_vcpus)) {
        _Atomic uint64_t *words = flow_few_words(index);
        uint64_t token = atomic_load_explicit(&words[0], memory_order_relaxed);
        uint64_t begun = atomic_load_explicit(&words[1], memory_order_relaxed);
        bool plain = token - 1 < TARGET_TOKEN - 1 && !(begun & BEGUN_UNCHECKED);
        struct cflow_arena_edge *edge =
            G_LIKELY(plain) ? recorder_find_edge_from(v, token, f->block) : NULL;
        if (G_LIKELY(edge)) {
            v->shared->callbacks++;
            uint64_t count = ++edge->count;
            atomic_store_explicit(&words[0], 0, memory_order_relaxed);
            counted(index, f, token, count);
            return;
        }
        if (!plain && token - TARGET_TOKEN == f->expects) { /* machines only have such tokens */
            v->shared->callbacks++;
            atomic_store_explicit(&words[0], 0, memory_order_relaxed);
            return;
        }
    }
    arrive_anyhow(index, f);
}

/* A block has run often: from now on it has a counter, and soon a translation that uses it. */
static G_NO_INLINE void warm_up(struct flow_cold *cold, unsigned index)
{
    struct flow_block *f = flow_block(cold->id);

    g_mutex_lock(&flow.lock);
    if (!f->counter || counter_has_ends(f->counter)) { /* a cold block has no ends of its own */
        f->counter = counters_new(recorder.parallel, cold->id, false);
    }
    counters_add(f->counter, index, atomic_exchange(&cold->starts, 0));
    bool single = flow_is_single();
    if (single && !f->hot) {
        f->hot = true;
        hot_decide(f);
    }
    g_mutex_unlock(&flow.lock);
    if (single) { /* if it does not work, it is tried again later */
        modules_retranslate(f->block->record->module, block_pc(f->block));
    }
}

#define VOTES 64 /* a cold block counts them when there are so many */

/* Cold, and not begun as it accepts: its callback has more to do. */
static G_NO_INLINE void arrive_cold(unsigned index, struct flow_cold *cold, uint64_t token)
{
    struct flow_block *f = flow_block(cold->id);

    if (!f->hot) {
        hot_vote(f, token);
        if (G_UNLIKELY(f->votes && f->votes % VOTES == 0)) {
            hot_vote_counted(f, cold);
        }
    }
    flow_on_arrival(index, f);
}

/* What `src` is to be when @cold has begun. */
static inline uint64_t cold_token(const struct flow_cold *cold)
{
    return cold->tells ? cold->id + 1u : 0;
}

/* When several threads may run it, a moment's translations for one thread are left. */
static G_NO_INLINE void begin_cold_among_threads(unsigned index, struct flow_cold *cold)
{
    uint64_t token = flow_source(index);

    if (token != cold->accept) {
        arrive_cold(index, cold, token);
    }
    flow_set_source(index, cold_token(cold));
    flow_set_begun(index, cold->id + 1u);
    /* Behind the callback, like all counting: it may have waited there. */
    if (((atomic_fetch_add(&cold->starts, 1) + 1) & (recorder.cold_runs - 1)) == 0) {
        warm_up(cold, index);
    }
}

static inline void begin_cold(unsigned index, struct flow_cold *cold, _Atomic uint64_t *words)
{
    uint32_t starts = atomic_load_explicit(&cold->starts, memory_order_relaxed) + 1;

    atomic_store_explicit(&words[0], cold_token(cold), memory_order_relaxed);
    atomic_store_explicit(&words[1], cold->id + 1u, memory_order_relaxed);
    atomic_store_explicit(&cold->starts, starts, memory_order_relaxed);
    if ((starts & (recorder.cold_runs - 1)) == 0) {
        warm_up(cold, index);
    }
}

static G_NO_INLINE void begin_cold_otherwise(unsigned index, struct flow_cold *cold, uint64_t token)
{
    arrive_cold(index, cold, token);
    begin_cold(index, cold, flow_few_words(index));
}

/* Any start of a cold block. */
void flow_on_cold_block(unsigned int index, void *data)
{
    struct flow_cold *cold = data;

    if (G_UNLIKELY(recorder.threads)) {
        begin_cold_among_threads(index, cold);
        return;
    }
    _Atomic uint64_t *words = flow_few_words(index);
    uint64_t token = atomic_load_explicit(&words[0], memory_order_relaxed);
    if (token != cold->accept) {
        begin_cold_otherwise(index, cold, token);
        return;
    }
    begin_cold(index, cold, words);
}

/* A signal handler may begin here: look, however control came. */
void flow_on_handler(unsigned int index, void *data)
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
    flow_set_source(index, KEPT_TOKEN | SLOW_TOKEN);
}

/* --- translation ----------------------------------------------------------- */

/* A page has another address: what silently leads to its old one goes on from there. */
static void follow_renaming(void)
{
    struct vcpu *v = recorder_vcpu_at(this_vcpu);
    uint64_t old;

    if (!frames_renamed(&old)) {
        return;
    }
    recorder.stale = true;
    if (v && flow_source(this_vcpu) == 0) {
        v->at = recorder_point(old, privilege_now());
        v->completed = true;
        v->silent = v->adrift = false;
        v->insn = 0;
        keep(this_vcpu);
    }
}

static void translate(struct qemu_plugin_tb *tb)
{
    struct block *b = recorder_block(tb);

    if (!b) {
        g_mutex_lock(&flow.lock);
        limit_pass_by(tb);
        g_mutex_unlock(&flow.lock);
        return;
    }
    if (recorder.system) {
        follow_renaming();
        machine_translate(tb, b);
        if (this_vcpu < flow.n_vcpus && (flow_source(this_vcpu) & ENTRY_TOKEN)) {
            b->handler |= BLOCK_HANDLER; /* to see a reset */
        }
    }
    g_mutex_lock(&flow.lock);
    flow_instrument(tb, flow_prepare(b));
    g_mutex_unlock(&flow.lock);
}

/* --- the rest of the engine ------------------------------------------------ */

static void begin(qemu_plugin_id_t id)
{
    (void)id;
    recorder_set_block_size(sizeof(struct flow_block));
    flow.words = qemu_plugin_scoreboard_new(WORDS_SIZE);
    flow.single_left = flow_is_single();
    bool may = recorder.cold_runs && !recorder.system && qapi_can_retranslate();
    flow.often = may ? MAX(recorder.cold_runs / 2, 1u) - 1 : UINT64_MAX;
    if (recorder.system) {
        frames_begin();
    }
}

static void vcpu_init(unsigned index)
{
    g_mutex_lock(&flow.lock);
    flow.n_vcpus = MAX(flow.n_vcpus, index + 1);
    flow.words_at = recorder.many_vcpus ? NULL : qemu_plugin_scoreboard_find(flow.words, 0);
    g_mutex_unlock(&flow.lock);
    flow_set_source(index, ENTRY_TOKEN);
    flow_set_begun(index, 0);
}

static void summon(unsigned index)
{
    atomic_fetch_or(flow_words(index), SLOW_TOKEN);
}

/* @v ends, parked before @here or NULL: find out all that can be known of where. */
static void find_stop(struct vcpu *v, const struct block *here)
{
    if (v->adrift && here) {
        whereabouts_went_on(v, here);
    } else if (v->adrift) {
        whereabouts_guess(v);
    } else if (v->silent && here) { /* parked, and so it is known after all */
        v->at = recorder_point(v->target ? v->target : block_pc(here),
                               CFLOW_BLOCK_PRIVILEGE(here->record->flags));
        v->silent = !v->at;
    }
}

/*
 * May control have gone on from the end of @b, to where the next instruction could not
 * be fetched?
 */
static bool may_have_gone_on(const struct block *b)
{
    uint64_t pcs[2];
    struct isa_insn last;

    for (unsigned n = flow_successors(recorder.isa, b->record, pcs, &last); n-- > 0;) {
        if (pcs[n] >> 12 != block_last_pc(b) >> 12 && !recorder_knows(pcs[n])) {
            return true;
        }
    }
    return false;
}

/* @v ends.  If a fault of its own ended it, then in the block that it began last. */
static void settle(struct vcpu *v, unsigned index)
{
    catch_up(v, index);
    look(v, index);
    find_stop(v, v->here);
    if (v->begun && (!v->silent || !crash_is_fault() || may_have_gone_on(v->begun))) {
        v->begun = NULL;
    }
}

static const struct block *silent_at(uint64_t pc, const uint8_t *host)
{
    g_mutex_lock(&flow.lock);
    const struct block *b = forest_silent_at(pc, host);
    g_mutex_unlock(&flow.lock);
    return b;
}

static void interrupted(struct vcpu *v, unsigned index)
{
    look(v, index);
    whereabouts_interrupted(v, silent_at);
    keep(index);
}

/* It sleeps, perhaps for ever, and between blocks. */
static void slept(struct vcpu *v, unsigned index)
{
    uint64_t pc;

    look(v, index);
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

    look(&at, index);
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
    g_mutex_lock(&flow.lock);
    counters_freeze(flow.n_vcpus);
    for (uint32_t i = 0; i < n_cold_chunks; i++) {
        struct flow_cold *cold = atomic_load(&colds[i]);
        for (unsigned k = 0; cold && k < BLOCK_CHUNK; k++) {
            cold[k].frozen = atomic_load_explicit(&cold[k].starts, memory_order_relaxed);
        }
    }
    g_mutex_unlock(&flow.lock);
}

static void counts(struct cflow_arena_count_writer *out)
{
    counters_frozen(out);
    for (uint32_t i = 0; i < n_cold_chunks; i++) {
        const struct flow_cold *cold = atomic_load(&colds[i]);
        for (unsigned k = 0; cold && k < BLOCK_CHUNK; k++) {
            if (cold[k].frozen) {
                struct cflow_arena_count count = {i * BLOCK_CHUNK + k, 1, cold[k].frozen,
                                                  cold[k].frozen};
                cflow_arena_count_write(out, &count);
            }
        }
    }
    if (recorder.damage >= 0) { /* the residual has to show it */
        struct cflow_arena_count one = {(uint32_t)recorder.damage, 0, 1, 1};
        cflow_arena_count_write(out, &one);
    }
}

static void forked(void)
{
    counters_clear(flow.n_vcpus);
    for (uint32_t i = 0; i < n_cold_chunks; i++) {
        struct flow_cold *cold = atomic_load(&colds[i]);
        for (unsigned k = 0; cold && k < BLOCK_CHUNK; k++) {
            cold[k].starts = 0;
        }
    }
    if (this_vcpu < flow.n_vcpus) {
        flow_set_source(this_vcpu, ENTRY_TOKEN);
        flow_set_begun(this_vcpu, 0);
    }
}

/* QEMU has dropped all translations, and those to come are for several threads. */
static void flushed(void)
{
    if (!flow_is_single() && flow.single_left) {
        flow.single_left = false;
        for (unsigned i = 0; i < flow.n_vcpus; i++) {
            flow_set_begun(i, 0);
        }
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
    .flushed = flushed,
    .summon = summon,
    .stop = stop,
    .freeze = freeze,
    .counts = counts,
};
