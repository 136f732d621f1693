/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 4180: a heading, CR LF at line ends, quotes where they are needed. */
#include <stdio.h>
#include <string.h>

#include "tool/report.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

void report_print_csv_text(const char *text)
{
    g_autofree char *clean = term_escape(text);

    if (!strpbrk(clean, "\",\r\n")) {
        fputs(clean, stdout);
        return;
    }
    putchar('"');
    for (const char *p = clean; *p; p++) {
        if (*p == '"') {
            putchar('"');
        }
        putchar(*p);
    }
    putchar('"');
}

static void put_next_text(const char *text)
{
    putchar(',');
    report_print_csv_text(text);
}

static void put_next_count(int64_t count)
{
    printf(",%" G_GINT64_FORMAT, count);
}

/* Five fields, each behind a comma. */
static void put_place(struct report *report, int64_t module, uint64_t offset)
{
    struct report_place place;

    report_find_place(report, module, offset, &place);
    put_next_text(place.module->path);
    put_next_text(place.module->build_id ? place.module->build_id : "");
    printf(",0x%" G_GINT64_MODIFIER "x", offset);
    put_next_text(place.symbol ? place.symbol : "");
    if (place.has_symbol_offset) {
        put_next_count((int64_t)place.symbol_offset);
    } else {
        put_next_text("");
    }
}

/* Four fields, each behind a comma: file, line, column and what is inlined there. */
static void put_source(struct report *report, int64_t module, uint64_t offset)
{
    g_autoptr(GString) inlined = g_string_new(NULL);
    struct report_place place;

    report_find_place(report, module, offset, &place);
    put_next_text(place.file ? place.file : "");
    if (place.line) {
        printf(",%u,%u", place.line, place.column);
    } else {
        printf(",,");
    }
    for (size_t i = 0; i < place.n_inlined; i++) {
        const struct cflow_frame *frame = &place.frames[i], *caller = frame + 1;
        g_string_append_printf(inlined, "%s%s at %s:%u", i ? "; " : "",
                               frame->function ? frame->function : "?",
                               caller->file ? caller->file : "?", caller->line);
    }
    put_next_text(inlined->str);
}

static void put_disasm(const cflow_insn *insn)
{
    g_autofree char *disasm = words_squeeze(insn->disasm);

    put_next_text(disasm);
}

static void put_privileges(cflow_privileges set)
{
    g_autofree char *text = report_privilege_text(set);

    put_next_text(text);
}

static void end_line(void)
{
    fputs("\r\n", stdout);
}

static void put_site(struct report *report, const struct cflow_site *site, const cflow_insn *insn)
{
    printf("%" G_GINT64_FORMAT, site->total);
    put_next_count(site->taken);
    put_next_count(site->not_taken);
    put_next_text(report_site_kind(site, insn));
    put_place(report, site->module, site->offset);
    put_next_count(site->destinations);
    put_disasm(insn);
    put_source(report, site->module, site->offset);
    put_privileges(site->privileges);
    end_line();
}

/* One line per destination. */
static void put_destinations(struct report *report, const struct cflow_site *site,
                             const cflow_insn *insn)
{
    for (size_t i = 0; i < site->n_edges; i++) {
        const struct cflow_edge *edge = &report->flow->edges[site->first_edge + i];
        if (!(CFLOW_SITE_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            continue;
        }
        printf("%" G_GINT64_FORMAT, edge->count);
        put_next_text(cflow_kind_name(edge->kind));
        put_place(report, site->module, site->offset);
        put_place(report, edge->dst_module, edge->dst);
        put_next_count(site->total);
        put_next_count(site->destinations);
        put_disasm(insn);
        put_source(report, site->module, site->offset);
        put_source(report, edge->dst_module, edge->dst);
        put_privileges(edge->privileges);
        end_line();
    }
}

static void put_fault(struct report *report, const struct cflow_fault *fault,
                      const cflow_insn *insn)
{
    printf("%" G_GINT64_FORMAT, fault->count);
    put_next_text(cflow_kind_name(fault->kind));
    put_next_text(fault->cause);
    put_next_text(fault->mid_block < 0 ? "" : fault->mid_block ? "1" : "0");
    put_place(report, fault->src_module, fault->src);
    put_place(report, fault->dst_module, fault->dst);
    put_disasm(insn);
    put_source(report, fault->src_module, fault->src);
    put_source(report, fault->dst_module, fault->dst);
    put_privileges(fault->privileges);
    g_autofree char *until = report_until_text(fault->instructions, fault->returned);
    printf(",%" G_GINT64_FORMAT, fault->returned);
    put_next_text(until);
    end_line();
}

static void put_heading(enum report_sort sort)
{
    static const char *const headings[] = {
        [REPORT_HOTTEST] = "count,taken,not_taken,kind,module,build_id,offset,symbol,symbol_offset,"
                           "destinations,disasm,file,line,column,inlined,privilege",
        [REPORT_BIAS] = "count,taken,not_taken,kind,module,build_id,offset,symbol,symbol_offset,"
                        "destinations,disasm,file,line,column,inlined,privilege",
        [REPORT_DESTINATIONS] =
            "count,kind,module,build_id,offset,symbol,symbol_offset,to_module,to_build_id,"
            "to_offset,to_symbol,to_symbol_offset,site_count,site_destinations,disasm,file,line,"
            "column,inlined,to_file,to_line,to_column,to_inlined,privilege",
        [REPORT_FAULTS] =
            "count,kind,cause,mid_block,module,build_id,offset,symbol,symbol_offset,to_module,"
            "to_build_id,to_offset,to_symbol,to_symbol_offset,disasm,file,line,column,inlined,"
            "to_file,to_line,to_column,to_inlined,privilege,returned,mean_instructions",
    };

    fputs(headings[sort], stdout);
    end_line();
}

/* The format has no place for these. */
void report_print_csv_warnings(const struct report *report)
{
    const GPtrArray *warnings = cflow_symbols_warnings(report->symbols);

    if (report_machine_note(report)) {
        fail("%s", report_machine_note(report));
    }
    g_autofree char *unknown = report_privilege_note(report);
    if (unknown) {
        fail("%s", unknown);
    }
    for (guint i = 0; i < warnings->len; i++) {
        fail("%s", (const char *)g_ptr_array_index(warnings, i));
    }
}

void report_print_csv(struct report *report)
{
    put_heading(report->sort);
    for (guint i = 0; i < report->rows->len; i++) {
        size_t row = g_array_index(report->rows, size_t, i);
        const cflow_insn *insn = g_ptr_array_index(report->insns, i);
        if (report->sort == REPORT_FAULTS) {
            put_fault(report, &report->flow->faults[row], insn);
        } else if (report->sort == REPORT_DESTINATIONS) {
            put_destinations(report, &report->flow->sites[row], insn);
        } else {
            put_site(report, &report->flow->sites[row], insn);
        }
    }
    report_print_csv_warnings(report);
}
