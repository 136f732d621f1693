/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/profile/merge-internal.h"

static int compare_versions(const struct merge_insn *a, const struct merge_insn *b)
{
    int order = (int)a->has_bytes - (int)b->has_bytes;

    order = order ? order : (int)a->n_bytes - (int)b->n_bytes;
    order = order ? order : memcmp(a->bytes, b->bytes, a->n_bytes);
    order = order ? order : strcmp(a->class, b->class);
    order = order ? order : (int)a->has_target - (int)b->has_target;
    if (order == 0 && a->has_target && a->target != b->target) {
        order = a->target < b->target ? -1 : 1;
    }
    return order;
}

static const char *least(const char *a, const char *b)
{
    return !a ? b : !b ? a : strcmp(a, b) <= 0 ? a : b;
}

bool merge_insn_join(struct merge_insn *a, const struct merge_insn *b)
{
    int order = compare_versions(a, b);
    int64_t flags = a->flags | b->flags;

    if (order == 0) {
        a->disasm = least(a->disasm, b->disasm);
        a->symbol = least(a->symbol, b->symbol);
    } else if (order > 0) {
        *a = *b;
    }
    a->flags = flags | (order ? CFLOW_INSN_BYTES_CHANGED : 0);
    return order != 0;
}
