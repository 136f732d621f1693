/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One object, printed piece by piece, a row per line: the tree of a large
 * profile's report would take more memory than the profile.
 */
#include <stdio.h>

#include "tool/report.h"
#include "tool/words.h"

static void add_meta(struct report *report, JsonBuilder *b, const char *key)
{
    words_add_string(b, key, cflow_profile_meta(report->profile, key));
}

static void add_profile(struct report *report, JsonBuilder *b)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(report->profile, &n);
    g_autofree char *exactness = cflow_profile_exactness(report->profile);

    json_builder_begin_object(b);
    words_add_string(b, "file", cflow_profile_path(report->profile));
    words_add_string(b, "program", n ? processes[0].path : NULL);
    words_add_command(b, "command", cflow_profile_meta(report->profile, "command"));
    words_add_int(b, "processes", (int64_t)n);
    words_add_int(b, "processes_chosen", report->processes->len);
    add_meta(report, b, "qemu");
    add_meta(report, b, "qemu_version");
    add_meta(report, b, "isa");
    add_meta(report, b, "mode");
    add_meta(report, b, "engine");
    add_meta(report, b, "started");
    words_add_int(b, "exec_unrecorded",
                  cflow_profile_meta_int(report->profile, "exec_unrecorded", 0));
    words_add_bool(b, "complete", cflow_profile_meta_int(report->profile, "complete", 0) != 0);
    words_add_bool(b, "exact", cflow_profile_meta_int(report->profile, "exact", 0) != 0);
    words_add_string(b, "exactness", exactness);
    json_builder_end_object(b);
}

