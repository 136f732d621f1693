/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arena: memory shared between the recorder inside QEMU and the command
 * outside it.
 *
 * `qemu-cflow record` makes it (an anonymous memory file), the plugin maps it
 * while QEMU starts and closes the descriptor, and from then on recording is
 * nothing but stores to memory: no file of ours is open in the guest's
 * process, no disk can fill up under it, and whatever way QEMU ends, what was
 * stored is there for `record` to read.  The mapping is much larger than what
 * is used; pages appear when touched.
 *
 * Everything is found by offsets from the start of the mapping, and space is
 * handed out by one atomic counter and never given back, so that processes
 * forked from the guest share the same arena without a lock.  A writer fills
 * a record first and publishes it last (release), so that a reader sees whole
 * records at any moment.
 */
#ifndef CFLOW_ARENA_H
#define CFLOW_ARENA_H

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/arena/counts.h"

#define CFLOW_ARENA_MAGIC   0x616e657261666c63ull /* "clfarena" */
#define CFLOW_ARENA_VERSION 7

/*
 * Where an arena is mapped if nothing else is: far from where the kernel puts other
 * mappings.  Between them it would part QEMU's generated code from the plugin by more
 * than the two gigabytes that a direct call reaches.
 */
#define CFLOW_ARENA_PLACE ((void *)0x500000000000)

/* Offset from the start of the arena, bytes; 0 = none. */
typedef uint64_t cflow_off;

/* "No block": the far end of an entry or an exit. */
#define CFLOW_NO_BLOCK UINT32_MAX

/* Why a program that the guest executed is not in the recording. */
enum cflow_unfollowed {
    CFLOW_UNFOLLOWED_ASKED,   /* nobody wanted it */
    CFLOW_UNFOLLOWED_REACH,   /* recording or QEMU out of reach: another root, user, ... */
    CFLOW_UNFOLLOWED_SETID,   /* it gets other rights, which it would not under QEMU */
    CFLOW_UNFOLLOWED_FILE,    /* it cannot be read, or has no name */
    CFLOW_UNFOLLOWED_MACHINE, /* no ELF program, or for a machine without a QEMU here */
    CFLOW_N_UNFOLLOWED
};

/* The first bytes of an ELF program that can be recorded. */
struct cflow_arena_machine {
    uint16_t machine; /* e_machine */
    uint8_t class, data;
};

/* Strings of a launch, by number; more follow that only the launcher knows. */
enum cflow_launch_word {
    CFLOW_LAUNCHER, /* a program that puts a program under QEMU */
    CFLOW_LAUNCH_EMULATOR,
    CFLOW_LAUNCH_PLUGIN,
    CFLOW_LAUNCH_WORDS
};

/*
 * How to record what the guest executes.  The arena is open in the process @pid as
 * descriptor @fd, while `record` runs.
 */
struct cflow_arena_launch {
    uint32_t pid;
    int32_t fd;
    uint64_t device, inode; /* of the arena's file */
    uint32_t n_machines;
    uint32_t n_words;
    struct cflow_arena_machine machines[64];
    char words[]; /* NUL-terminated */
};

struct cflow_arena_header {
    uint64_t magic;
    uint32_t version;
    uint32_t pad;
    uint64_t size;                /* of the mapping, bytes */
    _Atomic uint64_t used;        /* next free byte */
    _Atomic uint32_t n_anonymous; /* stretches of generated code, numbered */
    _Atomic uint64_t failed;      /* requests that found no room */
    _Atomic(cflow_off) processes; /* newest struct cflow_arena_process */
    cflow_off launch;             /* struct cflow_arena_launch; 0: do not follow exec */
    _Atomic uint32_t unfollowed[CFLOW_N_UNFOLLOWED];
};

/* A growing sequence of variable-sized records, in extents. */
struct cflow_arena_log {
    _Atomic(cflow_off) first; /* struct cflow_arena_extent */
    cflow_off last;
    _Atomic uint32_t n; /* records */
};

struct cflow_arena_extent {
    _Atomic(cflow_off) next;
    _Atomic uint64_t used; /* bytes of data filled */
    uint64_t size;         /* bytes of data */
    unsigned char data[];
};

