/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/report.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/words.h"

#define MOST_DESTINATIONS 5
#define MOST_INLINED      5
#define MOST_OF_A_TARGET  48 /* columns */

static void print_field_styled(const char *name, const char *value, enum term_style style)
{
    g_autofree char *clean = term_escape(value);

    printf("%s%-9s%s  %s%s%s\n", term_on(TERM_TITLE), name, term_off(TERM_TITLE), term_on(style),
           clean, term_off(style));
}

static void G_GNUC_PRINTF(2, 3) print_field(const char *name, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    print_field_styled(name, value, TERM_PLAIN);
}

static const char *meta(const struct report *report, const char *key)
{
    const char *value = cflow_profile_meta(report->profile, key);

    return value && value[0] ? value : "unknown";
}

/* "sh (pid 17) and 2 more of 9 processes" */
static void print_chosen(const struct report *report)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(report->profile, &n), *first;
    guint more = report->processes->len - 1;
    g_autofree char *others = more ? g_strdup_printf("and %u more ", more) : g_strdup("");

    for (first = processes; first->id != g_array_index(report->processes, int64_t, 0); first++) {
    }
    print_field("program", "%s (pid %" G_GINT64_FORMAT ") %sof %zu processes",
                first->path ? first->path : "unknown", first->pid, others, n);
}

static void print_program(const struct report *report)
{
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(report->profile, &n);
    const char *path = n > 0 && processes[0].path ? processes[0].path : "unknown";

    if (report->processes->len < n) {
        print_chosen(report);
    } else if (n > 1) {
        print_field("program", "%s and %zu more process%s", path, n - 1, n > 2 ? "es" : "");
    } else {
        print_field("program", "%s", *path ? path : "a whole machine");
    }
}

void report_print_text_header(const struct report *report)
{
    const cflow_flow *flow = report->flow;
    g_autofree char *command = words_command_line(cflow_profile_meta(report->profile, "command"));
    g_autofree char *transfers = words_count(flow->transfers, "transfer", "transfers");
    g_autofree char *blocks =
        words_count((int64_t)flow->basic_blocks, "basic block", "basic blocks");
    g_autofree char *sites = words_count((int64_t)flow->n_sites, "branch site", "branch sites");
    g_autofree char *modules = words_count((int64_t)flow->n_modules, "module", "modules");
    g_autofree char *exactness = cflow_profile_exactness(report->profile);

    print_program(report);
    print_field("command", "%s", command);
    print_field("qemu", "%s, %s", meta(report, "qemu_version"), meta(report, "qemu"));
    print_field("guest", "%s, %s mode, engine %s", meta(report, "isa"), meta(report, "mode"),
                meta(report, "engine"));
    print_field("totals", "%s, %s, %s, %s", transfers, blocks, sites, modules);
    if (cflow_profile_meta_int(report->profile, "exec_unrecorded", 0) > 0) {
        print_field("missing", "programs that were executed: %s", meta(report, "exec_note"));
    }
    print_field_styled("counts", exactness, strcmp(exactness, "exact") == 0 ? TERM_GOOD : TERM_BAD);
}

static void print_caption(const struct report *report)
{
    static const char *const captions[] = {
        [REPORT_HOTTEST] = "hottest branches",
        [REPORT_DESTINATIONS] = "branches with most destinations",
        [REPORT_BIAS] = "conditional branches that (nearly) always go one way",
        [REPORT_FAULTS] = "faults",
    };

    printf("\n%s%s, %u of %zu%s\n\n", term_on(TERM_TITLE), captions[report->sort],
           report->rows->len, report->n_matching, term_off(TERM_TITLE));
}

static void cell_count(table *table, size_t column, int64_t count)
{
    table_cell(table, column, "%" G_GINT64_FORMAT, count);
}

void report_cell_percent(table *table, size_t column, int64_t part, int64_t whole)
{
    double percent = whole ? 100.0 * (double)part / (double)whole : 0;

    if (part > 0 && percent < 0.05) {
        table_cell(table, column, "<0.1");
    } else if (part < whole && percent >= 99.95) {
        table_cell(table, column, ">99.9");
    } else {
        table_cell(table, column, "%.1f", percent);
    }
}

