/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What llvm-profgen --unsymbolized-profile reads, see the comment of
 * UnsymbolizedProfileReader in LLVM's tools/llvm-profgen/PerfReader.h:
 *
 *   NUMBER of ranges, then START-LAST:COUNT each
 *   NUMBER of branches, then FROM->TO:COUNT each
 *
 * Equal ranges are added up by the reader.  Addresses are hexadecimal without
 * 0x; with --use-offset=0 they are link-time virtual addresses.
 */
#include <inttypes.h>

#include "lib/export/formats.h"
#include "lib/export/runs.h"

/* The instruction sets that llvm-profgen takes apart, by QEMU's names. */
static const char *const isas[] = {"x86_64", "aarch64", NULL};

static void write_ranges(const GArray *runs, FILE *out)
{
    fprintf(out, "%u\n", runs->len);
    for (guint i = 0; i < runs->len; i++) {
        const struct cflow_run *run = &g_array_index(runs, struct cflow_run, i);
        fprintf(out, "%" PRIx64 "-%" PRIx64 ":%" PRId64 "\n", run->start, run->last, run->count);
    }
}

/* An address that lies in no function stands for callers outside. */
#define OUTSIDE UINT64_C(0)

/* Whether the reader can use @edge: where control goes in the module counts, as a call. */
static bool is_useful(const struct cflow_edge *edge, int64_t module)
{
    return edge->dst_module == module && (edge->src_module == module || edge->kind != CFLOW_RETURN);
}

static void write_branches(const GArray *transfers, int64_t module, FILE *out)
{
    guint n = 0;

    for (guint i = 0; i < transfers->len; i++) {
        n += is_useful(&g_array_index(transfers, struct cflow_edge, i), module);
    }
    fprintf(out, "%u\n", n);
    for (guint i = 0; i < transfers->len; i++) {
        const struct cflow_edge *edge = &g_array_index(transfers, struct cflow_edge, i);
        if (is_useful(edge, module)) {
            fprintf(out, "%" PRIx64 "->%" PRIx64 ":%" PRId64 "\n",
                    edge->src_module == module ? edge->src : OUTSIDE, edge->dst, edge->count);
        }
    }
}

static bool write_profgen(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_runs) runs = cflow_runs_export(export, "llvm-profgen", isas, error);

    if (!runs) {
        return false;
    }
    write_ranges(runs->runs, out);
    write_branches(runs->transfers, export->module->id, out);
    return true;
}

const struct cflow_export_format cflow_export_llvm_profgen = {
    .name = "llvm-profgen",
    .summary = "branches and straight-line code, for compiling anew with clang",
    .output = "cflow.profgen",
    .reader = "llvm-profgen --use-offset=0 --unsymbolized-profile=FILE --binary=PROGRAM",
    .one_module = true,
    .write = write_profgen,
};
