/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "tool/coverage.h"
#include "tool/table.h"
#include "tool/term.h"
#include "tool/words.h"

/* --- files and totals --------------------------------------------------------- */

static void cell_percent(table *table, size_t column, size_t hit, size_t found)
{
    double percent = found ? 100.0 * (double)hit / (double)found : 0;

    if (found == 0) {
        table_cell(table, column, "-");
    } else if (hit > 0 && percent < 0.05) {
        table_cell(table, column, "<0.1");
    } else if (hit < found && percent >= 99.95) {
        table_cell(table, column, ">99.9");
    } else {
        table_cell(table, column, "%.1f", percent);
    }
}

static void cells_pair(table *table, size_t column, size_t hit, size_t found)
{
    table_cell(table, column, "%zu/%zu", hit, found);
    cell_percent(table, column + 1, hit, found);
}

static void row_totals(table *table, const struct cflow_coverage_totals *t, const char *name)
{
    table_row(table, false);
    cells_pair(table, 0, t->lines_hit, t->lines);
    cells_pair(table, 2, t->branches_hit, t->branches);
    cells_pair(table, 4, t->functions_hit, t->functions);
    table_cell(table, 6, "%s", name);
}

/* What limits the numbers above it. */
static void print_notes(const struct coverage_view *view)
{
    const GPtrArray *warnings = cflow_symbols_warnings(view->symbols);
    g_autofree char *exactness = cflow_profile_exactness(view->profile);

    if (strcmp(exactness, "exact") != 0) {
        g_autofree char *clean = term_escape(exactness);
        printf("\n%snote: counts are %s%s\n", term_on(TERM_BAD), clean, term_off(TERM_BAD));
    }
    if (view->coverage->unplaced) {
        printf("\nnote: %" G_GINT64_FORMAT " times a block was left at an unknown place; what may "
               "not have run of it counts as not run\n",
               view->coverage->unplaced);
    }
    if (view->coverage->open) {
        bool one = view->coverage->open == 1;
        printf("\nnote: %zu indirect jump%s, %zu of which ran, %s not enumerated: where %s can go "
               "is not certain, and is not among the branches\n",
               view->coverage->open, one ? "" : "s", view->coverage->open_hit, one ? "is" : "are",
               one ? "it" : "they");
    }
    if (view->coverage->no_decoder) {
        printf("\nnote: branches are not known: there is no decoder for this instruction set\n");
    }
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(warnings, i));
        printf("\nnote: %s\n", clean);
    }
}

void coverage_print_files(const struct coverage_view *view)
{
    static const struct column columns[] = {
        {"lines", true, false, TERM_PLAIN},     {"%", true, false, TERM_PLAIN},
        {"branches", true, false, TERM_PLAIN},  {"%", true, false, TERM_PLAIN},
        {"functions", true, false, TERM_PLAIN}, {"%", true, false, TERM_PLAIN},
        {"file", false, false, TERM_NAME},
    };
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));

    for (size_t i = 0; i < view->coverage->n_files; i++) {
        const struct cflow_coverage_file *file = &view->coverage->files[i];
        row_totals(t, &file->totals, coverage_short_path(file->path));
    }
    row_totals(t, &view->coverage->totals, "total");
    table_print(t);
    print_notes(view);
}

/* --- branches that did not go both ways ---------------------------------------- */

static const char *what_lacks(const struct cflow_coverage_branch *b)
{
    return b->taken ? "always taken" : b->not_taken ? "never taken" : "never ran";
}

static void row_branch(table *table, const struct cflow_coverage_file *file,
                       const struct cflow_coverage_branch *b)
{
    g_autofree char *function = words_short_function(b->function ? b->function : "");

    table_row(table, false);
    table_cell(table, 0, "%" G_GINT64_FORMAT, b->taken);
    table_cell(table, 1, "%" G_GINT64_FORMAT, b->not_taken);
    table_cell(table, 2, "%s", what_lacks(b));
    table_cell(table, 3, "0x%" G_GINT64_MODIFIER "x", b->address);
    table_cell(table, 4, "%s", function);
    table_cell(table, 5, "%s:%u", coverage_short_path(file->path), b->line);
}

