/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/export/export.h"
#include "tool/output.h"
#include "tool/report-process.h"
#include "tool/symbol-options.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/verbs.h"

static char *input, *output_path, *format_text, *module_name, *function, *limit_text;
static gboolean list;

static char *process_text;

const GOptionEntry cmd_export_options[] = {
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "what to write; see below",
     "EXPORT-FORMAT"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output_path,
     "file to write, - for standard output (default: see --list)", "FILE"},
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input, "profile to read (default cflow.db)", "FILE"},
    {"process", 'p', 0, G_OPTION_ARG_FILENAME, &process_text,
     "only processes with this id, name or path", "PID|GLOB"},
    {"module", 'm', 0, G_OPTION_ARG_FILENAME, &module_name,
     "only the module with this name or path", "GLOB"},
    {"function", 'F', 0, G_OPTION_ARG_FILENAME, &function, "only this function", "NAME"},
    {"limit", 'n', 0, G_OPTION_ARG_FILENAME, &limit_text,
     "nodes of a graph (default: the format's)", "N"},
    SYMBOL_OPTION_ENTRIES,
    {"list", 'l', 0, G_OPTION_ARG_NONE, &list, "print the formats, and what reads them", NULL},
    G_OPTION_ENTRY_NULL,
};

struct wishes {
    const struct cflow_export_format *format;
    guint64 limit;
};

char *cmd_export_describe(void)
{
    GString *text = g_string_new("Formats:");

    for (size_t i = 0; cflow_export_formats[i]; i++) {
        const struct cflow_export_format *format = cflow_export_formats[i];
        g_string_append_printf(text, "\n  %-13s %s", format->name, format->summary);
    }
    return g_string_free(text, FALSE);
}

static int print_list(void)
{
    static const struct column columns[] = {
        {"format", false, false, TERM_NAME},
        {"what it is", false, false, TERM_PLAIN},
        {"default output", false, false, TERM_PLAIN},
        {"read by", false, false, TERM_PLAIN},
    };
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));

    term_set_color(NULL);
    for (size_t i = 0; cflow_export_formats[i]; i++) {
        const struct cflow_export_format *format = cflow_export_formats[i];
        table_row(t, false);
        table_cell(t, 0, "%s", format->name);
        table_cell(t, 1, "%s", format->summary);
        table_cell(t, 2, "%s", format->output ? format->output : "standard output");
        table_cell(t, 3, "%s", format->reader ? format->reader : "");
    }
    table_print(t);
    return STATUS_OK;
}

static bool parse_format(struct wishes *wishes)
{
    if (!format_text) {
        fail_usage("export", "say which --format: 'qemu-cflow export --list' prints them");
        return false;
    }
    wishes->format = cflow_export_format_find(format_text);
    if (!wishes->format) {
        fail_usage("export", "unknown --format '%s': 'qemu-cflow export --list' prints them",
                   format_text);
    }
    return wishes->format != NULL;
}

static bool parse_wishes(int argc, char **argv, struct wishes *wishes)
{
    if (!verb_parse("export", &argc, &argv)) {
        return false;
    }
    if (argc > 1) {
        fail_usage("export", "unexpected argument '%s': profiles are given with -i", argv[1]);
        return false;
    }
    if (limit_text &&
        !g_ascii_string_to_unsigned(limit_text, 10, 1, G_MAXUINT32, &wishes->limit, NULL)) {
        fail_usage("export", "bad --limit '%s': give a number from 1", limit_text);
        return false;
    }
    return list || parse_format(wishes);
}

/* The last part of a module's path; g_free() it. */
static char *short_name(const struct cflow_module *module)
{
    return module->path[0] == '/' ? g_path_get_basename(module->path) : g_strdup(module->path);
}

/* Whether the user means @module: a path, a name, or a pattern for either. */
static bool is_wanted(const struct cflow_module *module)
{
    g_autofree char *name = short_name(module);

    return module->id != CFLOW_MODULE_OUTSIDE &&
           (strcmp(module->path, module_name) == 0 || strcmp(name, module_name) == 0 ||
            g_pattern_match_simple(module_name, module->path) ||
            g_pattern_match_simple(module_name, name));
}

static bool find_named_module(struct cflow_export *export)
{
    size_t n, found = 0;
    const struct cflow_module *modules = cflow_profile_modules(export->profile, &n);
    g_autoptr(GString) names = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        if (is_wanted(&modules[i])) {
            export->module = &modules[i];
            g_string_append_printf(names, "%s%s", found++ ? ", " : "", modules[i].path);
        }
    }
    if (found == 0) {
        fail("no code of module '%s' in %s: 'qemu-cflow info' lists the modules", module_name,
             cflow_profile_path(export->profile));
    } else if (found > 1) {
        fail("several modules are called '%s', say which: %s", module_name, names->str);
    }
    return found == 1;
}

