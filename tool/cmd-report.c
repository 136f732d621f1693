/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tool/report-loop.h"
#include "tool/report-process.h"
#include "tool/report.h"
#include "tool/symbol-options.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

static char *input, *sort_text, *kind_text, *module_glob, *symbol_glob, *limit_text, *format_text,
    *color_text, *by_text, *process_text, *privilege_text;
static gboolean no_pager, no_inline, faults, by_interrupt, history;

const GOptionEntry cmd_report_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input, "profile to read (default cflow.db)", "FILE"},
    {"sort", 's', 0, G_OPTION_ARG_FILENAME, &sort_text, "what to print, in which order",
     "hottest|faults|destinations|bias"},
    {"by", 'b', 0, G_OPTION_ARG_FILENAME, &by_text, "add up what has this in common",
     "function|file|module|branch|block|loop|process|privilege"},
    {"faults", 0, 0, G_OPTION_ARG_NONE, &faults, "the same as --sort faults", NULL},
    {"interrupts", 0, 0, G_OPTION_ARG_NONE, &by_interrupt, "interruptions by handler", NULL},
    {"history", 0, 0, G_OPTION_ARG_NONE, &history, "what led to each fault", NULL},
    {"kind", 'k', 0, G_OPTION_ARG_FILENAME, &kind_text, "only these kinds", "KIND[,KIND...]"},
    {"module", 'm', 0, G_OPTION_ARG_FILENAME, &module_glob,
     "only in modules with this name or path", "GLOB"},
    {"symbol", 'S', 0, G_OPTION_ARG_FILENAME, &symbol_glob, "only in functions with this name",
     "GLOB"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"privilege", 0, 0, G_OPTION_ARG_FILENAME, &privilege_text,
     "only code that ran as user, kernel, ...", "LEVEL[,LEVEL...]"},
    {"limit", 'n', 0, G_OPTION_ARG_FILENAME, &limit_text, "entries to print (default 10, 0 all)",
     "N"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json|csv"},
    SYMBOL_OPTION_ENTRIES,
    {"no-inline", 0, 0, G_OPTION_ARG_NONE, &no_inline, "leave out inlined functions", NULL},
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

static const struct {
    const char *name;
    enum report_sort sort;
} sorts[] = {
    {"hottest", REPORT_HOTTEST},
    {"destinations", REPORT_DESTINATIONS},
    {"bias", REPORT_BIAS},
    {"faults", REPORT_FAULTS},
    /* Names that QEMU's own plugin of this kind has used. */
    {"popdest", REPORT_DESTINATIONS},
    {"early", REPORT_FAULTS},
    {"exceptions", REPORT_FAULTS},
};

struct wishes {
    enum report_sort sort;
    const struct report_by *by; /* or NULL */
    bool by_loop;
    bool by_process;
    cflow_kinds kinds;
    cflow_privileges privileges;
    guint64 limit;
    const struct report_format *format;
};

const char *report_sort_name(enum report_sort sort)
{
    return sorts[sort].name;
}

static bool find_sort(enum report_sort *sort)
{
    *sort = faults || by_interrupt || history ? REPORT_FAULTS : REPORT_HOTTEST;
    if (!sort_text) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sorts); i++) {
        if (strcmp(sorts[i].name, sort_text) == 0) {
            *sort = sorts[i].sort;
            return true;
        }
    }
    return false;
}

/* --interrupts and --history are about faults anyway, and --faults may be said with them. */
static bool parse_sort(struct wishes *wishes)
{
    if (!find_sort(&wishes->sort)) {
        fail_usage("report", "unknown --sort '%s': say hottest, faults, destinations or bias",
                   sort_text);
        return false;
    }
    if (by_interrupt && history) {
        fail_usage("report", "--interrupts and --history exclude each other");
        return false;
    }
    if ((by_interrupt || history) && (by_text || wishes->sort != REPORT_FAULTS)) {
        fail_usage("report", "--interrupts and --history exclude --by and all --sort but faults");
        return false;
    }
    if (faults && (by_text || wishes->sort != REPORT_FAULTS)) {
        fail_usage("report", "--faults excludes --by and all other --sort");
        return false;
    }
    return true;
}