static void add_totals(struct report *report, JsonBuilder *b)
{
    const cflow_flow *flow = report->flow;

    json_builder_begin_object(b);
    words_add_int(b, "transfers", flow->transfers);
    words_add_int(b, "basic_blocks", (int64_t)flow->basic_blocks);
    words_add_int(b, "branch_sites", (int64_t)flow->n_sites);
    words_add_int(b, "modules", (int64_t)flow->n_modules);
    json_builder_set_member_name(b, "by_kind");
    json_builder_begin_object(b);
    for (int kind = 0; kind < CFLOW_N_KINDS; kind++) {
        words_add_int(b, cflow_kind_name((enum cflow_kind)kind), flow->by_kind[kind]);
    }
    json_builder_end_object(b);
    json_builder_set_member_name(b, "by_privilege");
    json_builder_begin_object(b);
    for (int i = 0; i < CFLOW_N_PRIVILEGES; i++) {
        words_add_int(b, cflow_privilege_name((enum cflow_privilege)i), flow->by_privilege[i]);
    }
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* The rights that something ran with: more than one where code is shared. */
static void add_privileges(JsonBuilder *b, cflow_privileges set)
{
    json_builder_set_member_name(b, "privilege");
    json_builder_begin_array(b);
    for (int i = 0; i < CFLOW_N_PRIVILEGES; i++) {
        if (set >> i & 1) {
            json_builder_add_string_value(b, cflow_privilege_name((enum cflow_privilege)i));
        }
    }
    json_builder_end_array(b);
}

/* A line of the source as three members, null where it is not known. */
static void add_source(JsonBuilder *b, const char *file_name, const char *line_name,
                       const char *column_name, const char *file, unsigned line, unsigned column)
{
    words_add_string(b, file_name, file);
    if (line) {
        words_add_int(b, line_name, line);
        words_add_int(b, column_name, column);
    } else {
        words_add_string(b, line_name, NULL);
        words_add_string(b, column_name, NULL);
    }
}

/* The functions that were inlined there, innermost first, each with its call. */
static void add_inlined(JsonBuilder *b, const struct report_place *place)
{
    json_builder_set_member_name(b, "inlined");
    json_builder_begin_array(b);
    for (size_t i = 0; i < place->n_inlined; i++) {
        const struct cflow_frame *frame = &place->frames[i], *caller = frame + 1;
        json_builder_begin_object(b);
        words_add_string(b, "function", frame->function);
        add_source(b, "call_file", "call_line", "call_column", caller->file, caller->line,
                   caller->column);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* The members of an open object that tell a place. */
static void add_place(struct report *report, JsonBuilder *b, int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    words_add_string(b, "module", place.module->path);
    words_add_string(b, "build_id", place.module->build_id);
    words_add_address(b, "offset", offset);
    words_add_string(b, "symbol", place.symbol);
    if (place.has_symbol_offset) {
        words_add_int(b, "symbol_offset", (int64_t)place.symbol_offset);
    } else {
        words_add_string(b, "symbol_offset", NULL);
    }
    add_source(b, "file", "line", "column", place.file, place.line, place.column);
    if (place.n_inlined > 0) {
        add_inlined(b, &place);
    }
}

static void add_insn(JsonBuilder *b, const cflow_insn *insn)
{
    g_autofree char *disasm = words_squeeze(insn->disasm);
    g_autofree char *hex = words_hex(insn->bytes);

    words_add_string(b, "disasm", disasm);
    words_add_string(b, "bytes", hex);
    if (insn->has_target) {
        words_add_address(b, "target", insn->target);
    } else {
        words_add_string(b, "target", NULL);
    }
    words_add_bool(b, "left_mid_block", (insn->flags & CFLOW_INSN_LEFT_MID_BLOCK) != 0);
    words_add_bool(b, "bytes_changed", (insn->flags & CFLOW_INSN_BYTES_CHANGED) != 0);
}

static void add_destinations(struct report *report, JsonBuilder *b, const struct cflow_site *site)
{
    json_builder_set_member_name(b, "destinations");
    json_builder_begin_array(b);
    for (size_t i = 0; i < site->n_edges; i++) {
        const struct cflow_edge *edge = &report->flow->edges[site->first_edge + i];
        if (!(CFLOW_SITE_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            continue;
        }
        json_builder_begin_object(b);
        words_add_string(b, "kind", cflow_kind_name(edge->kind));
        words_add_int(b, "count", edge->count);
        add_place(report, b, edge->dst_module, edge->dst);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void add_site(struct report *report, JsonBuilder *b, const struct cflow_site *site,
                     const cflow_insn *insn)
{
    json_builder_begin_object(b);
    add_place(report, b, site->module, site->offset);
    words_add_string(b, "kind", report_site_kind(site, insn));
    words_add_bool(b, "conditional", report_is_conditional(site));
    words_add_int(b, "count", site->total);
    words_add_int(b, "taken", site->taken);
    words_add_int(b, "not_taken", site->not_taken);
    add_privileges(b, site->privileges);
    add_insn(b, insn);
    add_destinations(report, b, site);
    json_builder_end_object(b);
}

static void add_fault(struct report *report, JsonBuilder *b, const struct cflow_fault *fault,
                      const cflow_insn *insn)
{
    json_builder_begin_object(b);
    add_place(report, b, fault->src_module, fault->src);
    words_add_string(b, "kind", cflow_kind_name(fault->kind));
    words_add_string(b, "cause", fault->cause[0] ? fault->cause : NULL);
    words_add_int(b, "count", fault->count);
    report_add_until(b, fault->instructions, fault->returned);
    add_privileges(b, fault->privileges);
    if (fault->mid_block >= 0) {
        words_add_bool(b, "mid_block", fault->mid_block);
    } else {
        words_add_string(b, "mid_block", NULL);
    }
    add_insn(b, insn);
    json_builder_set_member_name(b, "destination");
    json_builder_begin_object(b);
    add_place(report, b, fault->dst_module, fault->dst);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

static void add_warnings(struct report *report, JsonBuilder *b)
{
    const GPtrArray *warnings = cflow_symbols_warnings(report->symbols);

    json_builder_begin_array(b);
    if (report_machine_note(report)) {
        words_add_element(b, report_machine_note(report));
    }
    g_autofree char *unknown = report_privilege_note(report);
    if (unknown) {
        words_add_element(b, unknown);
    }
    for (guint i = 0; i < warnings->len; i++) {
        words_add_element(b, g_ptr_array_index(warnings, i));
    }
    json_builder_end_array(b);
}

static void add_row(struct report *report, JsonBuilder *b, guint i)
{
    size_t row = g_array_index(report->rows, size_t, i);
    const cflow_insn *insn = g_ptr_array_index(report->insns, i);

    if (report->sort == REPORT_FAULTS) {
        add_fault(report, b, &report->flow->faults[row], insn);
    } else {
        add_site(report, b, &report->flow->sites[row], insn);
    }
}

static void print_member(struct report *report, const char *name,
                         void (*add)(struct report *report, JsonBuilder *b))
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    add(report, b);
    printf("\"%s\": ", name);
    words_print_json(b, FALSE);
}

void report_print_json_head(struct report *report)
{
    printf("{");
    print_member(report, "profile", add_profile);
    printf(",\n");
    print_member(report, "totals", add_totals);
    printf(",\n");
}

void report_print_json_warnings(struct report *report)
{
    print_member(report, "warnings", add_warnings);
}

void report_print_json(struct report *report)
{
    report_print_json_head(report);
    printf("\"sort\": \"%s\",\n\"matching\": %zu,\n\"%s\": [", report_sort_name(report->sort),
           report->n_matching, report->sort == REPORT_FAULTS ? "faults" : "branches");
    for (guint i = 0; i < report->rows->len; i++) {
        g_autoptr(JsonBuilder) b = json_builder_new();
        add_row(report, b, i);
        printf(i ? ",\n" : "\n");
        words_print_json(b, FALSE);
    }
    printf("],\n");
    report_print_json_warnings(report);
    printf("}\n");
}
