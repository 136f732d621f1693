/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of a profile: what they are called, where they lie, how much
 * ran in them, and which one a user means.
 */
#ifndef CFLOW_CFG_PROGRAM_H
#define CFLOW_CFG_PROGRAM_H

#include "lib/cfg/cfg.h"
#include "lib/symbols/symbols.h"

#define CFLOW_CFG_ERROR (cflow_cfg_error_quark())
GQuark cflow_cfg_error_quark(void);

enum cflow_cfg_error {
    CFLOW_CFG_ERROR_NOTHING, /* no such function, or none at all */
    CFLOW_CFG_ERROR_RANGE,   /* it is not known where the function begins and ends */
};

/* Strings belong to the symbols, the profile or the program. */
struct cflow_cfg_function {
    int64_t module;
    const char *name;
    bool has_range; /* false: code of which no file tells more than a name, at most */
    bool has_name;  /* false: name is made of the module's and the address */
    uint64_t start, end;
    const char *file; /* of its declaration; NULL if not known */
    unsigned line;
    /*
     * How many instructions ran in it, summed up over the translation blocks
     * that begin in it and ran to their end.
     */
    int64_t instructions;
};

typedef struct cflow_cfg_program {
    cflow_profile *profile;
    cflow_symbols *symbols;
    cflow_cfg_context *context;
    GPtrArray *functions; /* struct cflow_cfg_function *, those that ran first */
    GHashTable *by_key;   /* private */
    GHashTable *jumps;    /* private: module -> cflow_jumps */
    GStringChunk *strings;
} cflow_cfg_program;

/*
 * Finds the functions that ran in @profile, whose edges are @flow, with the
 * names of @symbols; all three must outlive the program.  Returns NULL and sets
 * @error if the profile is damaged.  Free with cflow_cfg_program_free(), or
 * g_autoptr(cflow_cfg_program).
 */
cflow_cfg_program *cflow_cfg_program_new(cflow_profile *profile, const cflow_flow *flow,
                                         cflow_symbols *symbols, GError **error);
void cflow_cfg_program_free(cflow_cfg_program *program);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_cfg_program, cflow_cfg_program_free)

/* The function that @address of @module lies in; never NULL, the same for each question. */
const struct cflow_cfg_function *cflow_cfg_program_at(cflow_cfg_program *program, int64_t module,
                                                      uint64_t address);

/*
 * The functions that @words mean, the one with most instructions first: a GPtrArray
 * of const struct cflow_cfg_function *.
 *
 *     NAME              of a function; a pattern with * and ? if none is called so
 *     FILE:LINE         the functions with code of that line, inlined code too
 *     0xADDRESS         an address in a module
 *     0xSTART-0xEND     code that is no function's; END is behind it
 *     MODULE!...        one of these in a module of this path, name or pattern
 *     NULL              the hottest function
 *
 * Returns NULL and sets @error (CFLOW_CFG_ERROR_NOTHING) if there is none.
 * Free with g_ptr_array_unref().
 */
GPtrArray *cflow_cfg_program_select(cflow_cfg_program *program, const char *words, GError **error);

/*
 * The graph of @function.  Returns NULL and sets @error if it is not known where
 * it begins and ends, or if the profile is damaged.  Free with cflow_cfg_free().
 */
cflow_cfg *cflow_cfg_program_graph(cflow_cfg_program *program,
                                   const struct cflow_cfg_function *function, GError **error);

/* A place as "name+0x12" or "module+0x1234"; g_free() it. */
char *cflow_cfg_program_place(cflow_cfg_program *program, int64_t module, uint64_t address);

/* The last part of a module's path; g_free() it. */
char *cflow_cfg_module_name(const struct cflow_module *module);

#endif
