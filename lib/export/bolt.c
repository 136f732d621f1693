/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What perf2bolt -pa reads: "pre-aggregated" branch records, see the comment of
 * parseAggregatedLBREntry() in LLVM's bolt/Profile/DataAggregator.h.  Only the
 * records that LLVM 19 knows:
 *
 *   B FROM TO COUNT MISPREDICTED    a transfer of control
 *   F START LAST COUNT              straight-line code after a transfer
 *   f START LAST COUNT              the same, after a return or from elsewhere
 *
 * Numbers of addresses are hexadecimal without 0x, link-time virtual addresses.
 */
#include <inttypes.h>

#include "lib/export/formats.h"
#include "lib/export/runs.h"

/* The instruction sets that LLVM's BOLT rewrites, by QEMU's names. */
static const char *const isas[] = {"x86_64", "aarch64", "riscv64", NULL};

/* An address that lies in no function stands for everything outside. */
#define OUTSIDE UINT64_C(0)

/* BOLT makes stubs of the procedure linkage table itself and knows no code in them. */
static bool is_stub(const struct cflow_export *export, uint64_t address)
{
    const struct cflow_module *module = export->module;
    struct cflow_location at;

    return cflow_symbols_lookup(export->symbols, module->path, module->build_id, address, &at) &&
           g_str_has_suffix(at.name, "@plt");
}

/* Into *@from and *@to; returns false if BOLT has no use for the transfer. */
static bool map_transfer(const struct cflow_export *export, const struct cflow_edge *edge,
                         uint64_t *from, uint64_t *to)
{
    bool src_inside = edge->src_module == export->module->id;
    bool dst_inside = edge->dst_module == export->module->id;

    if ((src_inside && is_stub(export, edge->src)) || (dst_inside && is_stub(export, edge->dst)) ||
        (edge->kind == CFLOW_RETURN && !(src_inside && dst_inside))) {
        return false;
    }
    *from = src_inside ? edge->src : OUTSIDE;
    *to = dst_inside ? edge->dst : OUTSIDE;
    return true;
}

static void write_transfers(const struct cflow_export *export, const GArray *transfers, FILE *out)
{
    for (guint i = 0; i < transfers->len; i++) {
        const struct cflow_edge *edge = &g_array_index(transfers, struct cflow_edge, i);
        uint64_t from, to;
        if (map_transfer(export, edge, &from, &to)) {
            fprintf(out, "B %" PRIx64 " %" PRIx64 " %" PRId64 " 0\n", from, to, edge->count);
        }
    }
}

static void write_runs(const struct cflow_export *export, const GArray *runs, FILE *out)
{
    for (guint i = 0; i < runs->len; i++) {
        const struct cflow_run *run = &g_array_index(runs, struct cflow_run, i);
        if (!is_stub(export, run->start)) {
            fprintf(out, "%c %" PRIx64 " %" PRIx64 " %" PRId64 "\n", run->from_outside ? 'f' : 'F',
                    run->start, run->last, run->count);
        }
    }
}

static bool write_bolt(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_runs) runs = cflow_runs_export(export, "BOLT", isas, error);

    if (!runs) {
        return false;
    }
    write_transfers(export, runs->transfers, out);
    write_runs(export, runs->runs, out);
    return true;
}

const struct cflow_export_format cflow_export_bolt = {
    .name = "bolt",
    .summary = "branches and straight-line code, for optimising the binary with BOLT",
    .output = "cflow.preagg",
    .reader = "perf2bolt PROGRAM -p FILE -pa -o PROGRAM.fdata",
    .one_module = true,
    .write = write_bolt,
};
