/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction: its text, its ways, what interrupted it. */
#include <string.h>

#include "tool/annotate.h"
#include "tool/words.h"

/* The bytes in hexadecimal, as assemblers take them. */
static char *bytes_text(const struct cflow_cfg_insn *insn)
{
    GString *text = g_string_new(".byte");

    for (unsigned i = 0; i < insn->size; i++) {
        g_string_append_printf(text, "%s 0x%02x", i ? "," : "", insn->bytes[i]);
    }
    return g_string_free(text, FALSE);
}

/*
 * The disassembler prints a target as a number, the last one in the text.  Out
 * of the function it gets its name.  What the profile has as text holds the
 * address of that run: code is moved by whole pages only.
 */
static char *name_target(struct annotate *a, const struct cflow_cfg_insn *insn, const char *text)
{
    const char *number = g_strrstr(text, "0x");
    const cflow_cfg *cfg = a->cfg;
    char *end;

    if (!number || !(insn->isa_flags & ISA_HAS_TARGET) ||
        ((g_ascii_strtoull(number, &end, 16) - insn->target) & 0xfff)) {
        return NULL;
    }
    int before = (int)(number - text);
    if (before > 0 && text[before - 1] == '#') { /* Arm's mark of a number */
        before--;
    }
    if (insn->target > cfg->what.start && insn->target < cfg->what.end) {
        return g_strdup_printf("%.*s0x%" G_GINT64_MODIFIER "x%s", before, text, insn->target, end);
    }
    g_autofree char *name = cflow_cfg_program_place(a->program, cfg->what.module, insn->target);
    return g_strdup_printf("%.*s%s%s", before, text, name, end);
}

char *annotate_disasm(struct annotate *a, const struct cflow_cfg_insn *insn)
{
    g_autofree char *own = insn->has_bytes
                               ? cflow_disasm_text(a->disasm, insn->address, insn->bytes,
                                                   insn->size, a->cfg->what.mode)
                               : NULL;
    const char *best = own ? own : insn->text;

    if (!best) {
        return insn->has_bytes ? bytes_text(insn) : g_strdup("(not recorded)");
    }
    g_autofree char *text = words_squeeze(best);
    char *named = name_target(a, insn, text);
    return named ? named : g_steal_pointer(&text);
}

int64_t annotate_sum(const struct annotate *a, const struct cflow_cfg_insn *insn,
                     enum cflow_kind kind)
{
    int64_t sum = 0;

    for (size_t i = 0; i < insn->n_edges; i++) {
        const struct cflow_edge *edge = &a->program->context->flow->edges[insn->first_edge + i];
        if (edge->kind == kind && __builtin_add_overflow(sum, edge->count, &sum)) {
            return INT64_MAX;
        }
    }
    return sum;
}

/* Predicated calls and returns are conditional too, where they were skipped. */
bool annotate_is_conditional(const struct annotate *a, const struct cflow_cfg_insn *insn,
                             int64_t *taken, int64_t *not_taken)
{
    *not_taken = annotate_sum(a, insn, CFLOW_NOT_TAKEN);
    *taken = annotate_sum(a, insn, CFLOW_TAKEN);
    if (*not_taken > 0 && *taken == 0 && insn->class != ISA_COND) {
        *taken = insn->count > *not_taken ? insn->count - *not_taken : 0;
    }
    return insn->class == ISA_COND || *taken > 0 || *not_taken > 0;
}

/* Whether the text of @insn does not say where @edge goes. */
static bool needs_telling(const struct cflow_cfg_insn *insn, const struct cflow_edge *edge,
                          int64_t module)
{
    switch (edge->kind) {
    case CFLOW_NOT_TAKEN:
    case CFLOW_SPLIT:
    case CFLOW_RETRY:
        return false;
    case CFLOW_SYSCALL:
        return !(edge->dst_module == module && edge->dst == insn->address + insn->size);
    default:
        return !(insn->isa_flags & ISA_HAS_TARGET) || edge->dst != insn->target ||
               edge->dst_module != module;
    }
}

