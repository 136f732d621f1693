/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures for Graphviz (the DOT language, https://graphviz.org/doc/info/lang.html):
 * with a function, its basic blocks; without, the call graph of the functions in
 * which most ran.  The width of an edge between blocks is its probability.
 */
#include <math.h>
#include <string.h>

#include "lib/cfg/callgraph.h"
#include "lib/export/formats.h"
#include "lib/export/text.h"
#include "lib/profile/disasm.h"

/* Functions in a call graph, unless the user says another number. */
#define USUAL_NODES 40

/* Instructions of a block that are printed; of longer ones, the first and the last. */
#define MOST_INSNS 12

/* @text inside a quoted string: quotes and backslashes escaped, control characters shown. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\\\x%02x", c);
        } else {
            fputc(c, out);
        }
    }
}

/* DOT is UTF-8: bytes that are not become "\xNN" first. */
static void put_text(FILE *out, const char *text)
{
    g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_strescape(text, NULL);

    put_escaped(out, valid ? valid : text);
}

static void put_head(FILE *out, const struct cflow_export *export, const char *name)
{
    g_autofree char *exactness = cflow_profile_exactness(export->profile);

    fputs("digraph \"", out);
    put_text(out, name);
    fputs("\" {\n  label=\"", out);
    put_text(out, name);
    fputs(", counts ", out);
    put_text(out, exactness);
    fputs("\";\n  labelloc=t;\n  fontname=\"Helvetica\";\n"
          "  node [shape=box, fontname=\"DejaVu Sans Mono\", fontsize=10, style=filled,"
          " fillcolor=white];\n"
          "  edge [fontname=\"Helvetica\", fontsize=9];\n",
          out);
}

/* From white to orange by the logarithm of the share of the most. */
static void put_heat(FILE *out, int64_t count, int64_t most)
{
    double share = count > 0 && most > 0 ? log1p((double)count) / log1p((double)most) : 0;

    fprintf(out, "fillcolor=\"%.3f %.3f 1.000\"", 0.09, 0.6 * share * share);
}

/* --- one function ------------------------------------------------------------------ */

struct picture {
    const struct cflow_export *export;
    cflow_cfg_program *program;
    const cflow_cfg *cfg;
    struct cflow_disasm *disasm;
    FILE *out;
};

static void put_insn(const struct picture *p, const struct cflow_cfg_insn *insn)
{
    g_autofree char *text = insn->has_bytes
                                ? cflow_disasm_text(p->disasm, insn->address, insn->bytes,
                                                    insn->size, p->cfg->what.mode)
                                : NULL;
    bool call = insn->class == ISA_CALL && (insn->isa_flags & ISA_HAS_TARGET);

    fprintf(p->out, "%" G_GINT64_MODIFIER "x  ", insn->address);
    if (call) {
        g_autofree char *name =
            cflow_cfg_program_place(p->program, p->cfg->what.module, insn->target);
        g_autofree char *word = text ? g_strndup(text, strcspn(text, " \t")) : g_strdup("call");
        put_text(p->out, word);
        fputc(' ', p->out);
        put_text(p->out, name);
    } else {
        put_text(p->out, text ? text : insn->text ? insn->text : isa_class_name(insn->class));
    }
    fputs("\\l", p->out);
}

static void put_block(const struct picture *p, size_t b, int64_t most)
{
    const cflow_cfg *cfg = p->cfg;
    const struct cflow_cfg_block *block = &cfg->blocks[b];

    fprintf(p->out, "  b%zu [label=\"%" G_GINT64_FORMAT " times", b, block->count);
    if (block->loop != CFLOW_CFG_NONE && cfg->loops[block->loop].header == b) {
        const struct cflow_cfg_loop *loop = &cfg->loops[block->loop];
        fprintf(p->out, ", loop: %" G_GINT64_FORMAT " iterations, %" G_GINT64_FORMAT " entries",
                loop->iterations, loop->entries);
    }
    fputs("\\l", p->out);
    for (size_t i = 0; i < block->n_insns; i++) {
        if (block->n_insns > MOST_INSNS && i == MOST_INSNS / 2) {
            fprintf(p->out, "(%zu more)\\l", block->n_insns - MOST_INSNS);
            i = block->n_insns - MOST_INSNS / 2;
        }
        put_insn(p, &cfg->insns[block->first_insn + i]);
    }
    fputs("\", ", p->out);
    put_heat(p->out, block->count, most);
    fputs(block->reachable ? "];\n" : ", color=gray, fontcolor=gray];\n", p->out);
}

static const char *edge_color(enum cflow_cfg_kind kind)
{
    switch (kind) {
    case CFLOW_CFG_TAKEN:
        return "darkgreen";
    case CFLOW_CFG_NOT_TAKEN:
        return "firebrick";
    case CFLOW_CFG_INDIRECT:
        return "purple";
    default:
        return "black";
    }
}

/* @from, @to: names of nodes. */
static void put_edge(FILE *out, const char *from, const char *to, const char *color, int64_t count,
                     int64_t whole, bool back)
{
    double share = whole > 0 ? MIN((double)count / (double)whole, 1.0) : 0;

    fprintf(out, "  %s -> %s [color=%s, penwidth=%.2f", from, to, count > 0 ? color : "gray",
            0.5 + 3.5 * share);
    if (count > 0) {
        fprintf(out, ", label=\"%" G_GINT64_FORMAT, count);
        if (count < whole) {
            fprintf(out, "\\n%.1f%%", 100 * share);
        }
        fputs("\"", out);
    } else {
        fputs(", style=dashed", out);
    }
    fputs(back ? ", constraint=true, dir=forward, arrowhead=empty];\n" : "];\n", out);
}

static int64_t sum_out(const cflow_cfg *cfg, size_t b)
{
    const struct cflow_cfg_block *block = &cfg->blocks[b];
    double sum = 0;

    for (size_t e = 0; e < block->n_out; e++) {
        sum += (double)cfg->edges[block->first_out + e].count;
    }
    return sum >= 9e18 ? INT64_MAX : (int64_t)sum;
}

static bool ends_in_call(const cflow_cfg *cfg, const struct cflow_cfg_block *block)
{
    const struct cflow_cfg_insn *last = &cfg->insns[block->first_insn + block->n_insns - 1];

    return last->class == ISA_CALL || last->class == ISA_INDIRECT_CALL;
}

static void put_edges(const struct picture *p, size_t b)
{
    const cflow_cfg *cfg = p->cfg;
    const struct cflow_cfg_block *block = &cfg->blocks[b];
    bool call = ends_in_call(cfg, block);
    int64_t out = sum_out(cfg, b);
    int64_t whole = call || out > INT64_MAX - block->left ? out : out + block->left;
    g_autofree char *node = g_strdup_printf("b%zu", b);

    for (size_t e = block->first_out; e < block->first_out + block->n_out; e++) {
        const struct cflow_cfg_edge *edge = &cfg->edges[e];
        g_autofree char *to = g_strdup_printf("b%zu", edge->to);
        put_edge(p->out, node, to, edge_color(edge->kind), edge->count, whole,
                 cflow_cfg_is_back_edge(cfg, edge));
    }
    if (block->left > 0 && !call) {
        put_edge(p->out, node, "out", "blue", block->left, whole, false);
    }
    if (block->entered > 0) {
        put_edge(p->out, "in", node, "blue", block->entered, block->entered, false);
    }
}

static void put_function(const struct picture *p, const char *name)
{
    const cflow_cfg *cfg = p->cfg;
    int64_t most = 0;

    put_head(p->out, p->export, name);
    fputs("  in [label=\"enter\", shape=oval];\n  out [label=\"leave\", shape=oval];\n", p->out);
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        most = MAX(most, cfg->blocks[b].count);
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        put_block(p, b, most);
    }
    for (size_t b = 0; b < cfg->n_blocks; b++) {
        put_edges(p, b);
    }
    fputs("}\n", p->out);
}

