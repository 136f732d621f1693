/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report --history: what led to each fault, as the flight recorder kept it. */
#include <sqlite3.h>
#include <stdio.h>

#include "tool/report.h"
#include "tool/term.h"
#include "tool/words.h"

struct step {
    int64_t flight, process, vcpu, kind, src_module, dst_module;
    uint64_t src, dst;
    char *cause;
};

static void clear_step(gpointer data)
{
    g_free(((struct step *)data)->cause);
}

/* Steps of all flights, in order; NULL and @error if there are none. */
static GArray *read_steps(cflow_profile *profile, GError **error)
{
    static const char sql[] = "SELECT flight, vcpu, kind, cause, src_module, src, dst_module, dst,"
                              " process FROM flight ORDER BY flight, step";
    g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(struct step));
    sqlite3_stmt *stmt = cflow_profile_statement(profile, sql, NULL);
    int rc = SQLITE_DONE;

    g_array_set_clear_func(steps, clear_step);
    while (stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct step step = {
            .flight = sqlite3_column_int64(stmt, 0),
            .vcpu = sqlite3_column_int64(stmt, 1),
            .kind = sqlite3_column_int64(stmt, 2),
            .cause = g_strdup((const char *)sqlite3_column_text(stmt, 3)),
            .src_module = sqlite3_column_int64(stmt, 4),
            .src = (uint64_t)sqlite3_column_int64(stmt, 5),
            .dst_module = sqlite3_column_int64(stmt, 6),
            .dst = (uint64_t)sqlite3_column_int64(stmt, 7),
            .process = sqlite3_column_int64(stmt, 8),
        };
        g_array_append_val(steps, step);
        if (!cflow_profile_module(profile, step.src_module) ||
            !cflow_profile_module(profile, step.dst_module)) {
            cflow_profile_damaged(profile, "table flight names a module that is not there", error);
            sqlite3_reset(stmt);
            return NULL;
        }
    }
    if (stmt) {
        sqlite3_reset(stmt);
    }
    if (rc != SQLITE_DONE) {
        cflow_profile_sqlite_error(profile, error);
        return NULL;
    }
    if (!steps->len) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "%s: has no history; record with --last N", cflow_profile_path(profile));
        return NULL;
    }
    return g_steal_pointer(&steps);
}

static bool is_chosen(const struct report *report, int64_t process)
{
    for (guint i = 0; i < report->processes->len; i++) {
        if (g_array_index(report->processes, int64_t, i) == process) {
            return true;
        }
    }
    return false;
}

/* Was it asked for where it led (record --last-at), and not because of what it was? */
static bool is_arrival(const struct step *last)
{
    return !(last->kind >= 0 && last->kind < CFLOW_N_KINDS &&
             (CFLOW_KIND_BIT(last->kind) & (CFLOW_FAULT_KINDS | CFLOW_KIND_BIT(CFLOW_EXIT))));
}

/* Of flights, not of steps: it is about where the last step came from, or arrived. */
static bool wanted(struct report *report, struct report_filter *filter, cflow_kinds kinds,
                   const struct step *last)
{
    return last->kind >= 0 && last->kind < CFLOW_N_KINDS && (kinds & CFLOW_KIND_BIT(last->kind)) &&
           is_chosen(report, last->process) &&
           report_place_matches(report, filter,
                                is_arrival(last) ? last->dst_module : last->src_module,
                                is_arrival(last) ? last->dst : last->src);
}

static char *place_text(struct report *report, int64_t module, uint64_t offset)
{
    struct report_place place;

    if (module == CFLOW_MODULE_OUTSIDE) {
        return g_strdup("outside");
    }
    report_find_place(report, module, offset, &place);
    return report_place_text(&place);
}

static const char *kind_text(const struct step *step)
{
    return step->kind >= 0 && step->kind < CFLOW_N_KINDS
               ? cflow_kind_name((enum cflow_kind)step->kind)
               : "unknown";
}

