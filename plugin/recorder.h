/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every engine shares: the process's record in the arena, the blocks
 * translated, and the vCPUs.
 */
#ifndef CFLOW_RECORDER_H
#define CFLOW_RECORDER_H

#include "isa/isa.h"
#include "lib/arena/arena.h"
#include "plugin/qemu-api.h"

/* M-profile: what the processor pushes when it takes an exception. */
struct m_frame {
    unsigned number; /* the exception that was being handled, 0 if none */
    uint64_t pc, lr; /* as they were then */
    uint64_t end;    /* the address behind it */
};

enum block_handler {
    BLOCK_HANDLER = 1 << 0, /* begins a signal handler, or lies at a machine's vector */
    BLOCK_CALLS = 1 << 1,   /* ends with what may call the emulator; system emulation only */
};

/*
 * A translation block as the engines see it at run time.  Never freed.  There are many,
 * so what an engine needs besides lies behind it (recorder.block_size), and what only
 * some recordings need before it, in struct block_more.
 */
struct block {
    const struct cflow_arena_block *record;
    uint32_t id;
    uint16_t n_insns; /* 0: a point */
    uint8_t handler;  /* enum block_handler: look at arrivals with care (set while others read) */
    bool careful : 1; /* its code may be written while it runs */
    bool cut : 1;     /* QEMU ended it behind a plain instruction; flight recorder only */
    bool outside : 1; /* not to be recorded: a narrowed recording only */
};

/* Of a block of the reference engine, or of a whole machine. */
struct block_more {
    uint64_t pc, last_pc;  /* as in its record, which is further away */
    uint64_t host;         /* a whole machine, user code: where QEMU has it; else 0 */
    uint64_t end_mark;     /* the mark of its last instruction */
    struct block *aliases; /* the same translation at other addresses; recorder_alias() */
    uint32_t triggers;     /* narrow_triggers() of its first instruction */
    bool returns;          /* it may end with a return from an exception; system emulation only */
    bool free_exit;        /* its last instruction may go anywhere; system emulation only */
};

/*
 * A vCPU.  Owned by the thread that runs it; vcpu_init may find one left by an
 * earlier thread, for QEMU uses indices again.
 */
struct vcpu {
    uint64_t expected; /* mark that says that `at` ran to its end */
    struct cflow_arena_vcpu *shared;
    const struct block *at;    /* where control is; NULL: outside */
    uint16_t insn;             /* number of the instruction reached in `at` */
    bool completed;            /* it has run to its end */
    bool outside;              /* it is in code that is not recorded */
    bool silent;               /* how it got on from there is deduced, not recorded */
    bool adrift;               /* it left `at` before its end, and where is not known */
    const struct block *begun; /* silent: begun last, of those that may be left in their
                                * middle; NULL: not known */
    bool begun_last;           /* ... and it got to its last instruction, which may fault */
    uint64_t target;           /* silent: where to, by its page's label; 0: not known */
    uint8_t pending;           /* enum vcpu_pending */
    bool makes_thread;         /* the call it is in does */
    int changes_signal;        /* whose disposition the call it is in changes, or 0 */
    uint64_t mapping;          /* bytes that the call it is in maps ... */
    bool mapping_anonymous;    /* ... without a file */
    const struct block *here;  /* parked: about to begin this block */
    _Atomic uint32_t parked;   /* in which checkpoint */
    _Atomic uint32_t syscalls; /* entered and left: odd in a system call, which runs no block */
    uint8_t n_discon, n_stacked;
    struct {
        uint64_t pc, sp; /* a handler interrupted before it began */
    } stacked[16];
    struct {
        uint8_t kind;      /* enum cflow_kind */
        uint8_t privilege; /* of where it went; enum cflow_privilege */
        bool stale;        /* x86: raised, not delivered so far */
        bool framed;       /* M-profile: @frame is what was pushed */
        struct m_frame frame;
        uint16_t cause;
        uint64_t from, to;
        const uint8_t *host; /* the code at @from, if frames_find() knows it */
    } discon[8];
    uint64_t instructions;         /* that it ran; counted with @until only */
    struct until *until;           /* discontinuities to return from; NULL: not kept */
    struct flight *flight;         /* the last transfers; NULL: not kept */
    struct machine_state *machine; /* system emulation only */
};

