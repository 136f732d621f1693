/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables for spreadsheets and data frames, RFC 4180: a heading, CR LF at line
 * ends, quotes where they are needed.  One format has the edges, another the
 * blocks.  The columns are described in qemu-cflow-export(1); they may only be
 * added to, at the end.
 */
#include "lib/export/formats.h"
#include "lib/export/text.h"
#include "lib/profile/blocks.h"

static void put_text(FILE *out, const char *text)
{
    fputc(',', out);
    cflow_export_put_csv(out, text);
}

static void put_count(FILE *out, int64_t count)
{
    fprintf(out, ",%" G_GINT64_FORMAT, count);
}

/* Seven fields, each behind a comma. */
static void put_place(FILE *out, const struct cflow_place *place)
{
    put_text(out, place->module->path);
    put_text(out, place->module->build_id);
    fprintf(out, ",0x%" G_GINT64_MODIFIER "x", place->offset);
    put_text(out, place->symbol);
    if (place->symbol) {
        put_count(out, (int64_t)place->symbol_offset);
    } else {
        put_text(out, NULL);
    }
    put_text(out, place->file);
    if (place->line) {
        put_count(out, place->line);
    } else {
        put_text(out, NULL);
    }
}

static bool write_edges(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_flow) flow =
        cflow_export_check_function(export, error) ? cflow_query(export->profile, error) : NULL;

    if (!flow) {
        return false;
    }
    fputs("count,kind,module,build_id,offset,symbol,symbol_offset,file,line,to_module,to_build_id,"
          "to_offset,to_symbol,to_symbol_offset,to_file,to_line\r\n",
          out);
    for (size_t i = 0; i < flow->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[i];
        struct cflow_place from, to;
        cflow_export_place(export, edge->src_module, edge->src, &from);
        cflow_export_place(export, edge->dst_module, edge->dst, &to);
        if (cflow_export_wants(export, &from) || cflow_export_wants(export, &to)) {
            fprintf(out, "%" G_GINT64_FORMAT, edge->count);
            put_text(out, cflow_kind_name(edge->kind));
            put_place(out, &from);
            put_place(out, &to);
            fputs("\r\n", out);
        }
    }
    return true;
}

static bool write_blocks(const struct cflow_export *export, FILE *out, GError **error)
{
    int64_t module = export->module ? export->module->id : -1;
    g_autoptr(GArray) blocks = cflow_export_check_function(export, error)
                                   ? cflow_query_blocks(export->profile, module, error)
                                   : NULL;

    if (!blocks) {
        return false;
    }
    fputs("entered,completed,insns,last,module,build_id,offset,symbol,symbol_offset,file,line\r\n",
          out);
    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *block = &g_array_index(blocks, struct cflow_block, i);
        struct cflow_place start;
        cflow_export_place(export, block->module, block->start, &start);
        if (cflow_export_wants(export, &start)) {
            fprintf(out, "%" G_GINT64_FORMAT, block->entered);
            put_count(out, block->completed);
            put_count(out, block->insns);
            fprintf(out, ",0x%" G_GINT64_MODIFIER "x", block->last);
            put_place(out, &start);
            fputs("\r\n", out);
        }
    }
    return true;
}

const struct cflow_export_format cflow_export_csv = {
    .name = "csv",
    .summary = "every edge, with names and lines: a table",
    .reader = "spreadsheets, R, pandas",
    .write = write_edges,
};

const struct cflow_export_format cflow_export_csv_blocks = {
    .name = "csv-blocks",
    .summary = "every translation block, with names and lines: a table",
    .reader = "spreadsheets, R, pandas",
    .write = write_blocks,
};