static void print_flight(struct report *report, const struct step *steps, guint n)
{
    static const struct column columns[] = {
        {.title = "step", .right = true},
        {.title = "kind"},
        {.title = "from", .shrinks = true},
        {.title = "to", .shrinks = true},
    };
    const struct step *last = &steps[n - 1];
    g_autoptr(table) table = table_new(columns, G_N_ELEMENTS(columns));
    bool arrival = is_arrival(last);
    bool named = arrival || g_strcmp0(last->cause, kind_text(last)) == 0;
    g_autofree char *at = place_text(report, arrival ? last->dst_module : last->src_module,
                                     arrival ? last->dst : last->src);

    printf("\n%s%s%s%s at %s, vCPU %" G_GINT64_FORMAT ", and the %u transfers before%s\n\n",
           term_on(TERM_TITLE), arrival ? "arrival" : kind_text(last), named ? "" : ": ",
           named ? "" : last->cause, at, last->vcpu, n - 1, term_off(TERM_TITLE));
    for (guint i = 0; i < n; i++) {
        g_autofree char *from = place_text(report, steps[i].src_module, steps[i].src);
        g_autofree char *to = place_text(report, steps[i].dst_module, steps[i].dst);
        table_row(table, false);
        table_cell(table, 0, "%d", (int)i - (int)(n - 1));
        table_cell(table, 1, "%s", kind_text(&steps[i]));
        table_cell(table, 2, "%s", from);
        table_cell(table, 3, "%s", to);
    }
    table_print(table);
}

static void print_json(struct report *report, const struct step *steps, guint n, bool first)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    words_add_string(b, "kind", kind_text(&steps[n - 1]));
    words_add_string(b, "cause", steps[n - 1].cause);
    words_add_int(b, "vcpu", steps[n - 1].vcpu);
    json_builder_set_member_name(b, "steps");
    json_builder_begin_array(b);
    for (guint i = 0; i < n; i++) {
        g_autofree char *from = place_text(report, steps[i].src_module, steps[i].src);
        g_autofree char *to = place_text(report, steps[i].dst_module, steps[i].dst);
        json_builder_begin_object(b);
        words_add_string(b, "kind", kind_text(&steps[i]));
        words_add_string(b, "from_module",
                         cflow_profile_module(report->profile, steps[i].src_module)->path);
        words_add_address(b, "from_offset", steps[i].src);
        words_add_string(b, "from", from);
        words_add_string(b, "to_module",
                         cflow_profile_module(report->profile, steps[i].dst_module)->path);
        words_add_address(b, "to_offset", steps[i].dst);
        words_add_string(b, "to", to);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
    printf(first ? "\n" : ",\n");
    words_print_json(b, FALSE);
}

bool report_print_history(struct report *report, struct report_filter *filter,
                          const struct report_format *format, cflow_kinds kinds, guint64 limit,
                          GError **error)
{
    g_autoptr(GArray) steps = read_steps(report->profile, error);
    bool json = format->print == report_print_json;
    guint64 shown = 0, matching = 0;

    if (!steps) {
        return false;
    }
    if (json) {
        report_print_json_head(report);
        printf("\"flights\": [");
    } else {
        report_print_text_header(report);
    }
    const struct step *all = (const struct step *)(void *)steps->data;
    for (guint i = 0, n; i < steps->len; i += n) {
        for (n = 1; i + n < steps->len && all[i + n].flight == all[i].flight; n++) {
        }
        if (!wanted(report, filter, kinds, &all[i + n - 1])) {
            continue;
        }
        matching++;
        if (!limit || shown < limit) {
            if (json) {
                print_json(report, all + i, n, shown == 0);
            } else {
                print_flight(report, all + i, n);
            }
            shown++;
        }
    }
    if (json) {
        printf("],\n\"matching\": %" G_GUINT64_FORMAT ",\n", matching);
        report_print_json_warnings(report);
        printf("}\n");
    } else {
        if (!matching) {
            puts("\nnone");
        }
        if (shown < matching) {
            printf("\n%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " shown: see --limit\n", shown,
                   matching);
        }
        report_print_text_notes(report);
    }
    return true;
}
