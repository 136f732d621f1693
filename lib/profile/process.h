/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process of a recording on its way to rows; private to lib/profile. */
#ifndef CFLOW_PROFILE_PROCESS_H
#define CFLOW_PROFILE_PROCESS_H

#include "isa/isa.h"
#include "lib/profile/disasm.h"
#include "lib/profile/rows.h"

/* A module of one process: its row, and what to subtract from an address. */
struct place {
    uint32_t row;
    uint64_t bias;
};

/* What is summed for each block of a process. */
struct flow {
    uint64_t in, out;
    uint64_t aborted; /* left before the last insn had completed */
    uint64_t mid;     /* of these: left before the last insn was reached */
    uint64_t before;  /* not in any of these: about to begin it when a checkpoint was taken */
};

/* An instruction that has a row, for one reason of perhaps several. */
struct insn_use {
    uint64_t address; /* in the module */
    uint32_t module;
    uint32_t offset; /* in the block */
    const struct cflow_arena_block *block;
    uint16_t insn;  /* its number in the block */
    uint16_t flags; /* enum cflow_insn_flag */
};

/* The work on one process. */
struct work {
    const struct cflow_arena *arena;
    const struct cflow_arena_process *process;
    const struct cflow_arena_checkpoint *checkpoint; /* flow engine; NULL: nothing was counted */
    struct cflow_rows *rows;
    struct cflow_process_row *row;
    uint32_t number;
    const struct isa *isa;
    struct cflow_disasm *disasm;
    const cflow_load_map *loaded; /* a whole machine: files that lie in it, or NULL */
    uint32_t *loaded_rows;        /* and their modules, by number of the file */
    GHashTable *module_rows;      /* "path\nbuild-id\nisa" -> row */
    GArray *places;               /* of struct place, by the arena's numbers */
    GPtrArray *blocks;            /* of const struct cflow_arena_block */
    struct flow *flows;
    GHashTable *privileges, *end_privileges; /* privilege.c */
    GArray *insns;                           /* of struct insn_use */
};

/* The block @id; NULL if there is none. */
const struct cflow_arena_block *work_block(const struct work *w, uint32_t id);

/* The module and the address in it of what is at @offset in @b; NULL: outside. */
void work_locate(const struct work *w, const struct cflow_arena_block *b, uint32_t offset,
                 uint32_t *module, uint64_t *address);

/* The module of what is at @offset in @b: for a machine, perhaps a file's. */
struct place work_place(const struct work *w, const struct cflow_arena_block *b, uint32_t offset);

/* Where instruction @insn of @b begins, bytes from the block's start. */
uint32_t work_insn_offset(const struct cflow_arena_block *b, unsigned insn);

/* The bytes of all instructions of @b. */
const uint8_t *work_bytes(const struct cflow_arena_block *b);

/* The kind of the edge from the end of @src, which may be a point, to @dst (events.c). */
enum cflow_kind work_edge_kind(const struct work *w, const struct cflow_arena_block *src,
                               const struct cflow_arena_block *dst);

/* The words for the cause of @e (events.c). */
const char *work_cause(const struct work *w, const struct cflow_arena_event *e);

/* Add what the flight recorder kept (events.c).  False if the arena is damaged. */
bool work_take_flights(struct work *w);

/*
 * Is there a block @id, perhaps one that is younger than our look at the blocks?  A
 * process that outlives the recording (a daemon) goes on while it is read; what
 * refers to its new blocks is no damage, and no part of the profile.
 */
bool work_block_exists(const struct work *w, uint32_t id);

/* Decode instruction @insn of @b. */
void work_decode(const struct work *w, const struct cflow_arena_block *b, unsigned insn,
                 struct isa_insn *out);

/* The same where it is known to begin at @offset. */
void work_decode_at(const struct work *w, const struct cflow_arena_block *b, unsigned insn,
                    uint32_t offset, struct isa_insn *out);

/* There is to be a row of instruction @insn of @b, at @offset (insn-rows.c). */
void work_add_insn(struct work *w, const struct cflow_arena_block *b, unsigned insn,
                   uint32_t offset, unsigned flags);

/* Instruction @insn of @b did not complete; of a point, find the instruction. */
void work_add_insn_left(struct work *w, const struct cflow_arena_block *b, unsigned insn);

/* Add the rows of all these, one for each address. */
void work_join_insns(struct work *w);

/* Instruction @insn of @b faulted, and that was the end of the process. */
void work_add_crash(struct work *w, const struct cflow_arena_block *b, unsigned insn);

/* Decode the last instruction of @b. */
void work_decode_last(const struct work *w, const struct cflow_arena_block *b,
                      struct isa_insn *out);

/* Add the edge from the instruction at @offset in @src (NULL: outside) to @dst. */
void work_add_edge(struct work *w, const struct cflow_arena_block *src, uint32_t offset,
                   const struct cflow_arena_block *dst, enum cflow_kind kind, uint64_t count);

/*
 * The rights (enum cflow_privilege) of the instruction at @offset in @src from which
 * control goes to @dst: the source's, and where that is NULL the destination's
 * (privilege.c).
 */
uint32_t work_privilege(struct work *w, const struct cflow_arena_block *src, uint32_t offset,
                        const struct cflow_arena_block *dst);

/*
 * The edges that the flow engine did not record, from its counters (deduce.c).
 * Called when what was recorded has been taken.  False if the arena is damaged.
 */
bool work_deduce(struct work *w);

/* Add all rows of process @p.  False if the arena is damaged. */
bool cflow_rows_take_process(struct cflow_rows *rows, const struct cflow_arena *arena,
                             const struct cflow_arena_process *p, const cflow_load_map *loaded,
                             GHashTable *module_rows, struct cflow_disasm *disasm);

#endif