static bool write_function(const struct cflow_export *export, cflow_cfg_program *program, FILE *out,
                           GError **error)
{
    g_autofree char *words = export->module
                                 ? g_strconcat(export->module->path, "!", export->function, NULL)
                                 : g_strdup(export->function);
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) found = cflow_cfg_program_select(program, words, &why);
    const struct cflow_cfg_function *function = found ? g_ptr_array_index(found, 0) : NULL;
    g_autoptr(cflow_cfg) cfg = function ? cflow_cfg_program_graph(program, function, error) : NULL;
    const char *isa = cflow_profile_meta(export->profile, "isa");

    if (!found) { /* in the words of the other formats, if it is just not there */
        if (cflow_export_check_function(export, error)) {
            g_propagate_error(error, g_steal_pointer(&why));
        }
        return false;
    }
    if (!cfg) {
        return false;
    }
    struct picture picture = {
        .export = export,
        .program = program,
        .cfg = cfg,
        .disasm = cflow_disasm_create(isa ? isa : ""),
        .out = out,
    };
    put_function(&picture, function->name);
    cflow_disasm_destroy(picture.disasm);
    if (cfg->residual > 0) {
        cflow_export_note(export, "%" G_GINT64_FORMAT " transfers in %s do not add up",
                          cfg->residual, function->name);
    }
    return true;
}

/* --- the call graph ---------------------------------------------------------------- */

static int compare_heat(const void *pa, const void *pb)
{
    const struct cflow_callgraph_node *a = *(const struct cflow_callgraph_node *const *)pa;
    const struct cflow_callgraph_node *b = *(const struct cflow_callgraph_node *const *)pb;
    int64_t ia = a->function->instructions, ib = b->function->instructions;

    if (ia != ib) {
        return ia > ib ? -1 : 1;
    }
    return a->called != b->called ? (a->called > b->called ? -1 : 1)
                                  : strcmp(a->function->name, b->function->name);
}

