/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a block need that runs often?
 *
 * Most blocks need no check, no look at `src` when they begin.  If an explicit
 * instruction leads to such a block all the same, its token is still in `src` when the
 * next block begins, and the unchecked one's number in `begun`: so that one came first,
 * and nothing is missed.  For this to be certain
 *  - an unchecked block stores nothing to `src`: its last instruction is silent, and
 *    none of its instructions restarts;
 *  - all blocks that it can go to have a check, and accept no token.  So no two
 *    unchecked blocks run one after the other, and every loop has a check, where a
 *    vCPU can be stopped;
 *  - every explicit last instruction's block stores `begun`, too.
 */
#ifndef CFLOW_HOT_H
#define CFLOW_HOT_H

#include "plugin/flow.h"

/* Cold @f was begun with @token, which is not what it accepts. */
static inline void hot_vote(struct flow_block *f, uint64_t token)
{
    if (token == f->favourite) {
        f->votes += f->votes < UINT16_MAX;
    } else if (f->votes) {
        f->votes--;
    } else {
        f->favourite = token < TARGET_TOKEN ? (uint32_t)token : 0;
        f->votes = 1;
    }
}

/* Cold @f has many votes: perhaps from now on it accepts what it began with most often. */
void hot_vote_counted(struct flow_block *f, struct flow_cold *cold);

/* @f has run often, and there is one thread: choose what it accepts, and whether to check. */
void hot_decide(struct flow_block *f);

/*
 * @f has begun with @token @count times, on vCPU @index, and each time it took a callback.
 * If that is more often than what it accepts, let it accept @token.
 */
void hot_reconsider(struct flow_block *f, uint64_t token, uint64_t count, unsigned index);

#endif
