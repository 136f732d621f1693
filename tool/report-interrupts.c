/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report --interrupts: exceptions, interrupts, signals and calls of the emulator
 * by cause and handler, added up over the instructions where they struck.
 */
#include <stdio.h>
#include <string.h>

#include "tool/report.h"
#include "tool/term.h"
#include "tool/words.h"

struct row {
    enum cflow_kind kind;
    const char *cause;
    int64_t module; /* of the handler */
    uint64_t offset;
    int64_t count;
    int64_t returned, instructions; /* as in a fault */
    size_t places;                  /* different instructions */
};

/* What each kind means, in one line. */
static const struct {
    enum cflow_kind kind;
    const char *meaning;
} meanings[] = {
    {CFLOW_EXCEPTION, "an instruction raised it: a fault, or a call of the supervisor"},
    {CFLOW_INTERRUPT, "from outside, between two instructions"},
    {CFLOW_SIGNAL, "sent by the kernel or a process, or raised by a fault"},
    {CFLOW_HOST_CALL, "a call of the emulator itself, which came back"},
    {CFLOW_UNEXPLAINED, "nothing told why control went there"},
};

static int compare(gconstpointer x, gconstpointer y)
{
    const struct row *a = x, *b = y;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = strcmp(a->cause, b->cause);
    return order                    ? order
           : a->module != b->module ? (a->module < b->module ? -1 : 1)
           : a->offset != b->offset ? (a->offset < b->offset ? -1 : 1)
                                    : 0;
}

static struct row *find(GArray *rows, const struct cflow_fault *fault)
{
    for (guint i = 0; i < rows->len; i++) {
        struct row *row = &g_array_index(rows, struct row, i);
        if (row->kind == fault->kind && row->module == fault->dst_module &&
            row->offset == fault->dst && strcmp(row->cause, fault->cause) == 0) {
            return row;
        }
    }
    struct row row = {fault->kind, fault->cause, fault->dst_module, fault->dst, 0, 0, 0, 0};
    g_array_append_val(rows, row);
    return &g_array_index(rows, struct row, rows->len - 1);
}

static GArray *collect(struct report *report, struct report_filter *filter, cflow_kinds kinds)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));

    for (size_t i = 0; i < report->flow->n_faults; i++) {
        const struct cflow_fault *fault = &report->flow->faults[i];
        if (fault->kind != CFLOW_EXIT && (kinds & CFLOW_KIND_BIT(fault->kind)) &&
            report_place_matches(report, filter, fault->dst_module, fault->dst)) {
            struct row *row = find(rows, fault);
            row->count += fault->count;
            row->returned += fault->returned;
            row->instructions += fault->instructions;
            row->places++;
        }
    }
    g_array_sort(rows, compare);
    return rows;
}

static void print_text(struct report *report, const GArray *rows, guint shown)
{
    static const struct column columns[] = {
        {.title = "count", .right = true},
        {.title = "places", .right = true},
        {.title = "kind"},
        {.title = "cause", .style = TERM_BAD},
        {.title = "until return", .right = true, .optional = true},
        {.title = "handler", .shrinks = true},
        {.title = "module"},
    };
    g_autoptr(table) table = table_new(columns, G_N_ELEMENTS(columns));
    cflow_kinds seen = 0;

    report_print_text_header(report);
    printf("\n%sinterruptions by cause and handler, %u of %u%s\n\n", term_on(TERM_TITLE), shown,
           rows->len, term_off(TERM_TITLE));
    for (guint i = 0; i < shown; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        struct report_place place;
        report_find_place(report, row->module, row->offset, &place);
        g_autofree char *where = report_place_text(&place);
        g_autofree char *module = report_module_name(place.module);
        table_row(table, false);
        table_cell(table, 0, "%" G_GINT64_FORMAT, row->count);
        table_cell(table, 1, "%zu", row->places);
        table_cell(table, 2, "%s", cflow_kind_name(row->kind));
        table_cell(table, 3, "%s", row->cause[0] ? row->cause : "unknown");
        g_autofree char *until = report_until_text(row->instructions, row->returned);
        if (*until) {
            table_cell(table, 4, "%s", until);
        }
        table_cell(table, 5, "%s", where);
        table_cell(table, 6, "%s", module);
        seen |= CFLOW_KIND_BIT(row->kind);
    }
    if (!shown) {
        puts("none");
    } else {
        table_print(table);
        putchar('\n');
    }
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (seen & CFLOW_KIND_BIT(meanings[i].kind)) {
            printf("%-12s %s\n", cflow_kind_name(meanings[i].kind), meanings[i].meaning);
        }
    }
    report_print_text_notes(report);
}

static void print_json(struct report *report, const GArray *rows, guint shown)
{
    report_print_json_head(report);
    printf("\"matching\": %u,\n\"interrupts\": [", rows->len);
    for (guint i = 0; i < shown; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        g_autoptr(JsonBuilder) b = json_builder_new();
        struct report_place place;
        report_find_place(report, row->module, row->offset, &place);
        json_builder_begin_object(b);
        words_add_int(b, "count", row->count);
        report_add_until(b, row->instructions, row->returned);
        words_add_int(b, "places", (int64_t)row->places);
        words_add_string(b, "kind", cflow_kind_name(row->kind));
        words_add_string(b, "cause", row->cause[0] ? row->cause : NULL);
        words_add_string(b, "module", place.module ? place.module->path : NULL);
        words_add_address(b, "offset", row->offset);
        words_add_string(b, "symbol", place.symbol);
        json_builder_end_object(b);
        printf(i ? ",\n" : "\n");
        words_print_json(b, FALSE);
    }
    printf("],\n");
    report_print_json_warnings(report);
    printf("}\n");
}

static void print_csv(struct report *report, const GArray *rows, guint shown)
{
    printf("count,places,kind,cause,module,offset,symbol,returned,mean_instructions\r\n");
    for (guint i = 0; i < shown; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        struct report_place place;
        report_find_place(report, row->module, row->offset, &place);
        printf("%" G_GINT64_FORMAT ",%zu,%s,", row->count, row->places, cflow_kind_name(row->kind));
        report_print_csv_text(row->cause);
        putchar(',');
        report_print_csv_text(place.module ? place.module->path : "");
        printf(",0x%" G_GINT64_MODIFIER "x,", row->offset);
        report_print_csv_text(place.symbol ? place.symbol : "");
        g_autofree char *until = report_until_text(row->instructions, row->returned);
        printf(",%" G_GINT64_FORMAT ",%s\r\n", row->returned, until);
    }
    report_print_csv_warnings(report);
}

char *report_until_text(int64_t instructions, int64_t returned)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup(returned ? g_ascii_formatd(text, sizeof(text), "%.1f",
                                               (double)instructions / (double)returned)
                             : "");
}

void report_add_until(JsonBuilder *b, int64_t instructions, int64_t returned)
{
    words_add_int(b, "returned", returned);
    if (returned) {
        json_builder_set_member_name(b, "mean_instructions");
        json_builder_add_double_value(b, (double)instructions / (double)returned);
    } else {
        words_add_string(b, "mean_instructions", NULL);
    }
}

bool report_print_interrupts(struct report *report, struct report_filter *filter,
                             const struct report_format *format, cflow_kinds kinds, guint64 limit)
{
    g_autoptr(GArray) rows = collect(report, filter, kinds);
    guint shown = limit && limit < rows->len ? (guint)limit : rows->len;

    if (format->print == report_print_json) {
        print_json(report, rows, shown);
    } else if (format->print == report_print_csv) {
        print_csv(report, rows, shown);
    } else {
        print_text(report, rows, shown);
    }
    return true;
}
