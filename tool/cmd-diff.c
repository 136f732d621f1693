/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "tool/diff.h"
#include "tool/symbol-options.h"
#include "tool/term.h"
#include "tool/verbs.h"

/* As diff(1) has it. */
enum {
    STATUS_SAME = 0,
    STATUS_DIFFERENT = 1,
    STATUS_TROUBLE = 2
};

#define CHANCE 3.25 /* standard deviations: one throw in 870 lies beyond */

static char *threshold_text, *count_text, *limit_text, *format_text, *color_text;
static gboolean no_pager;

const GOptionEntry cmd_diff_options[] = {
    {"threshold", 't', 0, G_OPTION_ARG_FILENAME, &threshold_text,
     "least move, in percent, that is a difference (default 5)", "PCT"},
    {"min-count", 'c', 0, G_OPTION_ARG_FILENAME, &count_text,
     "least transfers (default: 100, or 0.01 % of all if that is more)", "N"},
    {"limit", 'n', 0, G_OPTION_ARG_FILENAME, &limit_text, "entries to print (default 10, 0 all)",
     "N"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    SYMBOL_OPTION_ENTRIES,
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

struct wishes {
    double threshold;
    guint64 min_count, limit;
    bool has_min_count;
    double deviations;
    void (*print)(struct diff_view *view);
};

static bool parse_threshold(double *threshold)
{
    char *end;

    *threshold = 5;
    if (threshold_text) {
        errno = 0;
        *threshold = g_ascii_strtod(threshold_text, &end);
        if (errno || end == threshold_text || *end || !isfinite(*threshold) || *threshold < 0) {
            fail_usage("diff", "bad --threshold '%s': give percent, 0 for any difference",
                       threshold_text);
            return false;
        }
    }
    return true;
}

static bool parse_number(const char *option, const char *text, guint64 most, guint64 *number)
{
    if (text && !g_ascii_string_to_unsigned(text, 10, 0, most, number, NULL)) {
        fail_usage("diff", "bad --%s '%s': give a number", option, text);
        return false;
    }
    return true;
}

static bool parse_wishes(int *argc, char ***argv, struct wishes *wishes)
{
    *wishes = (struct wishes){.limit = 10, .print = diff_print_text};
    if (!verb_parse("diff", argc, argv)) {
        return false;
    }
    if (*argc != 3) {
        fail_usage("diff", "name two profiles, the older first");
        return false;
    }
    if (!term_set_color(color_text)) {
        fail_usage("diff", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    if (format_text && strcmp(format_text, "json") == 0) {
        wishes->print = diff_print_json;
    } else if (format_text && strcmp(format_text, "text") != 0) {
        fail_usage("diff", "unknown --format '%s': say text or json", format_text);
        return false;
    }
    wishes->has_min_count = count_text != NULL;
    /* Who says what a difference is wants all of them. */
    wishes->deviations = count_text || threshold_text ? 0 : CHANCE;
    return parse_threshold(&wishes->threshold) &&
           parse_number("min-count", count_text, G_MAXINT64, &wishes->min_count) &&
           parse_number("limit", limit_text, G_MAXUINT32, &wishes->limit);
}

/* What is a difference and what is noise grows with the run. */
static int64_t usual_min_count(const struct diff_view *view)
{
    int64_t transfers =
        MIN(view->report[CFLOW_DIFF_A].flow->transfers, view->report[CFLOW_DIFF_B].flow->transfers);

    return MAX(100, transfers / 10000);
}

static const char *name_of(void *data, int side, int64_t module, uint64_t offset)
{
    struct diff_view *view = data;
    struct report_place place;

    report_find_place(&view->report[side], module, offset, &place);
    return place.symbol;
}

/* Everything is ready before the first line, so that trouble yields one line only. */
static int compare(struct diff_view *view, const struct wishes *wishes, GError **error)
{
    cflow_profile *const profiles[] = {view->report[0].profile, view->report[1].profile};
    const cflow_flow *const flows[] = {view->report[0].flow, view->report[1].flow};

    view->threshold = wishes->threshold;
    view->deviations = wishes->deviations;
    view->limit = (guint)wishes->limit;
    view->min_count = wishes->has_min_count ? (int64_t)wishes->min_count : usual_min_count(view);
    const struct cflow_diff_options options = {
        .threshold = view->threshold,
        .min_count = view->min_count,
        .deviations = wishes->deviations,
        .name = name_of,
        .data = view,
    };
    g_autoptr(cflow_diff) diff = cflow_diff_new(profiles, flows, &options, error);
    if (!diff) {
        return STATUS_TROUBLE;
    }
    const GPtrArray *warnings = cflow_symbols_warnings(view->report[CFLOW_DIFF_A].symbols);
    for (guint i = 0; i < warnings->len; i++) {
        g_ptr_array_add(diff->notes, g_strdup(g_ptr_array_index(warnings, i)));
    }
    view->diff = diff;
    if (!no_pager && wishes->print == diff_print_text) {
        term_start_pager();
    }
    wishes->print(view);
    return cflow_diff_is_same(diff) ? STATUS_SAME : STATUS_DIFFERENT;
}

static bool load(struct report *report, const char *path, cflow_symbols *symbols, GError **error)
{
    report->symbols = symbols;
    report->strings = g_string_chunk_new(4096);
    report->profile = cflow_profile_open(path, error);
    report->flow = report->profile ? cflow_query(report->profile, error) : NULL;
    return report->flow != NULL;
}

int cmd_diff(int argc, char **argv)
{
    g_autoptr(cflow_symbols) symbols = NULL;
    g_autoptr(GError) error = NULL;
    struct diff_view view = {0};
    struct wishes wishes;
    int status = STATUS_TROUBLE;

    if (!parse_wishes(&argc, &argv, &wishes)) {
        return STATUS_TROUBLE;
    }
    symbols = symbol_options_resolver();
    if (!symbols) {
        return STATUS_TROUBLE;
    }
    if (load(&view.report[CFLOW_DIFF_A], argv[1], symbols, &error) &&
        load(&view.report[CFLOW_DIFF_B], argv[2], symbols, &error)) {
        status = compare(&view, &wishes, &error);
    }
    if (error) {
        fail("%s", error->message);
    } else if (!term_finish()) {
        fail("cannot write: %s", g_strerror(errno));
        status = STATUS_TROUBLE;
    }
    for (int side = 0; side < CFLOW_DIFF_SIDES; side++) {
        struct report *report = &view.report[side];
        cflow_flow_free(report->flow);
        cflow_profile_close(report->profile);
        g_clear_pointer(&report->strings, g_string_chunk_free);
    }
    return status;
}