static bool parse_by(struct wishes *wishes)
{
    wishes->by_loop = g_strcmp0(by_text, "loop") == 0;
    wishes->by_process = g_strcmp0(by_text, "process") == 0;
    bool grouped = by_text && !wishes->by_loop && !wishes->by_process;
    wishes->by = grouped ? report_by_find(by_text) : NULL;
    if (grouped && !wishes->by) {
        fail_usage("report",
                   "unknown --by '%s': say function, file, module, branch, block, loop, process or"
                   " privilege",
                   by_text);
        return false;
    }
    if (by_text && sort_text) {
        fail_usage("report", "--by and --sort exclude each other: --by sorts by count");
        return false;
    }
    if (wishes->by_process && (kind_text || module_glob || symbol_glob)) {
        fail_usage("report",
                   "--by process goes with --process only, not --kind, --module, --symbol");
        return false;
    }
    return true;
}

static const struct report_format formats[] = {
    {"text", report_print_text, report_by_print_text},
    {"json", report_print_json, report_by_print_json},
    {"csv", report_print_csv, report_by_print_csv},
};

static bool parse_format(struct wishes *wishes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (!format_text || strcmp(formats[i].name, format_text) == 0) {
            wishes->format = &formats[i];
            return true;
        }
    }
    fail_usage("report", "unknown --format '%s': say text, json or csv", format_text);
    return false;
}

static cflow_kinds kinds_named(const char *name)
{
    int kind = cflow_kind_from_name(name);

    if (strcmp(name, "conditional") == 0) {
        return CFLOW_KIND_BIT(CFLOW_TAKEN) | CFLOW_KIND_BIT(CFLOW_NOT_TAKEN);
    }
    if (strcmp(name, "indirect") == 0) {
        return CFLOW_KIND_BIT(CFLOW_INDIRECT_JUMP) | CFLOW_KIND_BIT(CFLOW_INDIRECT_CALL);
    }
    return kind >= 0 ? CFLOW_KIND_BIT(kind) : 0;
}

/* Kinds that a view can show at all. */
static cflow_kinds kinds_of(enum report_sort sort)
{
    return sort == REPORT_FAULTS ? CFLOW_FAULT_KINDS | CFLOW_KIND_BIT(CFLOW_SIGNAL_RETURN) |
                                       CFLOW_KIND_BIT(CFLOW_RETRY)
                                 : CFLOW_SITE_KINDS;
}

static bool parse_kinds(struct wishes *wishes)
{
    /* What record --last-at asks for may be reached by any transfer. */
    cflow_kinds possible = wishes->by || history ? ~(cflow_kinds)0 : kinds_of(wishes->sort);
    g_auto(GStrv) names = g_strsplit(kind_text ? kind_text : "", ",", -1);

    if (kind_text && wishes->by && wishes->by->of_blocks) {
        fail_usage("report", "--kind and --by %s exclude each other", by_text);
        return false;
    }
    wishes->kinds = kind_text                       ? 0
                    : wishes->by                    ? ~CFLOW_ARTEFACT_KINDS
                    : history                       ? ~(cflow_kinds)0
                    : wishes->sort == REPORT_FAULTS ? CFLOW_FAULT_KINDS
                                                    : CFLOW_SITE_KINDS;
    for (char **name = names; *name; name++) {
        cflow_kinds kinds = kinds_named(*name);
        if (!kinds) {
            fail_usage("report", "unknown --kind '%s': say taken, call, return, signal, ...",
                       *name);
            return false;
        }
        if (!(kinds & possible)) {
            bool fault = (kinds & kinds_of(REPORT_FAULTS)) != 0;
            fail_usage("report", "--kind %s is not among the %s%s", *name,
                       wishes->sort == REPORT_FAULTS ? "faults" : "branches",
                       fault ? ": add --sort faults" : "");
            return false;
        }
        wishes->kinds |= kinds & possible;
    }
    return true;
}

