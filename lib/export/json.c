/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of a profile as one JSON object, written as it is read, a row per line:
 * the tree of a large profile would take more memory than the profile.  The
 * members are described in qemu-cflow-export(1).  Adding one leaves FORMAT as
 * it is; changing what one means raises it.
 */
#include "lib/export/formats.h"
#include "lib/export/text.h"
#include "lib/profile/blocks.h"

enum {
    FORMAT = 1
};

static void put_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, ", \"%s\": ", name);
    cflow_export_put_json(out, text);
}

static void put_count(FILE *out, const char *name, int64_t count)
{
    fprintf(out, ", \"%s\": %" G_GINT64_FORMAT, name, count);
}

static void put_address(FILE *out, const char *name, uint64_t address)
{
    fprintf(out, ", \"%s\": \"0x%" G_GINT64_MODIFIER "x\"", name, address);
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* The members of an open object that tell a place; the first of them has no comma. */
static void put_place(FILE *out, const struct cflow_place *place)
{
    fprintf(out, "\"module\": %" G_GINT64_FORMAT, place->module->id);
    put_address(out, "offset", place->offset);
    put_member(out, "symbol", place->symbol);
    if (place->symbol) {
        put_count(out, "symbol_offset", (int64_t)place->symbol_offset);
    } else {
        put_member(out, "symbol_offset", NULL);
    }
    put_member(out, "file", place->file);
    if (place->line) {
        put_count(out, "line", place->line);
    } else {
        put_member(out, "line", NULL);
    }
}

static void put_command(const struct cflow_export *export, FILE *out)
{
    g_auto(GStrv) words = cflow_export_command(export);

    fputs(", \"command\": ", out);
    for (char **word = words; word && *word; word++) {
        fputs(word == words ? "[" : ", ", out);
        cflow_export_put_json(out, *word);
    }
    fputs(!words ? "null" : *words ? "]" : "[]", out);
}

static void put_profile(const struct cflow_export *export, FILE *out)
{
    static const char *const keys[] = {"isa", "mode", "engine", "qemu_version", "started"};
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(export->profile, &n);
    g_autofree char *exactness = cflow_profile_exactness(export->profile);

    fputs("\"profile\": {\"file\": ", out);
    cflow_export_put_json(out, cflow_profile_path(export->profile));
    put_member(out, "program", n ? processes[0].path : NULL);
    put_command(export, out);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        put_member(out, keys[i], cflow_profile_meta(export->profile, keys[i]));
    }
    put_count(out, "processes", (int64_t)n);
    fprintf(out, ", \"complete\": %s, \"exact\": %s",
            truth(cflow_profile_meta_int(export->profile, "complete", 0) != 0),
            truth(cflow_profile_meta_int(export->profile, "exact", 0) != 0));
    put_member(out, "exactness", exactness);
    put_member(out, "only_module", export->module ? export->module->path : NULL);
    put_member(out, "only_function", export->function);
    fputs("},\n", out);
}

static void put_modules(const struct cflow_export *export, FILE *out)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(export->profile, &n);

    fputs("\"modules\": [", out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s\n{\"id\": %" G_GINT64_FORMAT, i ? "," : "", modules[i].id);
        put_member(out, "path", modules[i].path);
        put_member(out, "build_id", modules[i].build_id);
        put_member(out, "kind", modules[i].kind);
        fputc('}', out);
    }
    fputs("],\n", out);
}

/* Of the whole profile, whatever was selected: what the rows are to be compared with. */
static void put_totals(const cflow_flow *flow, FILE *out)
{
    fprintf(out, "\"totals\": {\"transfers\": %" G_GINT64_FORMAT ", \"by_kind\": {",
            flow->transfers);
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        fprintf(out, "%s\"%s\": %" G_GINT64_FORMAT, kind ? ", " : "",
                cflow_kind_name((enum cflow_kind)kind), flow->by_kind[kind]);
    }
    fputs("}},\n", out);
}

static void put_edges(const struct cflow_export *export, const cflow_flow *flow, FILE *out)
{
    const char *comma = "";

    fputs("\"edges\": [", out);
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        struct cflow_place from, to;
        cflow_export_place(export, edge->src_module, edge->src, &from);
        cflow_export_place(export, edge->dst_module, edge->dst, &to);
        if (!cflow_export_wants(export, &from) && !cflow_export_wants(export, &to)) {
            continue;
        }
        fprintf(out, "%s\n{\"kind\": \"%s\"", comma, cflow_kind_name(edge->kind));
        put_count(out, "count", edge->count);
        fputs(", \"from\": {", out);
        put_place(out, &from);
        fputs("}, \"to\": {", out);
        put_place(out, &to);
        fputs("}}", out);
        comma = ",";
    }
    fputs("],\n", out);
}

static void put_faults(const struct cflow_export *export, const cflow_flow *flow, FILE *out)
{
    const char *comma = "";

    fputs("\"discontinuities\": [", out);
    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        struct cflow_place from, to;
        cflow_export_place(export, fault->src_module, fault->src, &from);
        cflow_export_place(export, fault->dst_module, fault->dst, &to);
        if (!cflow_export_wants(export, &from) && !cflow_export_wants(export, &to)) {
            continue;
        }
        fprintf(out, "%s\n{\"kind\": \"%s\"", comma, cflow_kind_name(fault->kind));
        put_member(out, "cause", fault->cause[0] ? fault->cause : NULL);
        put_count(out, "count", fault->count);
        fprintf(out, ", \"mid_block\": %s",
                fault->mid_block < 0 ? "null" : truth(fault->mid_block == 1));
        fputs(", \"from\": {", out);
        put_place(out, &from);
        fputs("}, \"to\": {", out);
        put_place(out, &to);
        fputs("}}", out);
        comma = ",";
    }
    fputs("],\n", out);
}

static void put_blocks(const struct cflow_export *export, const GArray *blocks, FILE *out)
{
    const char *comma = "";

    fputs("\"blocks\": [", out);
    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *block = &g_array_index(blocks, struct cflow_block, i);
        struct cflow_place start;
        cflow_export_place(export, block->module, block->start, &start);
        if (!cflow_export_wants(export, &start)) {
            continue;
        }
        fprintf(out, "%s\n{", comma);
        put_place(out, &start);
        put_address(out, "last", block->last);
        put_count(out, "insns", block->insns);
        put_count(out, "entered", block->entered);
        put_count(out, "completed", block->completed);
        fputc('}', out);
        comma = ",";
    }
    fputs("]\n", out);
}

static bool write_json(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_flow) flow =
        cflow_export_check_function(export, error) ? cflow_query(export->profile, error) : NULL;
    g_autoptr(GArray) blocks = flow ? cflow_query_blocks(export->profile, -1, error) : NULL;

    if (!blocks) {
        return false;
    }
    fprintf(out, "{\"format\": %d,\n", FORMAT);
    put_profile(export, out);
    put_modules(export, out);
    put_totals(flow, out);
    put_edges(export, flow, out);
    put_faults(export, flow, out);
    put_blocks(export, blocks, out);
    fputs("}\n", out);
    return true;
}

const struct cflow_export_format cflow_export_json = {
    .name = "json",
    .summary = "all of the profile: edges, blocks, faults, with names and lines",
    .reader = "jq . FILE",
    .write = write_json,
};