enum cflow_arena_module_kind {
    CFLOW_ARENA_ELF,
    CFLOW_ARENA_VDSO,
    CFLOW_ARENA_FILE,     /* a mapped file that is no ELF */
    CFLOW_ARENA_ANON,     /* memory without a file: generated code */
    CFLOW_ARENA_ABSOLUTE, /* a whole machine: guest addresses */
};

/* Every record of a log starts with its size, a multiple of 8. */
struct cflow_arena_module {
    uint32_t size;
    uint32_t kind;        /* enum cflow_arena_module_kind */
    uint64_t start, end;  /* guest addresses seen mapped */
    uint64_t bias;        /* guest address - address in the module */
    uint32_t n_build_id;  /* bytes, 0 if unknown */
    uint32_t n_path;      /* bytes, without a final NUL */
    unsigned char data[]; /* build-id, then path */
};

enum cflow_arena_block_flag {
    CFLOW_BLOCK_POINT = 1 << 0,      /* an address control arrived at and was taken
                                      * away from before a block ran; no insns */
    CFLOW_BLOCK_OPAQUE = 1 << 1,     /* QEMU shows no real instruction bytes here */
    CFLOW_BLOCK_HAS_DISAS = 1 << 2,  /* a disassembly of the last insn follows */
    CFLOW_BLOCK_HAS_SYMBOL = 1 << 3, /* QEMU's name for the last insn follows */
    CFLOW_BLOCK_CAREFUL = 1 << 7,    /* its code may be written while it runs */
};

/* struct cflow_arena_block.flags: besides, with which rights it runs (enum cflow_privilege). */
#define CFLOW_BLOCK_PRIVILEGE(flags)    ((unsigned)(flags) >> 4 & 7)
#define CFLOW_BLOCK_OF_PRIVILEGE(level) ((unsigned)(level) << 4)

/* struct cflow_arena_block.mode: enum isa_mode, and how many instructions from the
 * start are predicated by an IT that lies before the block. */
#define CFLOW_BLOCK_MODE(mode) ((enum isa_mode)((mode)&15))
#define CFLOW_BLOCK_IT(mode)   ((unsigned)(mode) >> 4)

/* A translation block; its id is its place in the log, from 0. */
struct cflow_arena_block {
    uint32_t size;
    uint32_t module;      /* place in the log of modules */
    uint64_t pc;          /* guest address of the first insn */
    uint16_t n_insns;     /* 1023 at most */
    uint16_t n_bytes;     /* of all instructions */
    uint16_t last_offset; /* of the last insn from pc, bytes */
    uint8_t mode;         /* of the code, and instructions that an IT before predicates */
    uint8_t flags;        /* enum cflow_arena_block_flag, and CFLOW_BLOCK_PRIVILEGE() */
    unsigned char data[]; /* n_insns sizes, bytes, strings that end with NUL */
};

/*
 * Edges that the flow engine does not measure are silent: they follow from the blocks'
 * counters.  From each last instruction the ways that it names (lib/flow/successors.h) are
 * silent, except as these records say.  @block is any that ends with the instruction.
 */
struct cflow_arena_way {
    uint32_t size;
    uint32_t block : 31;
    uint32_t silent : 1; /* so is the edge to @pc; else none of those that it names is */
    uint64_t pc;
};

/* An edge between two blocks run to their ends; key 0 = empty slot. */
struct cflow_arena_edge {
    uint64_t key; /* (source id + 1) << 32 | destination id */
    uint64_t count;
};

/* Anything else that control did. */
struct cflow_arena_event {
    uint32_t src, dst; /* block ids or CFLOW_NO_BLOCK */
    uint16_t src_insn; /* number of the source insn in src */
    uint16_t kind;     /* enum cflow_kind; 0 = empty slot */
    uint16_t cause;    /* signal number, 0 if none */
    uint16_t aborted;  /* 1: the source insn did not complete */
    uint64_t count;
    /* Edge engine: how often control came back to the source, and how many instructions
     * the vCPU ran until then, in sum. */
    uint64_t returned, instructions;
};

/*
 * The flight recorder: one transfer as it happened.  Of kind 0: from the end of
 * block src along an edge; else as in an event.
 */
struct cflow_arena_hop {
    uint32_t src, dst;
    uint16_t src_insn, kind, cause, aborted;
};