/* A line for a switch that never ran, or one for each place that it did not go to. */
static size_t rows_switch(table *table, const struct cflow_coverage_file *file,
                          const struct cflow_coverage_switch *s)
{
    g_autofree char *function = words_short_function(s->function ? s->function : "");
    size_t listed = 0;

    for (size_t i = 0; i < s->n_destinations && (s->count > 0 || listed == 0); i++) {
        const struct cflow_coverage_destination *d = &s->destinations[i];
        if (d->count > 0) {
            continue;
        }
        table_row(table, false);
        table_cell(table, 0, "0x%" G_GINT64_MODIFIER "x", s->address);
        table_cell(table, 1, "%s", function);
        table_cell(table, 2, "%s:%u", coverage_short_path(file->path), s->line);
        if (s->count == 0) {
            table_cell(table, 4, "never ran, %zu destinations", s->n_destinations);
        } else if (d->line) {
            table_cell(table, 3, "0x%" G_GINT64_MODIFIER "x", d->address);
            table_cell(table, 4, "%s:%u", coverage_short_path(d->file), d->line);
        } else {
            table_cell(table, 3, "0x%" G_GINT64_MODIFIER "x", d->address);
        }
        listed++;
    }
    return s->n_destinations - cflow_coverage_seen(s);
}

static void print_switches(const cflow_coverage *c)
{
    static const struct column columns[] = {
        {"switch", true, false, TERM_FAINT},       {"function", false, true, TERM_NAME},
        {"line", false, false, TERM_PLAIN},        {"destination", true, false, TERM_FAINT},
        {"never came to", false, false, TERM_BAD},
    };
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));
    size_t missing = 0, all = 0;

    for (size_t i = 0; i < c->n_files; i++) {
        for (size_t j = 0; j < c->files[i].n_switches; j++) {
            all += c->files[i].switches[j].n_destinations;
            missing += rows_switch(t, &c->files[i], &c->files[i].switches[j]);
        }
    }
    if (all) {
        printf("\n%sdestinations of switches that never came up, %zu of %zu%s\n",
               term_on(TERM_TITLE), missing, all, term_off(TERM_TITLE));
    }
    if (missing) {
        putchar('\n');
        table_print(t);
    }
}

void coverage_print_branches(const struct coverage_view *view)
{
    static const struct column columns[] = {
        {"taken", true, false, TERM_PLAIN},   {"not taken", true, false, TERM_PLAIN},
        {"branch", false, false, TERM_BAD},   {"address", true, false, TERM_FAINT},
        {"function", false, true, TERM_NAME}, {"line", false, false, TERM_PLAIN},
    };
    const cflow_coverage *c = view->coverage;
    g_autoptr(table) t = table_new(columns, G_N_ELEMENTS(columns));
    size_t listed = 0, all = 0;

    for (size_t i = 0; i < c->n_files; i++) {
        const struct cflow_coverage_file *file = &c->files[i];
        all += file->n_branches;
        for (size_t j = 0; j < file->n_branches; j++) {
            if (cflow_coverage_outcomes(&file->branches[j]) < 2) {
                row_branch(t, file, &file->branches[j]);
                listed++;
            }
        }
    }
    printf("%sbranches that did not go both ways, %zu of %zu%s\n", term_on(TERM_TITLE), listed, all,
           term_off(TERM_TITLE));
    if (listed) {
        putchar('\n');
        table_print(t);
    }
    print_switches(c);
    print_notes(view);
}

/* --- a source with counts -------------------------------------------------------- */

/* The text of the regular file @path; NULL if it cannot be read. */
static char *read_regular(const char *path)
{
    char *text = NULL;

    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) { /* a pipe could wait for ever */
        g_file_get_contents(path, &text, NULL, NULL);
    }
    return text;
}

/* The text of the source; NULL if it cannot be read. */
static char *read_source(const struct coverage_view *view)
{
    char *text = read_regular(view->listed->path);

    if (!text && view->sysroot) {
        g_autofree char *below = g_build_filename(view->sysroot, view->listed->path, NULL);
        text = read_regular(below);
    }
    return text;
}

