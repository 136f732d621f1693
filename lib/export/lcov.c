/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracefile of lcov, as geninfo(1) describes it ("FILES"), for genhtml and
 * everything else that reads it.
 *
 * lcov 2 checks that lines, functions and branches agree, and stops where they do
 * not.  What is written is what it accepts; where a fact of the profile does not
 * fit, a note says so:
 *
 * - left out are branches of a line that ran while none of its branches did (a
 *   call before them did not return), and, in optimised code, branches that ran
 *   of a line that did not, or is none of the lines;
 * - so are lines behind the end of the source file, if that can be read: it is
 *   not the one that was compiled;
 * - so are functions whose lines tell something else than they do.
 */
#include <string.h>

#include "lib/coverage/coverage.h"
#include "lib/export/formats.h"

struct lcov {
    const struct cflow_export *export;
    FILE *out;
    size_t strange_branches, strange_functions; /* left out */
    size_t unnameable;                          /* files left out */
};

/* The number of lines in the file @path; UINT_MAX if that cannot be read. */
static unsigned count_source_lines(const char *path)
{
    g_autoptr(GMappedFile) file = /* not a pipe, which could wait for ever */
        g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_mapped_file_new(path, FALSE, NULL) : NULL;
    const char *text = file ? g_mapped_file_get_contents(file) : NULL;
    size_t size = file ? g_mapped_file_get_length(file) : 0;
    unsigned lines = 0;

    if (!file) {
        return UINT_MAX;
    }
    for (const char *at = text; size; lines++) {
        const char *end = memchr(at, '\n', size);
        size_t length = end ? (size_t)(end - at) + 1 : size;
        at += length;
        size -= length;
    }
    return lines;
}

/*
 * @name without what the format cannot hold: a comma ends a name in some
 * readers, the end of a line in all.  g_free() it.
 */
static char *clean_name(const char *name)
{
    return g_strdelimit(g_strdup(name), ",\n\r", ';');
}

/* Names have to differ within a file; "name#LINE" does, for one that does not. */
static char *unique_name(GHashTable *names, const struct cflow_coverage_function *f)
{
    char *name = clean_name(f->name);

    if (g_hash_table_contains(names, name)) {
        char *longer = g_strdup_printf("%s#%u", name, f->line);
        g_free(name);
        name = longer;
    }
    g_hash_table_add(names, g_strdup(name));
    return name;
}

/* Whether the lines from @first to @last have one that ran. */
static bool ran(const struct cflow_coverage_file *file, unsigned first, unsigned last)
{
    bool hit = false;

    for (size_t i = 0; i < file->n_lines && file->lines[i].line <= last; i++) {
        if (file->lines[i].line >= first) {
            hit = hit || file->lines[i].count > 0;
        }
    }
    return hit;
}

/*
 * Which functions can be told.  lcov takes one to reach to the next, and wants a
 * line of code at its beginning, and one there that ran if, and only if, it did.
 * Functions of one line are one to it.  From the last one on, since what is left
 * out makes the one before it longer.
 */
static void choose_functions(const struct cflow_coverage_file *file, unsigned last_line,
                             bool *chosen)
{
    unsigned end = last_line;

    for (size_t next = file->n_functions, first; next > 0; next = first) {
        const struct cflow_coverage_function *f = file->functions;
        bool called = false, fits;
        for (first = next; first > 0 && f[first - 1].line == f[next - 1].line; first--) {
            called = called || f[first - 1].count > 0;
        }
        fits = f[first].line <= end && cflow_coverage_line_at(file, f[first].line) &&
               ran(file, f[first].line, end) == called;
        for (size_t i = first; i < next; i++) {
            chosen[i] = fits;
        }
        end = fits ? f[first].line - 1 : end;
    }
}

static void put_functions(struct lcov *lcov, const struct cflow_coverage_file *file,
                          unsigned last_line)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) counts = g_string_new(NULL);
    g_autofree bool *chosen = g_new0(bool, file->n_functions);
    size_t found = 0, hit = 0;

    choose_functions(file, last_line, chosen);
    for (size_t i = 0; i < file->n_functions; i++) {
        const struct cflow_coverage_function *f = &file->functions[i];
        if (!chosen[i]) {
            lcov->strange_functions++;
            continue;
        }
        g_autofree char *name = unique_name(names, f);
        fprintf(lcov->out, "FN:%u,%s\n", f->line, name);
        g_string_append_printf(counts, "FNDA:%" G_GINT64_FORMAT ",%s\n", f->count, name);
        found++;
        hit += f->count > 0;
    }
    fprintf(lcov->out, "%sFNF:%zu\nFNH:%zu\n", counts->str, found, hit);
}

/* One branch: a block with the outcomes 0, taken, and 1, not taken. */
static void put_branch(FILE *out, const struct cflow_coverage_branch *b, size_t block)
{
    int64_t outcomes[] = {b->taken, b->not_taken};

    for (int i = 0; i < 2; i++) {
        fprintf(out, "BRDA:%u,%zu,%d,", b->line, block, i);
        if (cflow_coverage_outcomes(b)) {
            fprintf(out, "%" G_GINT64_FORMAT "\n", outcomes[i]);
        } else {
            fputs("-\n", out);
        }
    }
}

/* One switch: a block with an outcome for each destination. */
static void put_switch(FILE *out, const struct cflow_coverage_switch *s, size_t block)
{
    for (size_t i = 0; i < s->n_destinations; i++) {
        fprintf(out, "BRDA:%u,%zu,%zu,", s->line, block, i);
        if (s->count > 0) {
            fprintf(out, "%" G_GINT64_FORMAT "\n", s->destinations[i].count);
        } else {
            fputs("-\n", out);
        }
    }
}

