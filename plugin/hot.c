/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/hot.h"

#include "lib/flow/successors.h"
#include "plugin/modules.h"

/* @token 0: no token; an edge that was silent once is so for ever. */
static bool accept(struct flow_block *f, uint32_t token)
{
    if (token && token != f->before &&
        !forest_accept(flow_block(token - 1)->leave, block_pc(f->block))) {
        return false;
    }
    f->before = f->accept;
    f->accept = token;
    if (token) {
        forest_mark(block_pc(f->block), FOREST_ACCEPTS);
    }
    return true;
}

/*
 * It accepts the first token that it began with.  If most of its @starts were with
 * another, it takes that; 0: mostly direct branches lead here.
 */
static bool choose_accept(struct flow_block *f, uint32_t starts)
{
    return f->votes > starts / 2 && !(forest_marks(block_pc(f->block)) & FOREST_FOLLOWS) &&
           accept(f, f->favourite);
}

void hot_vote_counted(struct flow_block *f, struct flow_cold *cold)
{
    g_mutex_lock(&flow.lock);
    if (flow_is_cold(f) && choose_accept(f, cold->starts)) {
        cold->accept = f->accept;
        f->votes = 0;
    }
    g_mutex_unlock(&flow.lock);
}

static bool can_go_unchecked(const struct flow_block *f, const uint64_t *pcs, unsigned n)
{
    const struct block *b = f->block;
    bool can = n && flow_is_single() && !f->accept && !f->restarts && !f->leave->is_explicit &&
               !b->handler && !(forest_marks(block_pc(b)) & FOREST_FOLLOWS);

    for (unsigned i = 0; i < n; i++) {
        can = can && pcs[i] != block_pc(b) &&
              !(forest_marks(pcs[i]) & (FOREST_UNCHECKED | FOREST_ACCEPTS));
    }
    return can;
}

void hot_decide(struct flow_block *f)
{
    uint64_t pcs[2];
    struct isa_insn last;

    choose_accept(f, recorder.cold_runs);
    f->missed = 0;
    unsigned n = flow_successors(recorder.isa, f->block->record, pcs, &last);
    if (!can_go_unchecked(f, pcs, n)) {
        return;
    }
    f->unchecked = true;
    forest_mark(block_pc(f->block), FOREST_UNCHECKED);
    for (unsigned i = 0; i < n; i++) {
        forest_mark(pcs[i], FOREST_FOLLOWS);
    }
}

/* May @f accept something else than it does? */
static bool may_change(const struct flow_block *f)
{
    return f->leave && !f->block->handler && !f->block->careful && !flow_is_cold(f) &&
           !(forest_marks(block_pc(f->block)) & FOREST_FOLLOWS);
}

/*
 * How often it began without a callback, or more: what else it began with is known only
 * if there is one thread.
 */
static uint64_t hits(const struct flow_block *f, uint64_t count, unsigned index)
{
    uint64_t starts = f->counter ? counters_read(f->counter, index) : 0;
    uint64_t misses = flow_is_single() ? MAX(count, f->missed) : count;

    return starts - MIN(starts, misses);
}

void hot_reconsider(struct flow_block *f, uint64_t token, uint64_t count, unsigned index)
{
    g_mutex_lock(&flow.lock);
    bool changed = may_change(f) && count > hits(f, count, index) && accept(f, (uint32_t)token);
    if (changed) {
        f->unchecked = false;
    }
    g_mutex_unlock(&flow.lock);
    if (changed) {
        modules_retranslate(f->block->record->module, block_pc(f->block));
    }
}