static void print_branches_of(const struct coverage_view *view, unsigned line)
{
    size_t n;
    const struct cflow_coverage_branch *b = cflow_coverage_branches_at(view->listed, line, &n);

    for (size_t i = 0; i < n; i++) {
        enum term_style style = cflow_coverage_outcomes(&b[i]) < 2 ? TERM_BAD : TERM_FAINT;
        printf("%12s  %s", "", term_on(style));
        if (cflow_coverage_outcomes(&b[i])) {
            printf("branch 0x%" G_GINT64_MODIFIER "x: taken %" G_GINT64_FORMAT
                   ", not taken %" G_GINT64_FORMAT,
                   b[i].address, b[i].taken, b[i].not_taken);
        } else {
            printf("branch 0x%" G_GINT64_MODIFIER "x: never ran", b[i].address);
        }
        printf("%s\n", term_off(style));
    }
}

static void print_switches_of(const struct coverage_view *view, unsigned line)
{
    size_t n;
    const struct cflow_coverage_switch *s = cflow_coverage_switches_at(view->listed, line, &n);

    for (; n > 0; n--, s++) {
        enum term_style style = cflow_coverage_seen(s) < s->n_destinations ? TERM_BAD : TERM_FAINT;
        printf("%12s  %sswitch 0x%" G_GINT64_MODIFIER "x: ", "", term_on(style), s->address);
        if (s->count == 0) {
            printf("never ran, %zu destinations%s\n", s->n_destinations, term_off(style));
            continue;
        }
        printf("%zu of %zu destinations%s\n", cflow_coverage_seen(s), s->n_destinations,
               term_off(style));
        for (size_t i = 0; i < s->n_destinations; i++) {
            const struct cflow_coverage_destination *d = &s->destinations[i];
            style = d->count ? TERM_FAINT : TERM_BAD;
            printf("%12s  %s  to 0x%" G_GINT64_MODIFIER "x, line %u: %" G_GINT64_FORMAT "%s\n", "",
                   term_on(style), d->address, d->line, d->count, term_off(style));
        }
    }
}

/* @text with tabs as blanks, as a terminal would show them in the first column. */
static char *expand_tabs(const char *text)
{
    GString *out = g_string_new(NULL);
    gsize column = 0;

    for (; *text; text++) {
        if (*text == '\t') {
            do {
                g_string_append_c(out, ' ');
            } while (++column % 8);
        } else {
            g_string_append_c(out, *text);
            column += ((unsigned char)*text & 0xc0) != 0x80; /* not within a character */
        }
    }
    return g_string_free(out, FALSE);
}

/* gcov's columns: how often, or - for no code and ##### for never; line; text. */
static void print_line(const struct coverage_view *view, unsigned number, const char *text)
{
    const struct cflow_coverage_line *line = cflow_coverage_line_at(view->listed, number);
    g_autofree char *expanded = expand_tabs(text);
    g_autofree char *clean = term_escape(expanded);
    char count[24] = "-";

    if (line && line->count == 0) {
        g_strlcpy(count, "#####", sizeof(count));
    } else if (line) {
        g_snprintf(count, sizeof(count), "%" G_GINT64_FORMAT, line->count);
    }
    enum term_style style = !line ? TERM_FAINT : line->count ? TERM_PLAIN : TERM_BAD;
    printf("%s%12s:%5u:%s%s\n", term_on(style), count, number, clean, term_off(style));
    if (view->branches) {
        print_branches_of(view, number);
        print_switches_of(view, number);
    }
}

void coverage_print_listing(const struct coverage_view *view)
{
    const struct cflow_coverage_file *file = view->listed;
    g_autofree char *text = read_source(view);
    g_autofree char *path = term_escape(file->path);
    g_autofree char *name = term_escape(coverage_short_path(file->path));
    unsigned last = file->lines[file->n_lines - 1].line, number = 0;

    printf("%12s:%5u:Source:%s\n", "-", 0, name);
    for (char *line = text, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = '\0', 1) : 0;
        g_strchomp(line);
        print_line(view, ++number, line);
    }
    for (size_t i = 0; i < file->n_lines; i++) { /* without a source, or behind its end */
        if (file->lines[i].line > number) {
            print_line(view, file->lines[i].line, "");
        }
    }
    if (!text) {
        printf("\nnote: %s cannot be read; only lines with code are listed\n", path);
    } else if (last > number) {
        printf("\nnote: %s has %u lines, the program has code of line %u: it is not the source "
               "that was compiled\n",
               path, number, last);
    }
    print_notes(view);
}
