/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/coverage.h"
#include "tool/report-process.h"
#include "tool/symbol-options.h"
#include "tool/term.h"
#include "tool/verbs.h"

static char *input, *module_glob, *lines_of, *fail_under_text, *format_text, *color_text;
static char **sources, **excludes;
static gboolean branches, no_pager;

static char *process_text;

const GOptionEntry cmd_coverage_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input, "profile to read (default cflow.db)", "FILE"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"module", 'm', 0, G_OPTION_ARG_FILENAME, &module_glob,
     "modules with this name or path (default: the program)", "GLOB"},
    {"source", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &sources, "only sources below this directory",
     "DIR"},
    {"exclude", 'x', 0, G_OPTION_ARG_FILENAME_ARRAY, &excludes, "no sources with this name or path",
     "GLOB"},
    {"branches", 'b', 0, G_OPTION_ARG_NONE, &branches,
     "list branches that never ran or went only one way", NULL},
    {"lines", 'l', 0, G_OPTION_ARG_FILENAME, &lines_of, "print this source with counts", "FILE"},
    {"fail-under", 0, 0, G_OPTION_ARG_FILENAME, &fail_under_text,
     "exit with status 1 if fewer lines ran than so many in a hundred", "PERCENT"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    SYMBOL_OPTION_ENTRIES,
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "print straight to the terminal", NULL},
    G_OPTION_ENTRY_NULL,
};

struct wishes {
    char **files;      /* arguments: only these sources */
    GPtrArray *below;  /* directories of --source, canonical */
    double fail_under; /* 0: never */
    bool json;
};

static bool parse_wishes(int argc, char **argv, struct wishes *wishes)
{
    char *end = NULL;

    if (!verb_parse("coverage", &argc, &argv)) {
        return false;
    }
    wishes->files = argv + 1;
    if (!term_set_color(color_text)) {
        fail_usage("coverage", "unknown --color '%s': say auto, always or never", color_text);
        return false;
    }
    wishes->json = format_text && strcmp(format_text, "json") == 0;
    if (format_text && !wishes->json && strcmp(format_text, "text") != 0) {
        fail_usage("coverage", "unknown --format '%s': say text or json", format_text);
        return false;
    }
    wishes->fail_under = fail_under_text ? g_ascii_strtod(fail_under_text, &end) : 0;
    if (fail_under_text && (end == fail_under_text || *end || !(wishes->fail_under >= 0) ||
                            wishes->fail_under > 100)) {
        fail_usage("coverage", "bad --fail-under '%s': give a number from 0 to 100",
                   fail_under_text);
        return false;
    }
    for (char **dir = sources; dir && *dir; dir++) {
        g_ptr_array_add(wishes->below, g_canonicalize_filename(*dir, NULL));
    }
    return true;
}

/* Whether @path is what the user calls @name: the path, the end of it, or a pattern of either. */
static bool is_called(const char *path, const char *name)
{
    size_t length = strlen(path), n = strlen(name);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *full = g_canonicalize_filename(name, NULL);

    return strcmp(path, name) == 0 || strcmp(path, full) == 0 ||
           (n < length && path[length - n - 1] == '/' && strcmp(path + length - n, name) == 0) ||
           g_pattern_match_simple(name, path) || g_pattern_match_simple(name, base);
}

static bool is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    return strncmp(path, dir, n) == 0 && (path[n] == '/' || (n > 0 && dir[n - 1] == '/'));
}

/* A cflow_coverage_wanted. */
static bool is_wanted(const char *path, void *data)
{
    const struct wishes *wishes = data;
    bool found = wishes->below->len == 0;

    for (guint i = 0; !found && i < wishes->below->len; i++) {
        found = is_below(path, g_ptr_array_index(wishes->below, i));
    }
    for (char **glob = excludes; found && glob && *glob; glob++) {
        found = !is_called(path, *glob);
    }
    if (!found || !wishes->files[0]) {
        return found;
    }
    for (char **file = wishes->files; *file; file++) {
        if (is_called(path, *file)) {
            return true;
        }
    }
    return false;
}

/* Appends the modules that are to be covered; returns false after having said why there are none.
 */
