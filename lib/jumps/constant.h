/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers that hold the same number whenever control comes to an instruction: the
 * address of a table that was put there before a loop.  Private to lib/jumps.
 */
#ifndef CFLOW_JUMPS_CONSTANT_H
#define CFLOW_JUMPS_CONSTANT_H

#include "lib/jumps/code.h"

struct constants {
    struct code *code;
    GArray *open;      /* uint32_t: indirect jumps taken to lead anywhere in the function */
    bool guessing;     /* what no way leads to never runs */
    GHashTable *known; /* private: (instruction, register) -> a number or nothing */
};

void constants_init(struct constants *c, struct code *code, GArray *open);
void constants_clear(struct constants *c);

/* Forgets all answers: there are more ways, or fewer open jumps. */
void constants_again(struct constants *c);

/* Whether @reg always holds the same number before instruction @i; *@number is set to it. */
bool constants_before(struct constants *c, uint32_t i, unsigned reg, uint64_t *number);

#endif