static bool wanted(const struct cflow_export *export, const struct cflow_callgraph_node *node)
{
    return node->function->module != CFLOW_MODULE_OUTSIDE &&
           (!export->module || node->function->module == export->module->id);
}

static void put_calls(FILE *out, const struct cflow_callgraph_node *node, GHashTable *ids,
                      unsigned from)
{
    int64_t most = 0;

    for (guint i = 0; i < node->callees->len; i++) {
        most = MAX(most, ((const struct cflow_call *)g_ptr_array_index(node->callees, i))->count);
    }
    for (guint i = 0; i < node->callees->len; i++) {
        const struct cflow_call *call = g_ptr_array_index(node->callees, i);
        gpointer to;
        if (!g_hash_table_lookup_extended(ids, call->to, NULL, &to)) {
            continue;
        }
        fprintf(out, "  f%u -> f%u [label=\"%" G_GINT64_FORMAT "\", penwidth=%.2f%s%s%s];\n", from,
                GPOINTER_TO_UINT(to), call->count,
                0.5 + 3.5 * (double)call->count / (double)MAX(most, 1),
                call->kind == CFLOW_CALL_DIRECT ? "" : ", tooltip=\"",
                call->kind == CFLOW_CALL_DIRECT ? "" : cflow_call_kind_name(call->kind),
                call->kind == CFLOW_CALL_DIRECT ? ""
                : call->kind == CFLOW_CALL_TAIL || call->kind == CFLOW_CALL_TAIL_INDIRECT
                    ? "\", style=dotted"
                : call->kind == CFLOW_CALL_SIGNAL ? "\", color=firebrick"
                                                  : "\", style=dashed");
    }
}

static void put_node(const struct cflow_export *export, FILE *out, unsigned id,
                     const struct cflow_callgraph_node *node, int64_t most)
{
    const struct cflow_cfg_function *f = node->function;
    g_autofree char *module =
        cflow_cfg_module_name(cflow_profile_module(export->profile, f->module));

    fprintf(out, "  f%u [label=\"", id);
    put_text(out, f->name);
    fputs("\\n", out);
    put_text(out, module);
    fprintf(out, "\\n%" G_GINT64_FORMAT " calls, %" G_GINT64_FORMAT " instructions\", ",
            node->called, f->instructions);
    put_heat(out, f->instructions, most);
    fputs("];\n", out);
}

static bool write_calls(const struct cflow_export *export, cflow_cfg_program *program, FILE *out,
                        GError **error)
{
    g_autoptr(cflow_callgraph) graph = cflow_callgraph_new(program);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    size_t limit = export->limit ? export->limit : USUAL_NODES;

    for (guint i = 0; i < graph->nodes->len; i++) {
        if (wanted(export, g_ptr_array_index(graph->nodes, i))) {
            g_ptr_array_add(nodes, g_ptr_array_index(graph->nodes, i));
        }
    }
    if (nodes->len == 0) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_NOTHING,
                    "%s has no calls to draw; draw a function with --function NAME",
                    cflow_profile_path(export->profile));
        return false;
    }
    g_ptr_array_sort(nodes, compare_heat);
    if (nodes->len > limit) {
        cflow_export_note(export,
                          "%zu of %u functions are drawn, those in which most instructions ran; "
                          "--limit N draws more",
                          limit, nodes->len);
        g_ptr_array_set_size(nodes, (gint)limit);
    }
    put_head(out, export, "calls");
    for (guint i = 0; i < nodes->len; i++) {
        const struct cflow_callgraph_node *node = g_ptr_array_index(nodes, i);
        const struct cflow_callgraph_node *first = g_ptr_array_index(nodes, 0);
        g_hash_table_insert(ids, (gpointer)node->function, GUINT_TO_POINTER(i));
        put_node(export, out, i, node, first->function->instructions);
    }
    for (guint i = 0; i < nodes->len; i++) {
        put_calls(out, g_ptr_array_index(nodes, i), ids, i);
    }
    fputs("}\n", out);
    return true;
}

static bool write_dot(const struct cflow_export *export, FILE *out, GError **error)
{
    g_autoptr(cflow_flow) flow = cflow_query(export->profile, error);
    g_autoptr(cflow_cfg_program) program =
        flow ? cflow_cfg_program_new(export->profile, flow, export->symbols, error) : NULL;

    if (!program) {
        return false;
    }
    return export->function ? write_function(export, program, out, error)
                            : write_calls(export, program, out, error);
}

const struct cflow_export_format cflow_export_dot = {
    .name = "dot",
    .summary = "picture: blocks of a --function, else the call graph",
    .reader = "Graphviz: dot -Tsvg",
    .write = write_dot,
};