/* @source: the column for the line, or @column itself if there is none. */
static void cell_place(struct report *report, table *table, size_t column, size_t source,
                       const char *prefix, int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    g_autofree char *text = report_place_text(&place);
    g_autofree char *line = report_source_text(place.file, place.line);
    table_cell(table, column, "%s%s", prefix, text);
    if (line && source != column) {
        table_cell(table, source, "%s", line);
    }
}

static void cell_module(struct report *report, table *table, size_t column, int64_t id)
{
    g_autofree char *name = report_module_name(cflow_profile_module(report->profile, id));

    table_cell(table, column, "%s", name);
}

/*
 * The disassembler prints a branch's target as the address it had in that run.
 * Says what is there instead, if the last number in @text is that target: code
 * is moved by whole pages only.  NULL if it is not; g_free() the result.
 */
static char *name_target(struct report *report, int64_t module, const cflow_insn *insn,
                         const char *text)
{
    const char *number = g_strrstr(text, "0x");
    struct report_place place;
    char *end;

    if (!number || !insn->has_target) {
        return NULL;
    }
    guint64 value = g_ascii_strtoull(number, &end, 16);
    if ((value - insn->target) & 0xfff) {
        return NULL;
    }
    report_find_place(report, module, insn->target, &place);
    g_autofree char *whole = report_place_text(&place);
    g_autofree char *name = table_cut_place(whole, MOST_OF_A_TARGET);
    int before = (int)(number - text);
    if (before > 0 && text[before - 1] == '#') { /* Arm's mark of a number */
        before--;
    }
    return g_strdup_printf("%.*s%s%s", before, text, name, end);
}

static void cell_disasm(struct report *report, table *table, size_t column, int64_t module,
                        const cflow_insn *insn)
{
    g_autofree char *text = words_squeeze(insn->disasm);
    g_autofree char *named = name_target(report, module, insn, text);
    g_autofree char *hex = text[0] ? NULL : words_hex(insn->bytes);

    if (hex) {
        table_cell(table, column, "%s%s", hex[0] ? "bytes " : "", hex);
    } else {
        table_cell(table, column, "%s", named ? named : text);
    }
}

/* Columns of the views of branches. */
enum {
    B_COUNT,
    B_TAKEN,
    B_NOT_TAKEN,
    B_PERCENT,
    B_WHERE,
    B_SOURCE,
    B_MODULE,
    B_KIND,
    B_INSN,
    B_COLUMNS
};

static const struct column branch_columns[B_COLUMNS] = {
    {.title = "count", .right = true},
    {.title = "taken", .right = true},
    {.title = "not taken", .right = true, .drops = 1},
    {.title = "%taken", .right = true},
    {.title = "where", .shrinks = true, .style = TERM_NAME},
    {.title = "source", .shrinks = true, .optional = true},
    {.title = "module", .drops = 3},
    {.title = "kind", .drops = 2},
    {.title = "instruction"},
};

static int compare_edge_counts(const void *pa, const void *pb)
{
    const struct cflow_edge *a = *(const struct cflow_edge *const *)pa;
    const struct cflow_edge *b = *(const struct cflow_edge *const *)pb;

    return a->count != b->count ? (a->count > b->count ? -1 : 1) : a < b ? -1 : a > b;
}

/* Only an indirect branch needs its destinations told; others name them. */
static bool is_indirect(const struct cflow_site *site)
{
    const cflow_kinds indirect = CFLOW_KIND_BIT(CFLOW_UNKNOWN) | CFLOW_KIND_BIT(CFLOW_RETURN) |
                                 CFLOW_KIND_BIT(CFLOW_INDIRECT_JUMP) |
                                 CFLOW_KIND_BIT(CFLOW_INDIRECT_CALL) | CFLOW_KIND_BIT(CFLOW_SYSTEM);

    return (site->kinds & indirect) != 0 || (site->destinations > 1);
}

