/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/hot.h"

#include "plugin/modules.h"
#include "plugin/successors.h"

static bool accept(struct flow_block *f, uint32_t token)
{
    if (!forest_accept(flow_block(token - 1)->leave, f->block->pc)) {
        return false;
    }
    f->accept = token;
    forest_mark(f->block->pc, FOREST_ACCEPTS);
    return true;
}

/* It accepts the first token that it began with.  If most came with another, take that. */
static void choose_accept(struct flow_block *f)
{
    uint64_t pc = f->block->pc;

    if (f->votes <= recorder.cold_runs / 2 || (forest_marks(pc) & FOREST_FOLLOWS)) {
        return;
    }
    if (!f->favourite) {
        f->accept = 0; /* mostly direct branches lead here */
    } else {
        accept(f, f->favourite);
    }
}

static bool can_go_unchecked(const struct flow_block *f, const uint64_t *pcs, unsigned n)
{
    const struct block *b = f->block;
    bool can = n && flow_is_single() && !f->accept && !f->restarts && !f->leave->is_explicit &&
               !b->handler && !(forest_marks(b->pc) & FOREST_FOLLOWS);

    for (unsigned i = 0; i < n; i++) {
        can =
            can && pcs[i] != b->pc && !(forest_marks(pcs[i]) & (FOREST_UNCHECKED | FOREST_ACCEPTS));
    }
    return can;
}

void hot_decide(struct flow_block *f)
{
    uint64_t pcs[2];
    struct isa_insn last;

    choose_accept(f);
    f->missed = 0;
    unsigned n = successors_of(f->block, f->block->careful, pcs, &last);
    if (!can_go_unchecked(f, pcs, n)) {
        return;
    }
    f->unchecked = true;
    forest_mark(f->block->pc, FOREST_UNCHECKED);
    for (unsigned i = 0; i < n; i++) {
        forest_mark(pcs[i], FOREST_FOLLOWS);
    }
}

/* May @f accept something else than it does? */
static bool may_change(const struct flow_block *f)
{
    return f->block && !f->block->handler && !f->block->careful && !flow_is_cold(f) &&
           !(forest_marks(f->block->pc) & FOREST_FOLLOWS);
}

/*
 * How often it began without a callback, or more: what else it began with is known only
 * if there is one thread.
 */
static uint64_t hits(const struct flow_block *f, uint64_t count, unsigned index)
{
    counter_id id = flow_is_single() ? f->single : f->shared;
    uint64_t starts = id ? counters_read(id, index) : 0;
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
        modules_retranslate(f->block->record->module, f->block->pc);
    }
}
