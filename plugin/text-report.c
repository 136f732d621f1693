/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/text-report.h"

#include <stdlib.h>

#include "isa/isa.h"
#include "lib/symbols/symbols.h"
#include "plugin/qemu-api.h"

/* A node: an instruction from which control went somewhere. */
struct node {
    guint first_edge, n_edges; /* in rows->edges */
    const struct cflow_insn_row *insn;
    uint64_t early_exits, branches;
    bool faults; /* some early exit was its own doing */
};

struct context {
    const struct cflow_rows *rows;
    cflow_symbols *symbols;
};

static const struct cflow_edge_row *edge_at(const struct cflow_rows *rows, guint i)
{
    return &g_array_index(rows->edges, struct cflow_edge_row, i);
}

static int compare_address(const void *x, const void *y)
{
    const struct cflow_insn_row *a = x, *b = y;

    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static const struct cflow_insn_row *find_insn(const struct cflow_rows *rows, uint32_t module,
                                              uint64_t offset)
{
    struct cflow_insn_row key = {.module = module, .offset = offset};

    return bsearch(&key, rows->insns->data, rows->insns->len, sizeof(key), compare_address);
}

/* Edges of one instruction lie together, in the order of their table. */
static GArray *collect(const struct cflow_rows *rows)
{
    GArray *nodes = g_array_new(FALSE, TRUE, sizeof(struct node));
    const struct cflow_edge_row *last = NULL;

    for (guint i = 0; i < rows->edges->len; i++) {
        const struct cflow_edge_row *e = edge_at(rows, i);
        if (e->src_module == CFLOW_MODULE_OUTSIDE || e->kind == CFLOW_SPLIT) {
            continue;
        }
        bool fresh = !last || last->process != e->process || last->src_module != e->src_module ||
                     last->src != e->src;
        if (fresh) {
            struct node node = {.first_edge = i, .insn = find_insn(rows, e->src_module, e->src)};
            g_array_append_val(nodes, node);
        }
        struct node *node = &g_array_index(nodes, struct node, nodes->len - 1);
        node->n_edges = i - node->first_edge + 1;
        bool early = e->kind == CFLOW_SIGNAL || e->kind == CFLOW_EXCEPTION ||
                     e->kind == CFLOW_INTERRUPT || e->kind == CFLOW_RETRY ||
                     e->kind == CFLOW_UNEXPLAINED;
        *(early ? &node->early_exits : &node->branches) += e->count;
        node->faults |= node->insn && (node->insn->flags & CFLOW_INSN_LEFT_MID_BLOCK);
        last = e;
    }
    return nodes;
}

static int by_branches(const void *x, const void *y)
{
    const struct node *a = x, *b = y;

    return a->branches > b->branches ? -1 : a->branches < b->branches;
}

static int by_early_exits(const void *x, const void *y)
{
    const struct node *a = x, *b = y;

    return a->early_exits > b->early_exits ? -1 : a->early_exits < b->early_exits;
}

static int by_destinations(const void *x, const void *y)
{
    const struct node *a = x, *b = y;

    return a->n_edges > b->n_edges ? -1 : a->n_edges < b->n_edges;
}

/* The guest address again, from the place where the module was mapped first. */
static uint64_t address_of(const struct cflow_rows *rows, uint32_t module, uint64_t offset)
{
    for (guint i = 0; i < rows->mappings->len; i++) {
        const struct cflow_mapping_row *m =
            &g_array_index(rows->mappings, struct cflow_mapping_row, i);
        if (m->module == module) {
            return offset + m->bias;
        }
    }
    return offset;
}

static char *name_of(const struct context *c, uint32_t module, uint64_t offset,
                     const struct cflow_insn_row *insn)
{
    const struct cflow_module_row *m =
        &g_array_index(c->rows->modules, struct cflow_module_row, module);
    struct cflow_location where;

    if (cflow_symbols_lookup(c->symbols, m->path, m->build_id, offset, &where)) {
        return where.offset ? g_strdup_printf("%s+0x%" PRIx64, where.name, where.offset)
                            : g_strdup(where.name);
    }
    if (insn && insn->symbol) {
        return g_strdup(insn->symbol);
    }
    g_autofree char *base = g_path_get_basename(m->path);
    return g_strdup_printf("%s+0x%" PRIx64, base, offset);
}

static void print_node(const struct context *c, const struct node *node, GString *out)
{
    const struct cflow_edge_row *first = edge_at(c->rows, node->first_edge);
    g_autofree char *name = name_of(c, first->src_module, first->src, node->insn);
    const char *disasm = node->insn && node->insn->disasm ? node->insn->disasm
                         : node->insn                     ? isa_class_name(node->insn->class)
                                                          : "?";
    /* A fault is what the node is about only if it was nothing else. */
    const char *type = node->branches ? "branch" : node->faults ? "sync fault" : "interrupted";

    g_string_append_printf(out, "  addr: 0x%" PRIx64 " %s: %s (%s)\n",
                           address_of(c->rows, first->src_module, first->src), name, disasm, type);
    if (node->early_exits) {
        g_string_append_printf(out, "    early exits %" PRIu64 "\n", node->early_exits);
    }
    g_string_append_printf(out, "    branches %" PRIu64 "\n", node->branches);
    for (guint i = 0; i < node->n_edges; i++) {
        const struct cflow_edge_row *e = edge_at(c->rows, node->first_edge + i);
        if (e->kind == CFLOW_SPLIT) {
            continue;
        }
        if (e->dst_module == CFLOW_MODULE_OUTSIDE) {
            g_string_append_printf(out, "      to outside (%" PRIu64 ") %s\n", e->count,
                                   cflow_kind_name(e->kind));
            continue;
        }
        g_autofree char *to = name_of(c, e->dst_module, e->dst, NULL);
        g_string_append_printf(out, "      to 0x%" PRIx64 " (%" PRIu64 ") %s %s\n",
                               address_of(c->rows, e->dst_module, e->dst), e->count, to,
                               cflow_kind_name(e->kind));
    }
}

void text_report(const struct cflow_rows *rows, const struct options *options)
{
    static int (*const orders[])(const void *, const void *) = {
        [SORT_HOTTEST] = by_branches,
        [SORT_FAULTS] = by_early_exits,
        [SORT_DESTINATIONS] = by_destinations,
    };
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct context context = {rows, symbols};
    g_autoptr(GArray) nodes = collect(rows);
    g_autoptr(GString) out = g_string_new(NULL);

    cflow_symbols_set_names_only(symbols, true); /* a guest's exit does not wait for servers */

    if (nodes->len) { /* qsort's base must not be NULL */
        qsort(nodes->data, nodes->len, sizeof(struct node), orders[options->sort]);
    }
    g_string_printf(out, "%u control flow nodes\n", nodes->len);
    for (guint i = 0; i < nodes->len && i < (guint)options->topn; i++) {
        const struct node *node = &g_array_index(nodes, struct node, i);
        if (options->sort != SORT_FAULTS || node->early_exits) {
            print_node(&context, node, out);
        }
    }
    qemu_plugin_outs(out->str);
}