/* How many branches and switches of @file are not behind @last_line. */
static size_t count_branches(const struct cflow_coverage_file *file, unsigned last_line)
{
    size_t n = 0;

    for (size_t i = 0; i < file->n_branches; i++) {
        n += file->branches[i].line <= last_line;
    }
    for (size_t i = 0; i < file->n_switches; i++) {
        n += file->switches[i].line <= last_line;
    }
    return n;
}

static void put_branches(struct lcov *lcov, const struct cflow_coverage_file *file,
                         unsigned last_line)
{
    size_t found = 0, hit = 0, told = 0;

    for (size_t i = 0; i < file->n_lines && file->lines[i].line <= last_line; i++) {
        const struct cflow_coverage_line *line = &file->lines[i];
        size_t n, n_switches, seen = 0;
        const struct cflow_coverage_branch *b = cflow_coverage_branches_at(file, line->line, &n);
        const struct cflow_coverage_switch *s =
            cflow_coverage_switches_at(file, line->line, &n_switches);
        for (size_t j = 0; j < n; j++) {
            seen += cflow_coverage_outcomes(&b[j]);
        }
        for (size_t j = 0; j < n_switches; j++) {
            seen += cflow_coverage_seen(&s[j]);
        }
        if ((line->count > 0) != (seen > 0)) {
            continue;
        }
        for (size_t j = 0; j < n; j++) {
            put_branch(lcov->out, &b[j], j);
        }
        for (size_t j = 0; j < n_switches; j++) {
            put_switch(lcov->out, &s[j], n + j);
            found += s[j].n_destinations;
        }
        found += 2 * n;
        told += n + n_switches;
        hit += seen;
    }
    lcov->strange_branches += count_branches(file, last_line) - told;
    fprintf(lcov->out, "BRF:%zu\nBRH:%zu\n", found, hit);
}

static void put_lines(struct lcov *lcov, const struct cflow_coverage_file *file, unsigned last_line)
{
    size_t found = 0, hit = 0;

    for (size_t i = 0; i < file->n_lines && file->lines[i].line <= last_line; i++) {
        const struct cflow_coverage_line *line = &file->lines[i];
        fprintf(lcov->out, "DA:%u,%" G_GINT64_FORMAT "\n", line->line, line->count);
        found++;
        hit += line->count > 0;
    }
    fprintf(lcov->out, "LF:%zu\nLH:%zu\n", found, hit);
}

/* lcov wants a path as it is, and whoever looks at the file no control characters. */
static bool is_nameable(const char *path)
{
    while (*path && !g_ascii_iscntrl(*path)) {
        path++;
    }
    return !*path;
}

static void put_file(struct lcov *lcov, const struct cflow_coverage_file *file)
{
    unsigned length = count_source_lines(file->path);
    unsigned last = file->lines[file->n_lines - 1].line;

    if (!is_nameable(file->path)) {
        lcov->unnameable++;
        return;
    }
    if (last > length) {
        cflow_export_note(lcov->export,
                          "%s has %u lines, the program has code of line %u: it is not the source "
                          "that was compiled, and what lies behind its end is left out",
                          file->path, length, last);
        if (file->lines[0].line > length) {
            return;
        }
        last = length;
    }
    fprintf(lcov->out, "TN:\nSF:%s\n", file->path);
    put_functions(lcov, file, last);
    put_branches(lcov, file, last);
    put_lines(lcov, file, last);
    fputs("end_of_record\n", lcov->out);
}

static void put_notes(const struct lcov *lcov, const cflow_coverage *coverage)
{
    if (lcov->strange_branches) {
        cflow_export_note(lcov->export,
                          "%zu branches that ran and their lines did not, or the other way round, "
                          "are left out: lcov does not accept them",
                          lcov->strange_branches);
    }
    if (lcov->strange_functions) {
        cflow_export_note(lcov->export,
                          "%zu functions that ran and their lines did not, or the other way round, "
                          "are left out: lcov does not accept them",
                          lcov->strange_functions);
    }
    if (lcov->unnameable) {
        cflow_export_note(lcov->export,
                          "%zu files with control characters in their names are left out",
                          lcov->unnameable);
    }
    if (coverage->no_decoder) {
        cflow_export_note(lcov->export, "no branches: there is no decoder for %s",
                          cflow_profile_meta(lcov->export->profile, "isa"));
    }
    if (coverage->open) {
        cflow_export_note(lcov->export,
                          "%zu indirect jumps, %zu of which ran, are not among the branches: where "
                          "they can go is not certain",
                          coverage->open, coverage->open_hit);
    }
    if (coverage->unplaced) {
        cflow_export_note(lcov->export,
                          "%" G_GINT64_FORMAT " times a block was left at an unknown place; what "
                          "may not have run of it counts as not run",
                          coverage->unplaced);
    }
}

static bool write_lcov(const struct cflow_export *export, FILE *out, GError **error)
{
    struct lcov lcov = {.export = export, .out = out};

    if (export->function) {
        g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_SELECTION,
                    "lcov is made of whole source files: leave out --function");
        return false;
    }
    g_autoptr(cflow_coverage) coverage =
        cflow_coverage_new(export->profile, export->symbols, &export->module, 1, NULL, NULL, error);

    if (!coverage) {
        return false;
    }
    for (size_t i = 0; i < coverage->n_files; i++) {
        put_file(&lcov, &coverage->files[i]);
    }
    put_notes(&lcov, coverage);
    return true;
}

const struct cflow_export_format cflow_export_lcov = {
    .name = "lcov",
    .summary = "coverage of lines, functions and branches",
    .output = "cflow.info",
    .reader = "genhtml --branch-coverage -o html FILE",
    .one_module = true,
    .write = write_lcov,
};