static void add_destinations(struct report *report, table *table, const struct cflow_site *site)
{
    g_autoptr(GPtrArray) edges = g_ptr_array_new();
    int64_t rest = 0;

    for (size_t i = 0; i < site->n_edges; i++) {
        struct cflow_edge *edge = &report->flow->edges[site->first_edge + i];
        if ((CFLOW_SITE_KINDS & CFLOW_KIND_BIT(edge->kind)) && edge->kind != CFLOW_NOT_TAKEN) {
            g_ptr_array_add(edges, edge);
        }
    }
    g_ptr_array_sort(edges, compare_edge_counts);
    for (guint i = 0; i < edges->len; i++) {
        const struct cflow_edge *edge = g_ptr_array_index(edges, i);
        if (i >= MOST_DESTINATIONS) {
            rest += edge->count;
            continue;
        }
        table_row(table, true);
        cell_count(table, B_COUNT, edge->count);
        cell_place(report, table, B_WHERE, B_SOURCE, "  -> ", edge->dst_module, edge->dst);
        cell_module(report, table, B_MODULE, edge->dst_module);
    }
    if (edges->len > MOST_DESTINATIONS) {
        table_row(table, true);
        cell_count(table, B_COUNT, rest);
        table_cell(table, B_WHERE, "  %s and %u more", g_get_charset(NULL) ? "…" : "...",
                   edges->len - MOST_DESTINATIONS);
    }
}

/* The functions that were inlined at @offset, each with the line of its call. */
static void add_inlined(struct report *report, table *table, int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    for (size_t i = 0; i < place.n_inlined && i < MOST_INLINED; i++) {
        const struct cflow_frame *frame = &place.frames[i], *caller = frame + 1;
        g_autofree char *line = report_source_text(caller->file, caller->line);
        table_row(table, true);
        g_autofree char *name = words_short_function(frame->function ? frame->function : "code");
        table_cell(table, B_WHERE, "  inlined %s", name);
        table_cell(table, B_SOURCE, "%s%s", line ? "at " : "", line ? line : "");
    }
    if (place.n_inlined > MOST_INLINED) {
        table_row(table, true);
        table_cell(table, B_WHERE, "  %s in %zu more", g_get_charset(NULL) ? "…" : "...",
                   place.n_inlined - MOST_INLINED);
    }
}

static void add_site(struct report *report, table *table, const struct cflow_site *site,
                     const cflow_insn *insn)
{
    table_row(table, false);
    cell_count(table, B_COUNT, site->total);
    if (report_is_conditional(site)) {
        cell_count(table, B_TAKEN, site->taken);
        cell_count(table, B_NOT_TAKEN, site->not_taken);
        report_cell_percent(table, B_PERCENT, site->taken, site->total);
    }
    cell_place(report, table, B_WHERE, B_SOURCE, report_privilege_mark(report, site->privileges),
               site->module, site->offset);
    cell_module(report, table, B_MODULE, site->module);
    table_cell(table, B_KIND, "%s", report_site_kind(site, insn));
    cell_disasm(report, table, B_INSN, site->module, insn);
    add_inlined(report, table, site->module, site->offset);
    if (is_indirect(site)) {
        add_destinations(report, table, site);
    }
}

static void print_branches(struct report *report)
{
    g_autoptr(table) table = table_new(branch_columns, B_COLUMNS);

    for (guint i = 0; i < report->rows->len; i++) {
        size_t row = g_array_index(report->rows, size_t, i);
        add_site(report, table, &report->flow->sites[row], g_ptr_array_index(report->insns, i));
    }
    table_print(table);
}

/* Columns of the view of faults. */
enum {
    F_COUNT,
    F_KIND,
    F_CAUSE,
    F_BLOCK,
    F_UNTIL,
    F_FROM,
    F_FROM_SOURCE,
    F_FROM_MODULE,
    F_TO,
    F_TO_SOURCE,
    F_TO_MODULE,
    F_COLUMNS
};

