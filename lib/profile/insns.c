/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/insns.h"

#include <sqlite3.h>
#include <string.h>

static enum isa_class class_named(const char *name)
{
    for (int class = 0; name && class < ISA_N_CLASSES; class ++) {
        if (strcmp(isa_class_name((enum isa_class) class), name) == 0) {
            return (enum isa_class) class;
        }
    }
    return ISA_UNKNOWN;
}

static void read_row(sqlite3_stmt *stmt, GStringChunk *strings, struct cflow_insn_place *insn)
{
    const char *disasm = (const char *)sqlite3_column_text(stmt, 4);
    const void *bytes = sqlite3_column_blob(stmt, 3);
    int n = sqlite3_column_bytes(stmt, 3);

    *insn = (struct cflow_insn_place){
        .offset = (uint64_t)sqlite3_column_int64(stmt, 0),
        .class = class_named((const char *)sqlite3_column_text(stmt, 1)),
        .has_target = sqlite3_column_type(stmt, 2) == SQLITE_INTEGER,
        .target = (uint64_t)sqlite3_column_int64(stmt, 2),
        .disasm = disasm ? g_string_chunk_insert_const(strings, disasm) : NULL,
        .flags = (unsigned)sqlite3_column_int64(stmt, 5),
    };
    if (bytes && n > 0 && n <= (int)sizeof(insn->bytes)) {
        insn->n_bytes = (unsigned)n;
        memcpy(insn->bytes, bytes, (size_t)n);
    }
}

static int compare_offsets(const void *pa, const void *pb)
{
    uint64_t a = ((const struct cflow_insn_place *)pa)->offset;
    uint64_t b = ((const struct cflow_insn_place *)pb)->offset;

    return a == b ? 0 : a < b ? -1 : 1;
}

/* Rows with @first <= offset <= @last, compared with their sign. */
static bool read_range(cflow_profile *profile, int64_t module, int64_t first, int64_t last,
                       GStringChunk *strings, GArray *insns, GError **error)
{
    static const char sql[] = "SELECT offset, class, target, bytes, disasm, flags FROM insn"
                              " WHERE module = ?1 AND offset BETWEEN ?2 AND ?3";
    sqlite3_stmt *stmt = cflow_profile_statement(profile, sql, error);
    int rc;

    if (!stmt) {
        return false;
    }
    sqlite3_bind_int64(stmt, 1, module);
    sqlite3_bind_int64(stmt, 2, first);
    sqlite3_bind_int64(stmt, 3, last);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct cflow_insn_place insn;
        read_row(stmt, strings, &insn);
        g_array_append_val(insns, insn);
    }
    if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE;
}

GArray *cflow_query_insns(cflow_profile *profile, int64_t module, uint64_t start, uint64_t end,
                          GStringChunk *strings, GError **error)
{
    g_autoptr(GArray) insns = g_array_new(FALSE, FALSE, sizeof(struct cflow_insn_place));
    int64_t first = (int64_t)start, last = (int64_t)(end - 1);
    bool good = true;

    /* Offsets are stored with a sign: what lies across 2^63 is two ranges. */
    if (start < end && first >= 0 && last < 0) {
        good = read_range(profile, module, first, INT64_MAX, strings, insns, error) &&
               read_range(profile, module, INT64_MIN, last, strings, insns, error);
    } else if (start < end) {
        good = read_range(profile, module, first, last, strings, insns, error);
    }
    if (!good) {
        return NULL;
    }
    g_array_sort(insns, compare_offsets);
    return g_steal_pointer(&insns);
}