/* The last transfers of a vCPU, oldest first, up to and with what was remarkable. */
struct cflow_arena_flight {
    uint32_t size;
    uint32_t vcpu;
    uint32_t n;
    uint32_t pad;
    struct cflow_arena_hop hops[];
};

/* Open-addressing tables; capacity is a power of two. */
struct cflow_arena_table {
    _Atomic(cflow_off) slots; /* a uint64_t, the capacity, lies before */
    uint32_t capacity;        /* the writer's copy */
    uint32_t n;
};

struct cflow_arena_vcpu {
    cflow_off next;
    uint64_t callbacks; /* flow engine: how often the generated code called it */
    uint64_t beyond;    /* edge engine: blocks begun that were not recorded, for the memory limit */
    uint32_t index;
    uint32_t live;
    uint32_t block;                  /* the block it is in, or CFLOW_NO_BLOCK */
    uint32_t threads;                /* how many used this index */
    struct cflow_arena_table edges;  /* of struct cflow_arena_edge */
    struct cflow_arena_table events; /* of struct cflow_arena_event */
    /* In a checkpoint: where it stood. */
    uint32_t stop_block;
    uint16_t stop_insn;
    uint16_t stop; /* enum cflow_arena_stop */
};

enum cflow_arena_stop {
    CFLOW_STOP_NONE,      /* it did not run, or its end is among the events */
    CFLOW_STOP_BEFORE,    /* about to begin stop_block, the way there deduced */
    CFLOW_STOP_COMPLETED, /* stop_block had run to its end, and where to is not recorded */
    CFLOW_STOP_ABORTED,   /* stop_block had been left at stop_insn */
};

/*
 * Everything that the flow engine counted, as it was at one moment at which no
 * vCPU moved.  There are two, which are filled in turn, so that one is whole at
 * any time.
 */
struct cflow_arena_checkpoint {
    uint64_t elapsed_ns; /* since the process began */
    uint32_t deadly;     /* 1: the guest was in a call that may have ended the process */
    cflow_off counts;    /* of the blocks that ran, lib/arena/counts.h ... */
    uint64_t n_bytes;    /* ... so long */
    cflow_off vcpus;     /* newest struct cflow_arena_vcpu, copies with tables of their own */
};

enum cflow_arena_end {
    CFLOW_END_RUNNING, /* no end was seen: killed, or still there */
    CFLOW_END_EXIT,
    CFLOW_END_EXEC,
    CFLOW_END_SIGNAL, /* a signal that dumps core */
};

struct cflow_arena_process {
    cflow_off next;                         /* older process */
    cflow_off parent;                       /* forked from, 0 for the first */
    uint32_t parent_modules, parent_blocks; /* how many of its records count here too */
    uint32_t pid, ppid;
    _Atomic uint32_t end;         /* enum cflow_arena_end */
    uint32_t plugin_api;          /* of the QEMU that loaded the plugin */
    uint32_t unsound;             /* 1: QEMU ran several vCPUs on one thread */
    uint32_t system;              /* 1: a whole machine */
    uint32_t announced;           /* 1: and QEMU tells of exceptions and interrupts */
    uint32_t narrowed;            /* 1: only a part is recorded */
    uint64_t unknown_ends;        /* flow engine: vCPUs whose last transfer is not known */
    uint64_t lost;                /* transfers not recorded: no room */
    uint64_t ran_on;              /* vCPUs that ran, unseen, while QEMU ended the process */
    uint64_t memory_limit;        /* when to stop recording new code, bytes; 0: never */
    uint64_t table_bytes;         /* the most memory that it had for itself, without its parent's */
    _Atomic uint64_t arena_bytes; /* of the arena: what it took */
    char isa[16];                 /* QEMU's target name */
    char engine[16];
    char engine_reason[64];
    char path[1024]; /* program, cut if longer */
    struct cflow_arena_log modules, blocks;
    struct cflow_arena_log flights; /* of struct cflow_arena_flight */
    struct cflow_arena_log ways;    /* flow engine: of struct cflow_arena_way */
    uint32_t parent_ways;           /* how many of the parent's count here too */
    uint32_t crashed; /* flow engine: id + 1 of the block that a fault ended the process in; 0 */
    uint32_t crashed_last;      /* 1: at its last insn; 0: before, unless only that one can fault */
    uint32_t explicit_branches; /* flow engine: instructions that store a token */
    uint64_t checkpoints;       /* flow engine: how many were taken */
    uint64_t checkpoint_max_ns; /* the longest that vCPUs stood still for one, or in vain */
    uint64_t checkpoint_stop_ns;   /* the sum of these times */
    uint64_t checkpoint_cpu_ns;    /* processor time of the threads that took them */
    _Atomic(cflow_off) checkpoint; /* flow engine: struct cflow_arena_checkpoint, the last */
    _Atomic(cflow_off) vcpus;      /* newest struct cflow_arena_vcpu */
};

