/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instructions of a profile, a range at a time. */
#ifndef CFLOW_PROFILE_INSNS_H
#define CFLOW_PROFILE_INSNS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "lib/profile/profile.h"

/* A row of "insn" without its names. */
struct cflow_insn_place {
    uint64_t offset;
    enum isa_class class;
    bool has_target;
    uint64_t target;
    unsigned n_bytes; /* 0 if they are not known */
    unsigned char bytes[16];
    const char *disasm; /* or NULL */
    unsigned flags;     /* enum cflow_insn_flag */
};

/*
 * The instructions of @module with @start <= offset < @end, sorted by offset: a
 * GArray of struct cflow_insn_place.  Their text is put into @strings.  Returns
 * NULL and sets @error if the profile is damaged.  Free with g_array_unref().
 */
GArray *cflow_query_insns(cflow_profile *profile, int64_t module, uint64_t start, uint64_t end,
                          GStringChunk *strings, GError **error);

#endif