static int compare_details(const void *pa, const void *pb)
{
    const struct annotate_detail *a = pa, *b = pb;

    if (a->fault != b->fault) {
        return a->fault ? 1 : -1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    return a->address < b->address ? -1 : a->address > b->address;
}

static void add_faults(const struct annotate *a, const struct cflow_cfg_insn *insn, GArray *details)
{
    const cflow_flow *flow = a->program->context->flow;

    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        if (fault->src != insn->address || fault->src_module != a->cfg->what.module ||
            !(CFLOW_FAULT_KINDS & CFLOW_KIND_BIT(fault->kind))) {
            continue;
        }
        struct annotate_detail detail = {
            .count = fault->count,
            .fault = true,
            .kind = fault->kind,
            .cause = fault->cause,
            .module = fault->dst_module,
            .address = fault->dst,
        };
        g_array_append_val(details, detail);
    }
}

/* What ended the program is told by a discontinuity, if it was not asked for. */
static void add_exit(const struct annotate *a, const struct cflow_edge *edge, GArray *details)
{
    const cflow_flow *flow = a->program->context->flow;
    struct annotate_detail detail = {.count = edge->count, .kind = edge->kind, .cause = ""};

    for (size_t i = 0; i < flow->n_faults; i++) {
        const struct cflow_fault *fault = &flow->faults[i];
        if (fault->kind == CFLOW_EXIT && fault->src == edge->src &&
            fault->src_module == edge->src_module) {
            detail.fault = true;
            detail.cause = fault->cause;
        }
    }
    g_array_append_val(details, detail);
}

/* Where a jump through a table could have gone and did not. */
static void add_never(const struct annotate *a, const struct cflow_cfg_insn *insn, GArray *details)
{
    const cflow_cfg *cfg = a->cfg;
    const struct cflow_cfg_block *block = &cfg->blocks[insn->block];

    for (size_t i = block->first_out; i < block->first_out + block->n_out; i++) {
        const struct cflow_cfg_edge *edge = &cfg->edges[i];
        if (insn->class == ISA_INDIRECT_JUMP && edge->kind == CFLOW_CFG_INDIRECT &&
            edge->count == 0) {
            struct annotate_detail detail = {
                .kind = CFLOW_INDIRECT_JUMP,
                .cause = "",
                .module = cfg->what.module,
                .address = cfg->blocks[edge->to].start,
            };
            g_array_append_val(details, detail);
        }
    }
}

GArray *annotate_details(const struct annotate *a, const struct cflow_cfg_insn *insn)
{
    const cflow_flow *flow = a->program->context->flow;
    GArray *details = g_array_new(FALSE, FALSE, sizeof(struct annotate_detail));
    const cflow_kinds told = CFLOW_SITE_KINDS | CFLOW_KIND_BIT(CFLOW_SIGNAL_RETURN);
    bool interrupted = false;

    for (size_t i = 0; i < insn->n_edges; i++) {
        const struct cflow_edge *edge = &flow->edges[insn->first_edge + i];
        interrupted |= (CFLOW_FAULT_KINDS & CFLOW_KIND_BIT(edge->kind)) != 0;
        if (edge->kind == CFLOW_EXIT) {
            add_exit(a, edge, details);
        }
        if ((told & CFLOW_KIND_BIT(edge->kind)) && needs_telling(insn, edge, a->cfg->what.module)) {
            struct annotate_detail detail = {
                .count = edge->count,
                .kind = edge->kind,
                .cause = "",
                .module = edge->dst_module,
                .address = edge->dst,
            };
            g_array_append_val(details, detail);
        }
    }
    if (interrupted) {
        add_faults(a, insn, details);
    }
    add_never(a, insn, details);
    g_array_sort(details, compare_details);
    return details;
}
