/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/hot.h"

#include "lib/flow/successors.h"

/* It accepts the first token that it began with.  If most came with another, take that. */
static void choose_accept(struct flow_block *f)
{
    uint64_t pc = block_pc(f->block);
    const struct flow_block *from = f->favourite ? flow_block(f->favourite - 1) : NULL;

    if (f->votes <= recorder.cold_runs / 2 || (forest_marks(pc) & FOREST_FOLLOWS)) {
        return;
    }
    if (!f->favourite) {
        f->accept = 0; /* mostly direct branches lead here */
    } else if (from && forest_accept(from->leave, pc)) {
        f->accept = f->favourite;
        forest_mark(pc, FOREST_ACCEPTS);
    }
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

    choose_accept(f);
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
