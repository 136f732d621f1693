/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph of a function: blocks, instructions, edges, loops, lines. */
#include <stdio.h>

#include "tool/annotate.h"
#include "tool/graph.h"
#include "tool/words.h"

static void begin_list(JsonBuilder *b, const char *name)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
}

static void add_index(JsonBuilder *b, const char *name, size_t index)
{
    if (index == CFLOW_CFG_NONE) {
        words_add_string(b, name, NULL);
    } else {
        words_add_int(b, name, (int64_t)index);
    }
}

static void add_details(struct annotate *a, const struct graph_input *input, JsonBuilder *b,
                        const struct cflow_cfg_insn *insn, bool faults)
{
    g_autoptr(GArray) details = annotate_details(a, insn);

    begin_list(b, faults ? "faults" : "destinations");
    for (guint i = 0; i < details->len; i++) {
        const struct annotate_detail *detail = &g_array_index(details, struct annotate_detail, i);
        if (detail->fault == faults) {
            json_builder_begin_object(b);
            words_add_int(b, "count", detail->count);
            words_add_string(b, "kind", cflow_kind_name(detail->kind));
            if (faults) {
                words_add_string(b, "cause", detail->cause[0] ? detail->cause : NULL);
            }
            graph_add_place(input, b, detail->module, detail->address);
            json_builder_end_object(b);
        }
    }
    json_builder_end_array(b);
}

static void add_insn(struct annotate *a, const struct graph_input *input, JsonBuilder *b, size_t i)
{
    const struct cflow_cfg_insn *insn = &a->cfg->insns[i];
    g_autofree char *text = annotate_disasm(a, insn);
    g_autoptr(GBytes) bytes = insn->has_bytes ? g_bytes_new(insn->bytes, insn->size) : NULL;
    g_autofree char *hex = bytes ? words_hex(bytes) : NULL;
    int64_t taken, not_taken;

    json_builder_begin_object(b);
    words_add_address(b, "offset", insn->address);
    words_add_int(b, "size", insn->size);
    words_add_string(b, "bytes", hex);
    words_add_string(b, "disasm", text);
    words_add_string(b, "class", isa_class_name(insn->class));
    words_add_int(b, "count", insn->count);
    words_add_int(b, "arrived", insn->arrived);
    words_add_int(b, "block", (int64_t)insn->block);
    if (annotate_is_conditional(a, insn, &taken, &not_taken)) {
        words_add_int(b, "taken", taken);
        words_add_int(b, "not_taken", not_taken);
    }
    if (insn->isa_flags & ISA_HAS_TARGET) {
        json_builder_set_member_name(b, "target");
        json_builder_begin_object(b);
        graph_add_place(input, b, a->cfg->what.module, insn->target);
        json_builder_end_object(b);
    }
    add_details(a, input, b, insn, false);
    add_details(a, input, b, insn, true);
    if (a->lines && a->lines[i].line) {
        words_add_string(b, "file", a->lines[i].file);
        words_add_int(b, "line", a->lines[i].line);
    }
    json_builder_end_object(b);
}

static void add_blocks(const struct annotate *a, JsonBuilder *b)
{
    begin_list(b, "blocks");
    for (size_t i = 0; i < a->cfg->n_blocks; i++) {
        const struct cflow_cfg_block *block = &a->cfg->blocks[i];
        json_builder_begin_object(b);
        words_add_address(b, "start", block->start);
        words_add_address(b, "end", block->end);
        words_add_int(b, "instructions", (int64_t)block->n_insns);
        words_add_int(b, "count", block->count);
        words_add_int(b, "entered", block->entered);
        words_add_int(b, "left", block->left);
        words_add_int(b, "interrupted", block->interrupted);
        words_add_bool(b, "reachable", block->reachable);
        add_index(b, "dominator", block->idom);
        add_index(b, "loop", block->loop);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_edges(const struct annotate *a, JsonBuilder *b)
{
    begin_list(b, "edges");
    for (size_t i = 0; i < a->cfg->n_edges; i++) {
        const struct cflow_cfg_edge *edge = &a->cfg->edges[i];
        json_builder_begin_object(b);
        words_add_int(b, "from", (int64_t)edge->from);
        words_add_int(b, "to", (int64_t)edge->to);
        words_add_string(b, "kind", cflow_cfg_kind_name(edge->kind));
        words_add_int(b, "count", edge->count);
        words_add_bool(b, "back", cflow_cfg_is_back_edge(a->cfg, edge));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_loops(const struct annotate *a, JsonBuilder *b)
{
    begin_list(b, "loops");
    for (size_t i = 0; i < a->cfg->n_loops; i++) {
        const struct cflow_cfg_loop *loop = &a->cfg->loops[i];
        json_builder_begin_object(b);
        words_add_int(b, "header", (int64_t)loop->header);
        add_index(b, "parent", loop->parent);
        words_add_int(b, "depth", loop->depth);
        words_add_int(b, "blocks", (int64_t)loop->n_blocks);
        words_add_int(b, "entries", loop->entries);
        words_add_int(b, "iterations", loop->iterations);
        words_add_int(b, "least", loop->least);
        words_add_int(b, "most", loop->most);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    begin_list(b, "irreducible");
    for (size_t i = 0; i < a->cfg->n_regions; i++) {
        const struct cflow_cfg_region *region = &a->cfg->regions[i];
        json_builder_begin_object(b);
        words_add_int(b, "first", (int64_t)region->first);
        words_add_int(b, "blocks", (int64_t)region->n_blocks);
        words_add_int(b, "entered_through", (int64_t)region->n_entries);
        words_add_int(b, "entries", region->entries);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_lines(struct annotate *a, JsonBuilder *b)
{
    g_autoptr(GArray) lines = annotate_source_lines(a);

    begin_list(b, "lines");
    for (guint i = 0; i < lines->len; i++) {
        const struct annotate_source_line *line =
            &g_array_index(lines, struct annotate_source_line, i);
        json_builder_begin_object(b);
        words_add_string(b, "file", line->file);
        words_add_int(b, "line", line->line);
        words_add_int(b, "count", line->count);
        words_add_int(b, "instructions", line->instructions);
        words_add_string(b, "text", annotate_source_text(a, line->file, line->line));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void annotate_print_json(struct annotate *a)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    const struct graph_input input = {
        .profile = a->program->profile, .symbols = a->program->symbols, .program = a->program};

    json_builder_begin_object(b);
    graph_add_profile(&input, b);
    graph_add_function(&input, b, a->function);
    words_add_int(b, "instructions", a->cfg->instructions);
    words_add_int(b, "residual", a->cfg->residual);
    words_add_bool(b, "has_code", a->cfg->what.code != NULL);
    add_blocks(a, b);
    add_edges(a, b);
    add_loops(a, b);
    begin_list(b, "code");
    for (size_t i = 0; i < a->cfg->n_insns; i++) {
        add_insn(a, &input, b, i);
    }
    json_builder_end_array(b);
    add_lines(a, b);
    graph_add_warnings(&input, b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}
