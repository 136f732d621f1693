/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flow engine, while QEMU translates: what a block needs, and what is inserted. */
#include "plugin/flow.h"
#include "plugin/whereabouts.h"

/* --- the block's part of the graph ----------------------------------------- */

/* The token that led here, if this thread is about to run what it translates. */
static uint32_t pending_token(void)
{
    if (this_vcpu >= flow.n_vcpus || (flow_begun(this_vcpu) & BEGUN_UNCHECKED)) {
        return 0;
    }
    uint64_t token = flow_source(this_vcpu);
    return token < ADRIFT_TOKEN ? (uint32_t)token : 0;
}

static uint32_t find_accept(const struct block *b)
{
    uint32_t token = pending_token();

    if (token >= TARGET_TOKEN) {
        return forest_target_pc(token - TARGET_TOKEN) == block_pc(b) && !b->handler ? token : 0;
    }
    const struct flow_block *from = token ? flow_block(token - 1) : NULL;
    if (!from || !from->leave || b->handler || (forest_marks(block_pc(b)) & FOREST_FOLLOWS) ||
        !forest_accept(from->leave, block_pc(b))) {
        return 0;
    }
    if (!recorder.system) {
        forest_mark(block_pc(b), FOREST_ACCEPTS);
    }
    return token;
}

/* May QEMU stop at this instruction, in the middle of a block, to begin it again? */
static bool may_restart(const struct block *b, uint8_t flags)
{
    return (flags & ISA_ATOMIC) || (b->careful && !(flags & ISA_NO_FAULT));
}

/*
 * Once QEMU translates for several threads, be there one or not, an access of 16 bytes
 * ends a block in silence on a host that cannot make it at once.  QEMU's
 * util/cpuinfo-i386.c has these conditions.
 */
static bool host_reads_16_bytes(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx") && (__builtin_cpu_is("intel") || __builtin_cpu_is("amd"));
#else
    return false;
#endif
}

bool flow_is_single(void)
{
    return !recorder.system && !recorder.threads && (!recorder.parallel || host_reads_16_bytes());
}

/*
 * With several threads a second counter shows what nothing announces.  A machine's blocks
 * say themselves that they were begun.
 */
static bool counts_ends(const struct flow_block *f)
{
    return !recorder.system && (flow_is_single() ? f->restarts : f->splits);
}

bool flow_is_cold(const struct flow_block *f)
{
    const struct block *b = f->block;

    return !f->hot && recorder.cold_runs && flow_is_single() && !f->restarts && !b->handler &&
           !b->careful && !(b->record->flags & CFLOW_BLOCK_OPAQUE) && qapi_can_retranslate();
}

counter_id flow_counter(struct flow_block *f)
{
    bool ends = counts_ends(f);

    /* Before QEMU translated for several threads, or there were any, it was of another
     * sort: what that counted stays counted. */
    if (!f->counter || counter_is_shared(f->counter) != recorder.parallel ||
        counter_has_ends(f->counter) != ends) {
        f->counter = counters_new(recorder.parallel, f->block->id, ends);
    }
    return f->counter;
}

static void look_at_insns(struct flow_block *f)
{
    const struct block *b = f->block;
    uint8_t flags[1024];

    recorder_flags(b, flags);
    for (unsigned i = 0; i + 1u < b->n_insns; i++) {
        f->splits |= !(flags[i] & ISA_NO_FAULT);
        f->restarts |= may_restart(b, flags[i]);
    }
    f->looked = true;
}

static bool has_atomic(const struct block *b)
{
    const struct cflow_arena_block *r = b->record;
    const uint8_t *bytes = r->data + r->n_insns;

    if (!recorder.isa->may_be_atomic(bytes, r->n_bytes)) {
        return false;
    }
    for (uint32_t i = 0, at = 0; i + 1u < b->n_insns; at += r->data[i++]) {
        if (recorder.isa->may_be_atomic(bytes + at, r->data[i]) &&
            (block_insn_flags(b, i, at) & ISA_ATOMIC)) {
            return true;
        }
    }
    return false;
}

/* Of a cold block, only what restarts needs to be known, and that is rare. */
static bool need_not_look(const struct flow_block *f, bool cold)
{
    return cold && recorder.isa->may_be_atomic && !has_atomic(f->block);
}

/* May an instruction before the last one fault? */
static bool splits(const struct flow_block *f)
{
    const struct block *b = f->block;
    bool may = f->splits;

    for (uint32_t i = 0, at = 0; !f->looked && !may && i + 1u < b->n_insns;
         at += b->record->data[i++]) {
        may = !(block_insn_flags(b, i, at) & ISA_NO_FAULT);
    }
    return may;
}

/* The callback of cold @f can store the token: nothing can happen before the last instruction. */
static bool tells_at_start(const struct flow_block *f)
{
    return f->leave->is_explicit && f->leave->block == f->block->id && !splits(f);
}

struct flow_block *flow_prepare(const struct block *b)
{
    struct flow_block *f = flow_block(b->id);