enum vcpu_pending {
    PENDING_SIGRETURN = 1 << 0,
    PENDING_DISCON = 1 << 1,
    PENDING_CALL = 1 << 3, /* system: it may have called the emulator */
    PENDING_IDLE = 1 << 2, /* system: it slept, and may have been reset meanwhile */
};

/* Blocks have numbers below this, and are made so many at a time. */
#define RECORDER_MAX_BLOCKS (1u << 26)
#define BLOCK_CHUNK         1024

struct recorder {
    struct cflow_arena arena;
    struct cflow_arena_process *process;
    const struct isa *isa;
    const char *program; /* its path, if QEMU does not tell; or NULL */
    bool system;         /* a whole machine */
    bool is_aarch64;     /* other code than the decoder's exists: look at the mode */
    bool is_arm;         /* Thumb exists: ask for the mode */
    bool quote_disas;    /* keep QEMU's disassembly: nobody else has one */
    bool quote_symbol;   /* keep QEMU's name of the function */
    bool parallel;       /* QEMU translates for several threads, be there more than one or not */
    bool threads;        /* the guest has, or has had, more than one */
    bool many_vcpus;     /* more than scoreboards have room for: they may move */
    bool framed;         /* blocks are named by their page's label: plugin/frames.h */
    bool narrowed;       /* only a part is recorded: plugin/narrow.h */
    bool stale;          /* a block has become a handler's start since it was translated */
    bool more;           /* blocks have a struct block_more */
    bool full;           /* code has been passed by, for the memory limit: plugin/limit.h */
    unsigned
        cold_runs;  /* a power of two: starts of a cold block of engine-flow.c; 0: none is cold */
    int64_t damage; /* for tests: the block whose count is to be wrong; -1: none */
    GMutex lock;    /* blocks, modules, handlers, vCPUs coming */
    GMutex text;    /* code that is made writable, or written as it is; before lock */
    size_t block_size; /* of a block with all that lies before and behind it, bytes */
    char *_Atomic blocks[RECORDER_MAX_BLOCKS / BLOCK_CHUNK]; /* chunks, by number */
    unsigned last; /* transfers that the flight recorder keeps; 0: none */
    _Atomic unsigned n_vcpus;
    _Atomic(struct vcpu *) vcpus[65536];
};

#define SCOREBOARD_VCPUS 16 /* that QEMU makes room for at least */

extern struct recorder recorder;

/* The block @id, which exists.  Blocks do not move, for QEMU keeps pointers to them. */
static inline struct block *recorder_block_at(uint32_t id)
{
    char *chunk = atomic_load_explicit(&recorder.blocks[id / BLOCK_CHUNK], memory_order_acquire);

    return (struct block *)(void *)(chunk + id % BLOCK_CHUNK * recorder.block_size);
}

static inline struct block_more *block_more(const struct block *b)
{
    return (struct block_more *)(uintptr_t)b - 1;
}

static inline uint64_t block_pc(const struct block *b)
{
    return b->record->pc;
}

/* The address of the last instruction. */
static inline uint64_t block_last_pc(const struct block *b)
{
    return b->record->pc + b->record->last_offset;
}

/* The vCPU @index; NULL if there was no room for it. */
static inline struct vcpu *recorder_vcpu_at(unsigned index)
{
    return G_LIKELY(index < G_N_ELEMENTS(recorder.vcpus))
               ? atomic_load_explicit(&recorder.vcpus[index], memory_order_relaxed)
               : NULL;
}

/* The vCPU that this thread runs; UINT_MAX on other threads. */
extern __thread unsigned this_vcpu;

/*
 * Marks: an inline store leaves one for every instruction that can be the last
 * to run.  They say which block and which instruction of it; never 0.
 */
static inline uint64_t block_mark(uint32_t id, unsigned insn)
{
    return ((uint64_t)id + 1) << 10 | insn;
}

/* Begin this process's record.  False without room in the arena. */
bool recorder_begin(const char *target, bool system, const char *engine);

/* Before there are blocks: an engine's have @size bytes, the first of them a struct block. */
void recorder_set_block_size(size_t size);

/* About to fork: takes the recorder's lock, for parent and child to release. */
void recorder_before_fork(void);

