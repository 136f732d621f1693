/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the recorder left in the arena to the rows of a profile: block
 * numbers become addresses in modules, pairs of blocks become edges with a
 * kind, and the sums are checked.
 */
#ifndef CFLOW_PROFILE_ROWS_H
#define CFLOW_PROFILE_ROWS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/arena/arena.h"
#include "lib/profile/schema.h"
#include "lib/symbols/load-map.h"

struct cflow_module_row {
    char *path;
    char *build_id; /* hexadecimal; NULL if it has none */
    const char *kind;
};

struct cflow_mapping_row {
    uint32_t process, module;
    uint64_t start, end, bias;
};

struct cflow_process_row {
    uint32_t pid, ppid, vcpus;
    char *path;
    const char *isa;                       /* QEMU's target name, interned */
    uint64_t transfers;                    /* control transfers: edges but for split and retry */
    uint64_t blocks_run;                   /* sum of blocks entered */
    uint64_t callbacks, explicit_branches; /* flow engine: what it had to measure */
    uint64_t residual;                     /* sum of |in - out| over all blocks */
    uint64_t unexplained;
    uint64_t lost;         /* transfers that found no room in the arena */
    uint64_t ran_on;       /* threads that ran on while the process ended */
    uint64_t beyond;       /* blocks begun that were not recorded, for the memory limit */
    uint64_t memory;       /* what recording it took, bytes */
    uint64_t memory_limit; /* 0: none */
    uint64_t unknown_ends; /* threads whose last transfer is not known */
    uint64_t cut_short;    /* threads killed while running: their last block may not have ended */
    bool unsound;          /* QEMU ran several vCPUs on one thread: counts may be wrong */
    bool complete;         /* it was seen to end */
    int64_t checkpoint_ms; /* what is here ends that long after it began; -1: nothing is missing */
    /* Flow engine: taken; the longest stop for one, all stops; processor time for them. */
    uint64_t checkpoints, checkpoint_max_ns, checkpoint_stop_ns, checkpoint_cpu_ns;
    const char *end; /* "exit", "exec", "running" */
};

struct cflow_insn_row {
    uint32_t module;
    uint64_t offset;
    unsigned char class; /* enum isa_class */
    bool has_target;
    unsigned char n_bytes, flags; /* enum cflow_insn_flag */
    uint64_t target;              /* address in the same module */
    unsigned char bytes[16];
    const char *disasm, *symbol; /* NULL if unknown; in cflow_rows.strings */
};

struct cflow_block_row {
    uint32_t process, module;
    uint64_t start, last;
    uint32_t insns;
    uint32_t privilege; /* enum cflow_privilege */
    uint64_t entered, completed;
};

struct cflow_edge_row {
    uint32_t process, src_module, dst_module;
    uint32_t kind;      /* enum cflow_kind */
    uint32_t privilege; /* enum cflow_privilege, of the source; of an entry, of the destination */
    uint64_t src, dst, count;
};

struct cflow_discontinuity_row {
    uint32_t process, vcpu, kind, src_module, dst_module;
    bool mid_block;
    uint32_t privilege; /* as in an edge */
    const char *cause;  /* static or interned */
    uint64_t src, dst, count;
    uint64_t returned, instructions; /* how often control came back; run until then, in sum */
};

/* A step of what led to something; the last of a flight is that itself. */
struct cflow_flight_row {
    uint32_t flight, step; /* from 1, from 0 */
    uint32_t process, vcpu, kind, src_module, dst_module;
    const char *cause; /* static or interned */
    uint64_t src, dst;
};

/*
 * All rows of a recording, each array in the order of its table's primary key
 * (modules and processes: by number; processes are numbered from 1).
 */
struct cflow_rows {
    char isa[16], engine[16], engine_reason[64];
    bool system;
    bool announced; /* of a system: QEMU told of exceptions and interrupts */
    uint32_t plugin_api;
    GArray *modules, *mappings, *processes, *insns, *blocks, *edges, *discontinuities, *flights;
    GStringChunk *strings; /* of instructions */
    uint32_t n_flights;
    uint64_t arena_used;                     /* bytes the recording took */
    uint32_t unfollowed[CFLOW_N_UNFOLLOWED]; /* programs executed and not recorded, by reason */
};

/*
 * Read @arena, whose writers have ended or are held.  *@rows is the caller's,
 * to be freed with cflow_rows_destroy().  @loaded (may be NULL) says which files'
 * code a whole machine ran: it then is in modules of its own.  Fails on an arena
 * without a process or with damaged records.
 */
bool cflow_rows_create(const struct cflow_arena *arena, const cflow_load_map *loaded,
                       struct cflow_rows **rows, GError **error);
void cflow_rows_destroy(struct cflow_rows *rows);

typedef struct cflow_rows cflow_rows;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_rows, cflow_rows_destroy)

/* Blocks begun that were not recorded, for the memory limit. */
uint64_t cflow_rows_beyond(const struct cflow_rows *rows);

/*
 * How many programs that the guest executed are not in @rows; *@note (to be freed)
 * says why.
 */
uint32_t cflow_rows_unfollowed(const struct cflow_rows *rows, char **note);

/* "SIGSEGV" for 11, and so on; Linux's numbering on x86, Arm and RISC-V. */
const char *cflow_signal_name(unsigned signum);

#endif