    if (!f->leave) {
        f->leave = forest_leave(b);
        f->accept = find_accept(b);
    }
    bool cold = flow_is_cold(f);
    if (!f->looked && !need_not_look(f, cold)) {
        look_at_insns(f);
        cold = cold && !f->restarts;
    }
    if (cold) {
        struct flow_cold *cold = flow_cold(b->id);
        cold->id = b->id;
        cold->tells = tells_at_start(f);
        cold->accept = f->accept;
    }
    return f;
}

uint32_t flow_begins_with(const struct flow_block *f)
{
    bool needed = f->splits || !f->leave->no_fault || f->leave->is_explicit || f->unchecked;

    return flow.single_left && needed ? (f->block->id + 1) | (f->unchecked ? BEGUN_UNCHECKED : 0)
                                      : 0;
}

/* --- what is inserted ------------------------------------------------------ */

static qemu_plugin_u64 src(void)
{
    return qemu_plugin_scoreboard_u64(flow.words);
}

static qemu_plugin_u64 begun(void)
{
    return (qemu_plugin_u64){flow.words, sizeof(uint64_t)};
}

static void store_word(struct qemu_plugin_insn *insn, qemu_plugin_u64 word, uint64_t value)
{
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_STORE_U64, word,
                                                        value);
}

static void store(struct qemu_plugin_insn *insn, uint64_t token)
{
    store_word(insn, src(), token);
}

/*
 * If it ends in a fault, may that be of its last instruction or of one before?  The last
 * one says that it was reached; an explicit one does so anyway.
 */
static bool tells_last(const struct flow_block *f)
{
    return flow.single_left && !f->leave->no_fault && !f->leave->is_explicit && splits(f);
}

static void store_at_start(struct qemu_plugin_tb *tb, qemu_plugin_u64 word, uint64_t value)
{
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_STORE_U64, word,
                                                      value);
}

static void instrument_cold_start(struct qemu_plugin_tb *tb, const struct flow_block *f)
{
    qemu_plugin_register_vcpu_tb_exec_cb(tb, flow_on_cold_block, QEMU_PLUGIN_CB_NO_REGS,
                                         flow_cold(f->block->id));
}

static void instrument_start(struct qemu_plugin_tb *tb, const struct flow_block *f,
                             counter_id starts)
{
    if (f->block->handler) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, flow_on_handler, QEMU_PLUGIN_CB_R_REGS, (void *)f);
    } else if (!f->unchecked || !flow_is_single()) {
        qemu_plugin_register_vcpu_tb_exec_cond_cb(
            tb, flow_on_arrival, recorder.system ? QEMU_PLUGIN_CB_R_REGS : QEMU_PLUGIN_CB_NO_REGS,
            QEMU_PLUGIN_COND_NE, src(), f->accept, (void *)f);
        if (f->accept && !(recorder.system && f->splits)) {
            store_at_start(tb, src(), 0);
        }
    }
    if (!recorder.system && flow_begins_with(f)) {
        store_at_start(tb, begun(), flow_begins_with(f));
    }
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                                      counter_entry(starts), 1);
}

/* Before an instruction that may restart, a token says that it was reached. */
static void instrument_restarts(struct qemu_plugin_tb *tb, const struct flow_block *f)
{
    const struct block *b = f->block;
    uint8_t flags[1024];
    unsigned last = b->n_insns - 1u;
    bool set = false;

    recorder_flags(b, flags);
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
        store_at_start(tb, src(), adrift_token(f->block));
        instrument_ports(tb, f->block);
    }
    if (f->splits || leave->is_explicit || leave->target) {
        store(qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u),
              leave->is_explicit ? flow_token_of(leave)
              : leave->target    ? TARGET_TOKEN + leave->target
                                 : 0);
    }
}

/* Its starts, and its ends. */
static void instrument_hot(struct qemu_plugin_tb *tb, struct flow_block *f)
{
    counter_id starts = flow_counter(f);

    instrument_start(tb, f, starts);
    if (counts_ends(f)) {
        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
            qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u), QEMU_PLUGIN_INLINE_ADD_U64,
            counter_entry(starts + 1), 1);
    }
}

void flow_instrument(struct qemu_plugin_tb *tb, struct flow_block *f)
{
    bool cold = flow_is_cold(f), told = cold && flow_cold(f->block->id)->tells;

    if (cold) {
        instrument_cold_start(tb, f);
    } else {
        instrument_hot(tb, f);
    }
    if (recorder.system) {
        instrument_passage(tb, f);
        return;
    }
    if (f->restarts) {
        instrument_restarts(tb, f);
    }
    if (f->leave->is_explicit && !told) {
        store(qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u), flow_token_of(f->leave));
    } else if (tells_last(f)) {
        store_word(qemu_plugin_tb_get_insn(tb, f->block->n_insns - 1u), begun(),
                   flow_begins_with(f) | BEGUN_LAST);
    }
}