/* The module of the first process's own program, or the one file that a machine was given. */
static bool find_own_module(struct cflow_export *export)
{
    size_t n, n_files = 0;
    const struct cflow_module *modules = cflow_profile_modules(export->profile, &n);
    const struct cflow_process *first = cflow_profile_first_process(export->profile);
    const char *path = first ? first->path : NULL;

    if (g_strcmp0(cflow_profile_meta(export->profile, "mode"), "system") == 0) {
        for (size_t i = 0; i < n; i++) {
            if (strcmp(modules[i].kind, "elf") == 0) {
                export->module = &modules[i];
                n_files++;
            }
        }
        path = NULL;
    }
    if (n_files == 1) {
        return true;
    }
    for (size_t i = 0; path && i < n; i++) {
        if (modules[i].id != CFLOW_MODULE_OUTSIDE && strcmp(modules[i].path, path) == 0) {
            export->module = &modules[i];
            return true;
        }
    }
    fail("say for which --module: %s does not tell which is the program's own, "
         "and 'qemu-cflow info' lists them",
         cflow_profile_path(export->profile));
    return false;
}

static bool find_module(struct cflow_export *export, const struct cflow_export_format *format)
{
    if (module_name) {
        return find_named_module(export);
    }
    return !format->one_module || find_own_module(export);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat sa, sb;

    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

/* Where to write; NULL after having said why not there. */
static output *open_output(const struct wishes *wishes, const char *profile)
{
    const char *path = output_path ? output_path : wishes->format->output;
    g_autoptr(GError) error = NULL;

    if (path && strcmp(path, "-") != 0 && is_same_file(path, profile)) {
        fail("%s is the profile itself; name another file with -o", path);
        return NULL;
    }
    if ((!path || strcmp(path, "-") == 0) && wishes->format->binary && term_is_terminal()) {
        fail("%s is no text for a terminal; name a file with -o", wishes->format->name);
        return NULL;
    }
    output *out = output_open(path, &error);
    if (!out) {
        fail("%s", error->message);
    }
    return out;
}

/* What limits the counts, and what the format could not say. */
static void print_notes(const struct cflow_export *export)
{
    const GPtrArray *warnings = cflow_symbols_warnings(export->symbols);
    g_autofree char *exactness = cflow_profile_exactness(export->profile);

    if (strcmp(exactness, "exact") != 0) {
        fail("note: the profile is %s", exactness);
    }
    for (guint i = 0; i < export->notes->len; i++) {
        fail("note: %s", (const char *)g_ptr_array_index(export->notes, i));
    }
    for (guint i = 0; i < warnings->len; i++) {
        fail("note: %s", (const char *)g_ptr_array_index(warnings, i));
    }
}

/* "wrote x.out; read it with: callgrind_annotate x.out" */
static void print_success(const struct cflow_export_format *format, const char *path)
{
    if (format->reader && strstr(format->reader, "FILE")) {
        g_auto(GStrv) parts = g_strsplit(format->reader, "FILE", -1);
        g_autofree char *command = g_strjoinv(path, parts);
        fail("wrote %s; read it with: %s", path, command);
    } else {
        fail("wrote %s", path);
    }
}

static int write_output(const struct cflow_export *export, const struct wishes *wishes)
{
    const char *path = output_path ? output_path : wishes->format->output;
    g_autoptr(GError) error = NULL;
    g_autoptr(output) out = open_output(wishes, cflow_profile_path(export->profile));

    if (!out) {
        return STATUS_FAILURE;
    }
    if (!wishes->format->write(export, output_file(out), &error) || !output_commit(out, &error)) {
        return fail("%s", error->message);
    }
    print_notes(export);
    if (!output_is_stdout(out)) {
        print_success(wishes->format, path);
    }
    return STATUS_OK;
}

int cmd_export(int argc, char **argv)
{
    struct wishes wishes = {NULL, 0};
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = NULL;
    g_autoptr(cflow_symbols) symbols = NULL;
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
    if (!parse_wishes(argc, argv, &wishes)) {
        return STATUS_USAGE;
    }
    if (list) {
        return print_list();
    }
    profile = cflow_profile_open(input ? input : "cflow.db", &error);
    if (!profile || !report_process_choose(profile, process_text, &error)) {
        return fail("%s", error->message);
    }
    symbols = symbol_options_resolver();
    if (!symbols) {
        return STATUS_FAILURE;
    }
    struct cflow_export export = {
        .profile = profile,
        .symbols = symbols,
        .function = function,
        .limit = wishes.limit,
        .notes = notes,
    };
    return find_module(&export, wishes.format) ? write_output(&export, &wishes) : STATUS_FAILURE;
}