struct cflow_arena {
    struct cflow_arena_header *header; /* also the base of all offsets */
    uint64_t size;
    _Atomic uint64_t *taken; /* what this process allocates is added there; may be NULL */
};

/* Pointer to what lies at @off, which must have come from this arena. */
static inline void *cflow_arena_at(const struct cflow_arena *arena, cflow_off off)
{
    return (char *)arena->header + off;
}

/* The same for a reader, who trusts no offset: NULL unless @size bytes are there, aligned to 8. */
static inline const void *cflow_arena_get(const struct cflow_arena *arena, cflow_off off,
                                          uint64_t size)
{
    return off % 8 || off > arena->size || size > arena->size - off ? NULL
                                                                    : cflow_arena_at(arena, off);
}

/*
 * Make an arena as an anonymous memory file.  *@fd is the descriptor to hand
 * to QEMU; the caller closes it.
 */
bool cflow_arena_create_shared(struct cflow_arena *arena, int *fd, GError **error);

/* Make an arena in private memory, for a plugin used without `record`. */
bool cflow_arena_create_private(struct cflow_arena *arena, GError **error);

/* Map the arena behind @fd, made by another process.  Does not close @fd. */
bool cflow_arena_attach(struct cflow_arena *arena, int fd, GError **error);

/*
 * Set what is to be done about programs that the guest executes: @launch with
 * @words (at least CFLOW_LAUNCH_WORDS of them, NULL at the end).  False without room.
 */
bool cflow_arena_set_launch(struct cflow_arena *arena, const struct cflow_arena_launch *launch,
                            char **words);

/* What was set; NULL if nothing was. */
const struct cflow_arena_launch *cflow_arena_get_launch(const struct cflow_arena *arena);

/* Word @i of @launch; NULL if there are fewer. */
const char *cflow_arena_launch_word(const struct cflow_arena_launch *launch, unsigned i);

/* Unmap.  Harmless on an arena of zeros. */
void cflow_arena_close(struct cflow_arena *arena);

/*
 * @size bytes of zeros, aligned to 8, shared by all processes of the arena;
 * 0 when there is no room left.  Lock-free.
 */
cflow_off cflow_arena_alloc(struct cflow_arena *arena, uint64_t size);

/*
 * Append a record of @size bytes (a multiple of 8) to @log and return it to be
 * filled, NULL without room; cflow_arena_publish() then makes it visible.  One
 * writer at a time per log.
 */
void *cflow_arena_append(struct cflow_arena *arena, struct cflow_arena_log *log, uint32_t size);
void cflow_arena_publish(struct cflow_arena *arena, struct cflow_arena_log *log, uint32_t size);

/*
 * Call @visit for each record of @log, oldest first, at most @max of them,
 * until it returns false.  Offsets and sizes are checked: false on a damaged
 * log.
 */
bool cflow_arena_each(const struct cflow_arena *arena, const struct cflow_arena_log *log,
                      uint32_t max, bool (*visit)(const void *record, void *data), void *data);

/*
 * The slot of @key (in an edge table) with its count, made if absent; NULL
 * without room.  Grows the table when it is two thirds full.
 */
struct cflow_arena_edge *cflow_arena_edge_add(struct cflow_arena *arena,
                                              struct cflow_arena_table *table, uint64_t key);
struct cflow_arena_event *cflow_arena_event_add(struct cflow_arena *arena,
                                                struct cflow_arena_table *table,
                                                const struct cflow_arena_event *event);

static inline uint32_t cflow_arena_hash(uint64_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 32);
}

#endif