static bool find_modules(cflow_profile *profile, GPtrArray *found)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(profile, &n);
    const struct cflow_process *first = cflow_profile_first_process(profile);
    const char *own = first ? first->path : NULL;
    bool machine = g_strcmp0(cflow_profile_meta(profile, "mode"), "system") == 0;

    for (size_t i = 0; machine && !module_glob && i < n; i++) {
        if (strcmp(modules[i].kind, "elf") == 0) { /* what the machine was given to run */
            g_ptr_array_add(found, (gpointer)&modules[i]);
        }
    }
    if (machine && found->len) {
        return true;
    }
    own = machine ? "[guest]" : own; /* else all of its code */
    for (size_t i = 0; i < n; i++) {
        if (modules[i].id != CFLOW_MODULE_OUTSIDE &&
            (module_glob ? is_called(modules[i].path, module_glob)
                         : own && strcmp(modules[i].path, own) == 0)) {
            g_ptr_array_add(found, (gpointer)&modules[i]);
        }
    }
    if (found->len == 0 && module_glob) {
        fail("no code of module '%s' in %s: 'qemu-cflow info' lists the modules", module_glob,
             cflow_profile_path(profile));
    } else if (found->len == 0) {
        fail("say for which --module: %s does not tell which is the program's own, "
             "and 'qemu-cflow info' lists them",
             cflow_profile_path(profile));
    }
    return found->len > 0;
}

/* The file of --lines; NULL after having said why there is none. */
static const struct cflow_coverage_file *find_listed(const cflow_coverage *coverage)
{
    const struct cflow_coverage_file *found = NULL;

    for (size_t i = 0; i < coverage->n_files; i++) {
        const struct cflow_coverage_file *file = &coverage->files[i];
        if (!is_called(file->path, lines_of)) {
            continue;
        }
        if (found) {
            fail("several sources are called '%s', say which: %s, %s", lines_of, found->path,
                 file->path);
            return NULL;
        }
        found = file;
    }
    if (!found) {
        fail("no code of '%s' in the program: 'qemu-cflow coverage' lists the sources", lines_of);
    }
    return found;
}

const char *coverage_short_path(const char *path)
{
    g_autofree char *here = g_get_current_dir();

    return is_below(path, here) && strcmp(here, "/") != 0 ? path + strlen(here) + 1 : path;
}

static void print_view(const struct coverage_view *view, bool json)
{
    if (json) {
        coverage_print_json(view);
        return;
    }
    if (!no_pager) {
        term_start_pager();
    }
    if (view->listed) {
        coverage_print_listing(view);
    } else if (view->branches) {
        coverage_print_branches(view);
    } else {
        coverage_print_files(view);
    }
}

static int judge(const cflow_coverage *coverage, double fail_under)
{
    const struct cflow_coverage_totals *t = &coverage->totals;
    double percent = 100.0 * (double)t->lines_hit / (double)t->lines;

    /* With the numbers that it was made of: 89.96 does not print as 90.0. */
    return percent < fail_under ? fail("%zu of %zu lines ran, %.2f %%: under %g %%", t->lines_hit,
                                       t->lines, percent, fail_under)
                                : STATUS_OK;
}

static int run(const struct wishes *wishes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) modules = g_ptr_array_new();
    g_autoptr(cflow_symbols) symbols = symbol_options_resolver();
    g_autoptr(cflow_profile) profile = NULL;

    if (!symbols) {
        return STATUS_FAILURE;
    }
    profile = cflow_profile_open(input ? input : "cflow.db", &error);
    if (!profile || !report_process_choose(profile, process_text, &error)) {
        return fail("%s", error->message);
    }
    if (!find_modules(profile, modules)) {
        return STATUS_FAILURE;
    }
    g_autoptr(cflow_coverage) coverage =
        cflow_coverage_new(profile, symbols, (const struct cflow_module *const *)modules->pdata,
                           modules->len, is_wanted, (void *)wishes, &error);
    if (!coverage) {
        const GPtrArray *warnings = cflow_symbols_warnings(symbols);
        const char *why = warnings->len ? g_ptr_array_index(warnings, 0) : NULL;
        bool no_lines = g_error_matches(error, CFLOW_COVERAGE_ERROR, CFLOW_COVERAGE_ERROR_NO_LINES);
        return fail("%s", no_lines && why ? why : error->message);
    }
    struct coverage_view view = {profile, symbols, coverage, NULL, symbol_options.sysroot,
                                 branches};
    if (lines_of && !(view.listed = find_listed(coverage))) {
        return STATUS_FAILURE;
    }
    print_view(&view, wishes->json);
    return judge(coverage, wishes->fail_under);
}

int cmd_coverage(int argc, char **argv)
{
    struct wishes wishes = {.below = g_ptr_array_new_with_free_func(g_free)};
    int status = parse_wishes(argc, argv, &wishes) ? run(&wishes) : STATUS_USAGE;

    g_ptr_array_unref(wishes.below);
    return status;
}
