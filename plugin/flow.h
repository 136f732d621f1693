/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the flow engine: what engine-flow.c, which runs, shares with
 * flow-instrument.c, which translates, and with hot.c, which decides what a block that
 * runs often needs.
 */
#ifndef CFLOW_FLOW_H
#define CFLOW_FLOW_H

#include "plugin/counters.h"
#include "plugin/engine.h"
#include "plugin/forest.h"

/*
 * Words of a vCPU, in a scoreboard.  `src` is 0, block id + 1 of an explicit last
 * instruction, or one of these:
 */
#define TARGET_TOKEN FOREST_MAX_TARGETS /* + target: a direct branch out of its page */
#define ADRIFT_TOKEN (1u << 30)         /* + id: begun, and not at its last instruction so far */
#define ENTRY_TOKEN  (1ull << 49)       /* a vCPU begins */
#define ABORT_TOKEN  (1ull << 50)       /* | id << 10 | insn: it may be begun again */
#define SLOW_TOKEN   (1ull << 51)       /* | any: something has happened on the way */
#define KEPT_TOKEN   (1ull << 52)       /* struct vcpu has it */

/*
 * `begun`, while flow_is_single(): id + 1 of the last block that was begun and could
 * be left in its middle, stores to `src`, or has no check; 0: none.
 */
#define BEGUN_UNCHECKED (1u << 30) /* | id + 1: it has no check */
#define BEGUN_LAST      (1u << 29) /* | id + 1: it is at its last instruction, which may fault */

/* A block, as this engine instrumented it first and will again. */
struct flow_block {
    struct block block[1];     /* the recorder's, which makes it: one, used like a pointer */
    const struct leave *leave; /* NULL: never instrumented */
    counter_id counter;        /* of its starts; perhaps it has ends, too */
    uint32_t accept;           /* token, or 0 */
    uint32_t before;           /* what it accepted before that, or 0 */
    union {
        uint32_t expects;   /* a machine: the number of its address as a target, once known */
        uint32_t favourite; /* cold: the token that it may have begun with most often ... */
        uint32_t missed;    /* hot, one thread: how often it began with another than `accept` */
    };
    uint16_t votes;     /* ... by how many votes (Boyer and Moore) */
    bool looked : 1;    /* its instructions have been decoded: the next two are known */
    bool splits : 1;    /* it can be left in its middle */
    bool restarts : 1;  /* QEMU may stop in its middle, to begin there again */
    bool hot : 1;       /* cold no more */
    bool unchecked : 1; /* no callback looks at `src` when it begins; hot.h */
};

/* What the callback of a cold block needs, four to a cache line. */
struct flow_cold {
    _Atomic uint32_t starts; /* that no counter has yet */
    uint32_t frozen;         /* the copy for a checkpoint */
    uint32_t id : 31;
    uint32_t tells : 1; /* the callback stores its token to `src` */
    uint32_t accept;    /* token, or 0 */
};

/*
 * What a vCPU has of the scoreboard for its words.  Several could share a page; but one
 * so large is not in the heap, it is where generated code reaches it with a short address.
 */
#define WORDS_SIZE 8192

struct flow {
    GMutex lock;                          /* all blocks, forest, counters */
    struct qemu_plugin_scoreboard *words; /* for each vCPU: src, begun */
    char *words_at;   /* where they are, while there are no more than they were made for */
    unsigned n_vcpus; /* that there have been */
    bool single_left; /* translations for one thread may still run */
    uint64_t often;   /* whenever an edge's count has none of these bits, ask hot_reconsider() */
};

extern struct flow flow;

/* The block @id, which exists. */
static inline struct flow_block *flow_block(uint32_t id)
{
    return (struct flow_block *)recorder_block_at(id);
}

/* What there is of it if it is cold. */
struct flow_cold *flow_cold(uint32_t id);

/* The words of a vCPU while recorder.many_vcpus is not set. */
static inline _Atomic uint64_t *flow_few_words(unsigned index)
{
    return (_Atomic uint64_t *)(void *)(flow.words_at + (size_t)index * WORDS_SIZE);
}

static inline _Atomic uint64_t *flow_words(unsigned index)
{
    return G_LIKELY(!recorder.many_vcpus) ? flow_few_words(index)
                                          : qemu_plugin_scoreboard_find(flow.words, index);
}

static inline uint64_t flow_source(unsigned index)
{
    return atomic_load_explicit(&flow_words(index)[0], memory_order_relaxed);
}

static inline void flow_set_source(unsigned index, uint64_t token)
{
    atomic_store_explicit(&flow_words(index)[0], token, memory_order_relaxed);
}

static inline uint64_t flow_begun(unsigned index)
{
    return atomic_load_explicit(&flow_words(index)[1], memory_order_relaxed);
}

static inline void flow_set_begun(unsigned index, uint64_t begun)
{
    atomic_store_explicit(&flow_words(index)[1], begun, memory_order_relaxed);
}

static inline uint32_t flow_token_of(const struct leave *leave)
{
    return leave->block + 1;
}

/*
 * Does one thread run what is translated from now on, and is there no way to leave a
 * block in its middle that nothing announces?
 */
bool flow_is_single(void);

/* Is it worth while to wait whether @f runs often?  Is it possible? */
bool flow_is_cold(const struct flow_block *f);

/* What stores `begun` when it begins stores this; 0: nothing. */
uint32_t flow_begins_with(const struct flow_block *f);

/* The counter of @f for what is translated from now on, found or made.  flow.lock held. */
counter_id flow_counter(struct flow_block *f);

/* Give @b its part of the graph.  flow.lock held. */
struct flow_block *flow_prepare(const struct block *b);

/* Have QEMU insert what measures @f.  flow.lock held. */
void flow_instrument(struct qemu_plugin_tb *tb, struct flow_block *f);

/* The callbacks: `src` is not what the block accepts; a cold block; a handler. */
void flow_on_arrival(unsigned int index, void *f);
void flow_on_cold_block(unsigned int index, void *cold);
void flow_on_handler(unsigned int index, void *f);

#endif
