/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/profile/check.h"
#include "lib/profile/profile.h"
#include "lib/symbols/identity.h"
#include "tool/term.h"
#include "tool/verbs.h"
#include "tool/words.h"

static char **inputs;
static char *format_text, *sysroot, *color_text;
static gboolean quiet;

const GOptionEntry cmd_check_options[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &inputs,
     "profile to check (default cflow.db); the same as an argument", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format_text, "default text", "text|json"},
    {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &sysroot, "look for modules here, too", "DIR"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "print only what failed", NULL},
    {"color", 0, 0, G_OPTION_ARG_FILENAME, &color_text, "use colour: auto, always or never",
     "WHEN"},
    G_OPTION_ENTRY_NULL,
};

/* What became of one profile. */
struct outcome {
    const char *path;
    char *error;        /* it could not be opened; or NULL */
    GPtrArray *results; /* struct cflow_check; or NULL */
    GPtrArray *notes;   /* char *: modules whose files are others now */
    bool passed;
};

static const char *const status_names[] = {
    [CFLOW_CHECK_OK] = "ok",
    [CFLOW_CHECK_FAILED] = "FAILED",
    [CFLOW_CHECK_SKIPPED] = "skipped",
};

/* The file that a report would take names from: is it the recorded one? */
static char *note_on(const struct cflow_module *module)
{
    g_autofree char *below = sysroot ? g_build_filename(sysroot, module->path, NULL) : NULL;
    const char *candidates[] = {module->path, below};
    g_autofree char *note = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(candidates) && candidates[i]; i++) {
        g_autofree char *id = NULL;
        enum cflow_identity found = cflow_file_build_id(candidates[i], &id);
        if (found == CFLOW_IDENTITY_ELF && g_strcmp0(id, module->build_id) == 0) {
            return NULL;
        }
        if (found == CFLOW_IDENTITY_ELF) {
            g_free(note);
            note = g_strdup_printf("%s has build-id %s, the recorded file had %s", candidates[i],
                                   id ? id : "none", module->build_id ? module->build_id : "none");
        }
    }
    return note ? g_steal_pointer(&note) : g_strdup_printf("%s is not there", module->path);
}

static void find_notes(const cflow_profile *profile, GPtrArray *notes)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(profile, &n);

    for (size_t i = 0; i < n; i++) {
        char *note = strcmp(modules[i].kind, "elf") == 0 ? note_on(&modules[i]) : NULL;
        if (note) {
            g_ptr_array_add(notes, note);
        }
    }
}

static void examine(const char *path, struct outcome *outcome)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_profile) profile = cflow_profile_open(path, &error);

    outcome->path = path;
    outcome->notes = g_ptr_array_new_with_free_func(g_free);
    if (!profile) {
        outcome->error = g_strdup(error->message);
        return;
    }
    outcome->results = cflow_check(profile);
    outcome->passed = true;
    for (guint i = 0; i < outcome->results->len; i++) {
        const struct cflow_check *check = g_ptr_array_index(outcome->results, i);
        outcome->passed = outcome->passed && check->status != CFLOW_CHECK_FAILED;
    }
    find_notes(profile, outcome->notes);
}

static void outcome_clear(struct outcome *outcome)
{
    g_free(outcome->error);
    g_clear_pointer(&outcome->results, g_ptr_array_unref);
    g_ptr_array_unref(outcome->notes);
}

static void print_line(const char *status, enum term_style style, const char *name,
                       const char *detail)
{
    g_autofree char *clean = term_escape(detail);

    printf("  %s%-7s%s  %-15s  %s\n", term_on(style), status, term_off(style), name, clean);
}

static void print_text(const struct outcome *outcome)
{
    g_autofree char *path = term_escape(outcome->path);

    if (outcome->error) {
        fail("%s", outcome->error);
        return;
    }
    printf("%s%s%s: %s\n", term_on(TERM_TITLE), path, term_off(TERM_TITLE),
           outcome->passed ? "passed" : "FAILED");
    for (guint i = 0; i < outcome->results->len; i++) {
        const struct cflow_check *check = g_ptr_array_index(outcome->results, i);
        bool failed = check->status == CFLOW_CHECK_FAILED;
        if (failed || !quiet) {
            print_line(status_names[check->status], failed ? TERM_BAD : TERM_GOOD, check->name,
                       check->detail);
        }
    }
    for (guint i = 0; i < outcome->notes->len && !quiet; i++) {
        print_line("note", TERM_FAINT, "module", g_ptr_array_index(outcome->notes, i));
    }
}

/* What to check: those of -i, then the arguments. */
static GPtrArray *find_paths(int argc, char **argv)
{
    GPtrArray *paths = g_ptr_array_new();

    for (char **path = inputs; path && *path; path++) {
        g_ptr_array_add(paths, *path);
    }
    for (int i = 1; i < argc; i++) {
        g_ptr_array_add(paths, argv[i]);
    }
    if (paths->len == 0) {
        g_ptr_array_add(paths, (gpointer) "cflow.db");
    }
    return paths;
}

static void add_json(JsonBuilder *b, const struct outcome *outcome)
{
    json_builder_begin_object(b);
    words_add_string(b, "file", outcome->path);
    words_add_bool(b, "passed", outcome->passed);
    words_add_string(b, "error", outcome->error);
    json_builder_set_member_name(b, "checks");
    json_builder_begin_array(b);
    for (guint i = 0; outcome->results && i < outcome->results->len; i++) {
        const struct cflow_check *check = g_ptr_array_index(outcome->results, i);
        json_builder_begin_object(b);
        words_add_string(b, "name", check->name);
        words_add_string(b, "status",
                         check->status == CFLOW_CHECK_FAILED ? "failed"
                                                             : status_names[check->status]);
        words_add_string(b, "detail", check->detail);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "notes");
    json_builder_begin_array(b);
    for (guint i = 0; i < outcome->notes->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(outcome->notes, i));
        json_builder_add_string_value(b, clean);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

int cmd_check(int argc, char **argv)
{
    g_autoptr(JsonBuilder) json = NULL;
    int status = STATUS_OK;

    if (!verb_parse("check", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (format_text && strcmp(format_text, "text") != 0 && strcmp(format_text, "json") != 0) {
        return fail_usage("check", "unknown --format '%s': say text or json", format_text);
    }
    if (!term_set_color(color_text)) {
        return fail_usage("check", "unknown --color '%s': say auto, always or never", color_text);
    }
    g_autoptr(GPtrArray) paths = find_paths(argc, argv);
    if (format_text && strcmp(format_text, "json") == 0) {
        json = json_builder_new();
        json_builder_begin_array(json);
    }
    for (guint i = 0; i < paths->len; i++) {
        struct outcome outcome = {0};
        examine(g_ptr_array_index(paths, i), &outcome);
        if (json) {
            add_json(json, &outcome);
        } else {
            print_text(&outcome);
        }
        status = outcome.passed ? status : STATUS_FAILURE;
        outcome_clear(&outcome);
    }
    if (json) {
        json_builder_end_array(json);
        words_print_json(json, TRUE);
        putchar('\n');
    }
    return term_finish() ? status : fail("cannot write: %s", g_strerror(errno));
}
