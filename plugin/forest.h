/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which transfers need no measurement: the graph that the flow engine keeps
 * while QEMU translates.
 *
 * Its nodes are the addresses where control arrives and the instructions with
 * which it leaves a block.  An edge from the latter to the former is silent,
 * not measured, as long as the silent edges form a forest over the nodes: then
 * all of them follow from how often the blocks ran (lib/flow/solve.h).
 *
 * Nothing here locks; the engine does.
 */
#ifndef CFLOW_FOREST_H
#define CFLOW_FOREST_H

#include "plugin/recorder.h"

/* An instruction that ends blocks. */
struct leave {
    uint32_t block : 28;  /* any that ends with it */
    bool is_explicit : 1; /* must tell where it went */
    bool no_fault : 1;    /* it cannot fault */
    bool careful : 1;     /* its block may be written while it runs */
    uint32_t target;      /* the target that it says it goes to, forest_target(); 0: none */
};

/*
 * In a whole machine the next page may hold this code or that, so an edge that leaves
 * a page is silent only as far as where it was meant to go.  The number of that
 * address goes with it (leave.target), and is compared where control arrives.
 */
#define FOREST_MAX_TARGETS (1u << 29)

/* What is known of an address at which control arrives. */
enum forest_mark {
    FOREST_LED_TO = 1 << 0,    /* a silent edge goes there; in a machine only */
    FOREST_ACCEPTS = 1 << 1,   /* a block there accepts a token */
    FOREST_UNCHECKED = 1 << 2, /* a block there has no check (plugin/hot.h) ... */
    FOREST_FOLLOWS = 1 << 3,   /* ... or goes there */
};

/* The marks of @pc. */
unsigned forest_marks(uint64_t pc);

/* Give @pc one more. */
void forest_mark(uint64_t pc, enum forest_mark mark);

/* The number of the address @pc, from 1; 0: no edge is meant to go there. */
uint32_t forest_target(uint64_t pc);

/* The address with the number @target. */
uint64_t forest_target_pc(uint32_t target);

/*
 * The block that ends with the instruction at @pc, whose bytes are at @host, and whose
 * edges are silent; NULL if there is none.
 */
const struct block *forest_silent_at(uint64_t pc, const uint8_t *host);

/* The last instruction of @b, found or made; then its edges become silent if they can. */
const struct leave *forest_leave(const struct block *b);

/* Make the edge from @leave to @pc silent.  False if that closes a cycle, or without room. */
bool forest_accept(const struct leave *leave, uint64_t pc);

#endif