static bool parse_privileges(struct wishes *wishes)
{
    wishes->privileges =
        privilege_text ? cflow_privileges_parse(privilege_text) : CFLOW_ALL_PRIVILEGES;
    if (!wishes->privileges) {
        fail_usage("report",
                   "unknown --privilege '%s': say user, kernel, hypervisor, machine or unknown",
                   privilege_text);
        return false;
    }
    if (privilege_text && (history || wishes->by_loop || wishes->by_process)) {
        fail_usage("report", "--privilege goes with neither --history nor --by %s",
                   wishes->by_loop ? "loop" : "process");
        return false;
    }
    return true;
}

static bool parse_limit(struct wishes *wishes)
{
    wishes->limit = 10;
    if (limit_text &&
        !g_ascii_string_to_unsigned(limit_text, 10, 0, G_MAXUINT32, &wishes->limit, NULL)) {
        fail_usage("report", "bad --limit '%s': give a number, 0 for all", limit_text);
        return false;
    }
    return true;
}

static bool parse_wishes(int argc, char **argv, struct wishes *wishes)
{
    if (!verb_parse("report", &argc, &argv)) {
        return false;
    }
    if (argc > 1) {
        fail_usage("report", "unexpected argument '%s': profiles are given with -i", argv[1]);
        return false;
    }
    if (!term_set_color(color_text)) {
        fail_usage("report", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    return parse_sort(wishes) && parse_by(wishes) && parse_format(wishes) && parse_kinds(wishes) &&
           parse_privileges(wishes) && parse_limit(wishes);
}

bool report_is_conditional(const struct cflow_site *site)
{
    return site->kinds & (CFLOW_KIND_BIT(CFLOW_TAKEN) | CFLOW_KIND_BIT(CFLOW_NOT_TAKEN));
}

const char *report_site_kind(const struct cflow_site *site, const cflow_insn *insn)
{
    cflow_kinds kinds = site->kinds & CFLOW_SITE_KINDS;

    if (insn->class[0] && strcmp(insn->class, "plain") != 0 &&
        strcmp(insn->class, "unknown") != 0) {
        return insn->class;
    }
    if (kinds & CFLOW_KIND_BIT(CFLOW_TAKEN)) {
        return "conditional";
    }
    /* A predicated transfer is best named by what it does when it happens. */
    if (kinds & ~CFLOW_KIND_BIT(CFLOW_NOT_TAKEN)) {
        kinds &= ~CFLOW_KIND_BIT(CFLOW_NOT_TAKEN);
    }
    return kinds == CFLOW_KIND_BIT(CFLOW_NOT_TAKEN)
               ? "conditional"
               : cflow_kind_name((enum cflow_kind)g_bit_nth_lsf(kinds, -1));
}

/* Nearly always one way: at most one in a hundred goes the other. */
static bool is_biased(const struct cflow_site *site)
{
    return report_is_conditional(site) && site->total > 0 &&
           MIN(site->taken, site->not_taken) <= site->total / 100;
}

/* What of the program the user wants to see. */
struct report_filter {
    GPatternSpec *module, *symbol;
    int64_t last_module; /* and what was found for it */
    bool last_result;
};

static bool module_matches(struct report *report, struct report_filter *filter, int64_t id)
{
    if (!filter->module) {
        return true;
    }
    if (id != filter->last_module) {
        const struct cflow_module *module = cflow_profile_module(report->profile, id);
        g_autofree char *name = report_module_name(module);
        filter->last_module = id;
        filter->last_result = g_pattern_spec_match_string(filter->module, name) ||
                              g_pattern_spec_match_string(filter->module, module->path);
    }
    return filter->last_result;
}

/* With its parameters or without. */
static bool function_matches(const struct report_filter *filter, const char *name)
{
    if (!name || g_pattern_spec_match_string(filter->symbol, name)) {
        return name != NULL;
    }
    g_autofree char *brief = words_short_function(name);
    return g_pattern_spec_match_string(filter->symbol, brief);
}

bool report_place_matches(struct report *report, struct report_filter *filter, int64_t module,
                          uint64_t offset)
{
    struct report_place place;

    if (!module_matches(report, filter, module)) {
        return false;
    }
    if (!filter->symbol) {
        return true;
    }
    report_find_place(report, module, offset, &place);
    for (size_t i = 0; i < place.n_inlined; i++) {
        if (function_matches(filter, place.frames[i].function)) {
            return true;
        }
    }
    return function_matches(filter, place.symbol);
}

static int compare_counts(int64_t a, int64_t b)
{
    return a == b ? 0 : a > b ? -1 : 1;
}

/*
 * One-sidedness weighed with how often that was seen: executions per one that
 * went the rarer way, which for branches that never did is their count.
 */
static int compare_bias(const struct cflow_site *a, const struct cflow_site *b)
{
    __int128 left = (__int128)a->total * (MIN(b->taken, b->not_taken) + (__int128)1);
    __int128 right = (__int128)b->total * (MIN(a->taken, a->not_taken) + (__int128)1);

    return left == right ? 0 : left > right ? -1 : 1;
}

/* Equal ones stay in the order of their addresses. */
static int compare_sites(const void *pa, const void *pb, void *data)
{
    const struct report *report = data;
    size_t ia = *(const size_t *)pa, ib = *(const size_t *)pb;
    const struct cflow_site *a = &report->flow->sites[ia], *b = &report->flow->sites[ib];
    int order = 0;

    if (report->sort == REPORT_DESTINATIONS) {
        order = compare_counts(a->destinations, b->destinations);
    } else if (report->sort == REPORT_BIAS) {
        order = compare_bias(a, b);
    }
    order = order ? order : compare_counts(a->total, b->total);
    return order ? order : ia < ib ? -1 : 1;
}

/*
 * Adds site @i to the rows.  With a limit the rows are kept sorted and cut: ten
 * out of a million do not need a million sorted.
 */
static void keep_site(struct report *report, size_t i, guint64 limit)
{
    guint low = 0, high = report->rows->len;

    report->n_matching++;
    if (limit == 0) {
        g_array_append_val(report->rows, i);
        return;
    }
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (compare_sites(&g_array_index(report->rows, size_t, middle), &i, report) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < limit) {
        g_array_insert_val(report->rows, low, i);
        g_array_set_size(report->rows, (guint)MIN(report->rows->len, limit));
    }
}

static void select_sites(struct report *report, const struct wishes *wishes,
                         struct report_filter *filter)
{
    for (size_t i = 0; i < report->flow->n_sites; i++) {
        const struct cflow_site *site = &report->flow->sites[i];
        if ((site->kinds & wishes->kinds) && site->total > 0 &&
            (wishes->sort != REPORT_BIAS || is_biased(site)) &&
            report_place_matches(report, filter, site->module, site->offset)) {
            keep_site(report, i, wishes->limit);
        }
    }
    if (wishes->limit == 0) {
        g_array_sort_with_data(report->rows, compare_sites, report);
    }
}

static void select_faults(struct report *report, const struct wishes *wishes,
                          struct report_filter *filter)
{
    for (size_t i = 0; i < report->flow->n_faults; i++) {
        const struct cflow_fault *fault = &report->flow->faults[i];
        if ((CFLOW_KIND_BIT(fault->kind) & wishes->kinds) && fault->count > 0 &&
            report_place_matches(report, filter, fault->src_module, fault->src) &&
            (report->n_matching++ < wishes->limit || wishes->limit == 0)) {
            g_array_append_val(report->rows, i); /* they come sorted */
        }
    }
}

static void choose_rows(struct report *report, const struct wishes *wishes,
                        struct report_filter *filter)
{
    report->sort = wishes->sort;
    if (wishes->sort == REPORT_FAULTS) {
        select_faults(report, wishes, filter);
    } else {
        select_sites(report, wishes, filter);
    }
}

/* Before anything is printed, so that a damaged file yields one line only. */
static bool load_insns(struct report *report, GError **error)
{
    for (guint i = 0; i < report->rows->len; i++) {
        size_t row = g_array_index(report->rows, size_t, i);
        cflow_insn *insn;
        if (report->sort == REPORT_FAULTS) {
            const struct cflow_fault *fault = &report->flow->faults[row];
            insn = cflow_query_insn(report->profile, fault->src_module, fault->src, error);
        } else {
            const struct cflow_site *site = &report->flow->sites[row];
            insn = cflow_query_insn(report->profile, site->module, site->offset, error);
        }
        if (!insn) {
            return false;
        }
        g_ptr_array_add(report->insns, insn);
    }
    return true;
}

static void free_insn(gpointer insn)
{
    cflow_insn_free(insn);
}

static void start_pager(const struct wishes *wishes)
{
    if (!no_pager && wishes->format->print == report_print_text) {
        term_start_pager();
    }
}

static bool print_rows(struct report *report, const struct wishes *wishes,
                       struct report_filter *filter, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_autoptr(GPtrArray) insns = g_ptr_array_new_with_free_func(free_insn);

    report->rows = rows;
    report->insns = insns;
    choose_rows(report, wishes, filter);
    if (!load_insns(report, error)) {
        return false;
    }
    start_pager(wishes);
    wishes->format->print(report);
    return true;
}

static bool print_groups(struct report *report, const struct wishes *wishes,
                         struct report_filter *filter, GError **error)
{
    g_autoptr(report_groups) groups =
        report_by_group(report, wishes->by, filter, wishes->kinds, wishes->limit, error);

    if (!groups) {
        return false;
    }
    start_pager(wishes);
    wishes->format->print_groups(report, groups);
    return true;
}

/* Loops are found in graphs of functions: nothing here but the options is theirs. */
static int print_loops(const struct wishes *wishes)
{
    const struct report_loop_wishes loops = {
        .module = module_glob,
        .symbol = symbol_glob,
        .limit = wishes->limit,
        .json = wishes->format->print == report_print_json,
        .pager = !no_pager,
    };
    struct graph_input graph;

    if (kind_text || wishes->format->print == report_print_csv) {
        return fail_usage("report", "--by loop goes with neither --kind nor --format csv");
    }
    int status = graph_open(&graph, input, process_text, symbol_options_resolver())
                     ? report_loops(&graph, &loops)
                     : STATUS_FAILURE;
    graph_close(&graph);
    return status;
}

int cmd_report(int argc, char **argv)
{
    struct wishes wishes;
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = NULL;
    g_autoptr(GArray) ids = NULL;
    g_autoptr(cflow_flow) flow = NULL;
    g_autoptr(cflow_symbols) symbols = NULL;
    struct report report = {0};
    bool good;

    if (!parse_wishes(argc, argv, &wishes)) {
        return STATUS_USAGE;
    }
    if (wishes.by_loop) {
        return print_loops(&wishes);
    }
    symbols = symbol_options_resolver();
    if (!symbols) {
        return STATUS_FAILURE;
    }
    profile = cflow_profile_open(input ? input : "cflow.db", &error);
    ids = profile ? report_process_select(profile, process_text, &error) : NULL;
    if (ids && wishes.by_process) {
        start_pager(&wishes);
        report_process_print(profile, ids, wishes.limit, format_text ? format_text : "text");
        return STATUS_OK;
    }
    flow = ids && report_process_choose(profile, process_text, &error)
               ? cflow_query_part(profile, wishes.privileges, &error)
               : NULL;
    if (!flow) {
        return fail("%s", error->message);
    }
    struct report_filter filter = {
        .module = module_glob ? g_pattern_spec_new(module_glob) : NULL,
        .symbol = symbol_glob ? g_pattern_spec_new(symbol_glob) : NULL,
        .last_module = -1,
    };
    report.profile = profile;
    report.flow = flow;
    report.processes = ids;
    report.symbols = symbols;
    report.privileges = wishes.privileges;
    report.no_inline = no_inline;
    report.strings = g_string_chunk_new(1024);
    if (history || by_interrupt) {
        start_pager(&wishes);
    }
    good = history        ? report_print_history(&report, &filter, wishes.format, wishes.kinds,
                                                 wishes.limit, &error)
           : by_interrupt ? report_print_interrupts(&report, &filter, wishes.format, wishes.kinds,
                                                    wishes.limit)
           : wishes.by    ? print_groups(&report, &wishes, &filter, &error)
                          : print_rows(&report, &wishes, &filter, &error);
    g_clear_pointer(&filter.module, g_pattern_spec_free);
    g_clear_pointer(&filter.symbol, g_pattern_spec_free);
    g_string_chunk_free(report.strings);
    return good ? STATUS_OK : fail("%s", error->message);
}