/*
 * In a forked child: a record of its own that builds on the parent's blocks,
 * with one vCPU, @index, just entered.  False without room.
 */
bool recorder_fork(unsigned index);

/*
 * The block of @tb, found or made; locks.  NULL: it is not to be recorded, for the
 * memory limit or because there is no room.
 */
struct block *recorder_block(struct qemu_plugin_tb *tb);

/* Is it certain that the last instruction of @b cannot fault? */
bool block_last_no_fault(const struct block *b);

/* What instruction @insn of @b does, which is at @offset from its start: enum isa_flags. */
uint8_t block_insn_flags(const struct block *b, unsigned insn, uint32_t offset);

/* What the instructions of @b do, one for each, of 1024 at most. */
void recorder_flags(const struct block *b, uint8_t *flags);

/*
 * The point at @pc, found or made, where code has the rights @privilege (enum
 * cflow_privilege); locks.  NULL without room.
 */
struct block *recorder_point(uint64_t pc, unsigned privilege);

/*
 * @b, found or made at another address, @pc: the same code in memory, which QEMU
 * translated only once.  Its marks are those of @b.  Locks; NULL without room.
 */
const struct block *recorder_alias(struct block *b, uint64_t pc);

/* Is there a block at @pc?  Locks. */
bool recorder_knows(uint64_t pc);

/* Mark every block and point at @pc as the start of a signal handler.  Lock held. */
void recorder_mark_handler(uint64_t pc);

/* A vCPU begins: on its own thread, before its first block. */
struct vcpu *recorder_vcpu(unsigned index);

/* Address of instruction @insn of @block. */
uint64_t block_insn_pc(const struct block *block, unsigned insn);

/* Count a transfer whose key it is, recorder_find_edge_from() or not; the count, 0: no room. */
uint64_t recorder_count_edge_slowly(struct vcpu *v, uint64_t key);

/* Where the edge from the block with the number @from - 1 is counted; NULL: look further. */
static inline struct cflow_arena_edge *recorder_find_edge_from(const struct vcpu *v, uint64_t from,
                                                               const struct block *to)
{
    const struct cflow_arena_table *table = &v->shared->edges;
    uint64_t key = from << 32 | to->id;
    uint32_t capacity = table->capacity;

    if (G_UNLIKELY(!capacity)) {
        return NULL;
    }
    struct cflow_arena_edge *slots =
        cflow_arena_at(&recorder.arena, atomic_load_explicit(&table->slots, memory_order_relaxed));
    struct cflow_arena_edge *slot = &slots[cflow_arena_hash(key) & (capacity - 1)];
    return G_LIKELY(slot->key == key) ? slot : NULL;
}

/*
 * Count one transfer between blocks that ran to their ends; @from is the source's id + 1.
 * Returns how often it was counted; 0: no room.
 */
static inline uint64_t recorder_count_edge_from(struct vcpu *v, uint64_t from,
                                                const struct block *to)
{
    struct cflow_arena_edge *edge = recorder_find_edge_from(v, from, to);

    return edge ? ++edge->count : recorder_count_edge_slowly(v, from << 32 | to->id);
}

/* The flight recorder (flight.c): a ring of the last recorder.last transfers. */
struct flight {
    uint64_t n; /* transfers so far */
    struct cflow_arena_hop hops[];
};

static inline void flight_push(struct vcpu *v, struct cflow_arena_hop hop)
{
    v->flight->hops[v->flight->n++ % recorder.last] = hop;
}

/* A ring for @v, empty; none if the flight recorder is off. */
void flight_begin(struct vcpu *v);

/* Something remarkable happened for the first time: keep what led there.  Locks. */
void flight_keep(struct vcpu *v);

/* The same, from where @v is. */
static inline void recorder_count_edge(struct vcpu *v, const struct block *to)
{
    if (G_UNLIKELY(v->flight) && !v->at->cut) {
        flight_push(v, (struct cflow_arena_hop){.src = v->at->id, .dst = to->id});
    }
    recorder_count_edge_from(v, (uint64_t)v->at->id + 1, to);
}

/* Count one of anything else, out of where @v is; @to NULL: outside. */
void recorder_count_event(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause,
                          bool aborted);

/* The thread that @v served is gone, or the process ends: exit edge. */
void recorder_leave(struct vcpu *v);

#endif
