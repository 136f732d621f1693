/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions of one function, from its first to its last, with those of its
 * parts that stand elsewhere, and which can come before which.  Private to lib/jumps.
 */
#ifndef CFLOW_JUMPS_CODE_H
#define CFLOW_JUMPS_CODE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/jumps/effect.h"
#include "lib/symbols/symbols.h"

#define CODE_NONE UINT32_MAX

/* A module of a profile. */
struct code_module {
    cflow_symbols *symbols;
    const char *path, *build_id;
    const struct isa *isa;
    const struct effect_isa *effects;
};

struct code_insn {
    uint64_t address;
    uint64_t target; /* with has_target */
    uint8_t size;
    uint8_t class;   /* enum isa_class */
    bool has_target; /* jumps and conditional branches only */
    bool goes_on;    /* control may come to the next instruction */
    bool thumb;
    bool predicated; /* by an IT before it */
};

/* Control can go from one instruction to another. */
struct code_way {
    uint32_t to, from; /* indices of insns */
    bool taken;        /* not by going on */
};

struct code {
    const struct code_module *module;
    GArray *insns;          /* struct code_insn, by address */
    GArray *ways;           /* struct code_way, by to */
    struct effect *effects; /* private: of each instruction, and whether it is there */
    bool *have_effect;
    bool *padding;   /* private: does nothing between a jump and a label, and never runs */
    uint32_t entry;  /* the function's first instruction */
    uint64_t budget; /* instructions that may still be looked at: files may be made up */
};

/*
 * Fills @code with the @n ranges [starts[i], ends[i]), the function's own being the
 * first.  Returns false if they cannot all be decoded.  Either way code_clear() it.
 */
bool code_read(struct code *code, const struct code_module *module, const uint64_t *starts,
               const uint64_t *ends, size_t n);
void code_clear(struct code *code);

/* Finds the ways, without which nothing can be asked but for instructions. */
void code_find_ways(struct code *code);

const struct code_insn *code_insn(const struct code *code, uint32_t i);

/* The one at @address; CODE_NONE. */
uint32_t code_find(const struct code *code, uint64_t address);

/* The ways to @to; *@n is set to their number. */
const struct code_way *code_ways_to(const struct code *code, uint32_t to, size_t *n);

/* Adds ways from @from to each of the @n addresses at @targets. */
void code_add_ways(struct code *code, uint32_t from, const uint64_t *targets, size_t n);

/* What instruction @i does. */
const struct effect *code_effect(struct code *code, uint32_t i);

/*
 * Whether instruction @i puts the address *@pc, and nothing else, into register *@reg: a
 * call that comes back with it, or what is called to take it off the stack.
 */
bool code_gets_pc(const struct code *code, uint32_t i, unsigned *reg, uint64_t *pc);

/* Pays for looking at an instruction.  Returns false if there is nothing left. */
static inline bool code_pay(struct code *code)
{
    code->budget -= code->budget > 0;
    return code->budget > 0;
}

/* The @size bytes at @address, if they are constant; NULL. */
const unsigned char *code_constant(const struct code_module *module, uint64_t address, size_t size);

#endif