static const struct column fault_columns[F_COLUMNS] = {
    {.title = "count", .right = true},
    {.title = "kind"},
    {.title = "cause", .style = TERM_BAD},
    {.title = "block", .drops = 3},
    {.title = "until return", .right = true, .optional = true, .drops = 1},
    {.title = "from", .shrinks = true, .style = TERM_NAME},
    {.title = "source", .shrinks = true, .optional = true},
    {.title = "module", .drops = 2},
    {.title = "to", .shrinks = true, .style = TERM_NAME},
    {.title = "source", .shrinks = true, .optional = true, .drops = 1},
    {.title = "module", .drops = 2},
};

static void print_faults(struct report *report)
{
    g_autoptr(table) table = table_new(fault_columns, F_COLUMNS);

    for (guint i = 0; i < report->rows->len; i++) {
        size_t row = g_array_index(report->rows, size_t, i);
        const struct cflow_fault *fault = &report->flow->faults[row];
        table_row(table, false);
        cell_count(table, F_COUNT, fault->count);
        table_cell(table, F_KIND, "%s", cflow_kind_name(fault->kind));
        table_cell(table, F_CAUSE, "%s", fault->cause[0] ? fault->cause : "unknown");
        table_cell(table, F_BLOCK, "%s",
                   fault->mid_block > 0    ? "middle"
                   : fault->mid_block == 0 ? "end"
                                           : "");
        g_autofree char *until = report_until_text(fault->instructions, fault->returned);
        if (*until) {
            table_cell(table, F_UNTIL, "%s", until);
        }
        cell_place(report, table, F_FROM, F_FROM_SOURCE,
                   report_privilege_mark(report, fault->privileges), fault->src_module, fault->src);
        cell_module(report, table, F_FROM_MODULE, fault->src_module);
        cell_place(report, table, F_TO, F_TO_SOURCE, "", fault->dst_module, fault->dst);
        cell_module(report, table, F_TO_MODULE, fault->dst_module);
    }
    table_print(table);
}

const char *report_machine_note(const struct report *report)
{
    return strcmp(meta(report, "mode"), "system") == 0
               ? "user code at one address is told apart by the page of memory that it lies in"
                 " ([guest:2], ...), not by process"
               : NULL;
}

void report_print_text_notes(const struct report *report)
{
    const int64_t *by_kind = report->flow->by_kind;
    const GPtrArray *warnings = cflow_symbols_warnings(report->symbols);
    const char *machine = report_machine_note(report);
    g_autofree char *unknown = report_privilege_note(report);
    bool any =
        machine || unknown || warnings->len || by_kind[CFLOW_RETRY] || by_kind[CFLOW_UNEXPLAINED];

    if (any) {
        putchar('\n');
    }
    if (by_kind[CFLOW_UNEXPLAINED]) {
        g_autofree char *n = words_count(by_kind[CFLOW_UNEXPLAINED], "transfer is unexplained",
                                         "transfers are unexplained");
        printf("%s%s: see --sort faults --kind unexplained%s\n", term_on(TERM_BAD), n,
               term_off(TERM_BAD));
    }
    if (by_kind[CFLOW_RETRY]) {
        g_autofree char *n = words_count(by_kind[CFLOW_RETRY], "retry of an instruction by QEMU is",
                                         "retries of instructions by QEMU are");
        printf("%s not counted as transfers\n", n);
    }
    if (machine) {
        puts(machine);
    }
    if (unknown) {
        puts(unknown);
    }
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(warnings, i));
        printf("%s%s%s\n", term_on(TERM_FAINT), clean, term_off(TERM_FAINT));
    }
}

void report_print_text(struct report *report)
{
    report_print_text_header(report);
    print_caption(report);
    if (report->rows->len == 0) {
        puts("none");
    } else if (report->sort == REPORT_FAULTS) {
        print_faults(report);
    } else {
        print_branches(report);
    }
    report_print_text_notes(report);
}
