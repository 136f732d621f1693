/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/coverage/coverage.h"

#include <string.h>

#include "lib/coverage/gather.h"

GQuark cflow_coverage_error_quark(void)
{
    return g_quark_from_static_string("cflow-coverage-error-quark");
}

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Interned paths: equal ones are the same pointer. */
static int compare_files(const char *a, const char *b)
{
    return a == b ? 0 : strcmp(a, b);
}

static int compare_lines(const void *pa, const void *pb)
{
    const struct gathered_line *a = pa, *b = pb;
    int order = compare_files(a->file, b->file);

    if (order == 0 && a->line != b->line) {
        order = a->line < b->line ? -1 : 1;
    }
    return order ? order : a->instance < b->instance ? -1 : a->instance > b->instance;
}

static int compare_branches(const void *pa, const void *pb)
{
    const struct gathered_branch *a = pa, *b = pb;
    int order = compare_files(a->file, b->file);

    if (order == 0 && a->branch.line != b->branch.line) {
        order = a->branch.line < b->branch.line ? -1 : 1;
    }
    if (order == 0 && a->branch.module->id != b->branch.module->id) {
        order = a->branch.module->id < b->branch.module->id ? -1 : 1;
    }
    return order                                   ? order
           : a->branch.address < b->branch.address ? -1
                                                   : a->branch.address > b->branch.address;
}

static int compare_switches(const void *pa, const void *pb)
{
    const struct gathered_switch *a = pa, *b = pb;
    int order = compare_files(a->file, b->file);

    if (order == 0 && a->what.line != b->what.line) {
        order = a->what.line < b->what.line ? -1 : 1;
    }
    if (order == 0 && a->what.module->id != b->what.module->id) {
        order = a->what.module->id < b->what.module->id ? -1 : 1;
    }
    return order                               ? order
           : a->what.address < b->what.address ? -1
                                               : a->what.address > b->what.address;
}

static int compare_names(const void *pa, const void *pb)
{
    const struct gathered_function *a = pa, *b = pb;
    int order = compare_files(a->file, b->file);

    return order ? order : strcmp(a->function.name, b->function.name);
}

/* By name; declared ones before inlined ones, of which the first line is the first. */
static int compare_copies(const void *pa, const void *pb)
{
    const struct gathered_function *a = pa, *b = pb;
    int order = compare_names(pa, pb);

    if (order == 0 && a->inlined != b->inlined) {
        order = a->inlined ? 1 : -1;
    }
    return order                                 ? order
           : a->function.line < b->function.line ? -1
                                                 : a->function.line > b->function.line;
}

static int compare_functions(const void *pa, const void *pb)
{
    const struct gathered_function *a = pa, *b = pb;
    int order = compare_files(a->file, b->file);

    if (order == 0 && a->function.line != b->function.line) {
        order = a->function.line < b->function.line ? -1 : 1;
    }
    return order ? order : strcmp(a->function.name, b->function.name);
}

/*
 * Makes one of all that are the same function: of one declaration, or inlined
 * and of the same name.
 */
static void merge_functions(GArray *functions)
{
    struct gathered_function *f = (struct gathered_function *)(void *)functions->data;
    guint kept = 0;

    if (functions->len == 0) {
        return;
    }
    g_array_sort(functions, compare_copies);
    for (guint i = 1; i < functions->len; i++) {
        bool same = compare_names(&f[kept], &f[i]) == 0 &&
                    (f[i].inlined || f[i].function.line == f[kept].function.line);
        if (same) {
            f[kept].function.count = add_saturated(f[kept].function.count, f[i].function.count);
        } else {
            f[++kept] = f[i];
        }
    }
    g_array_set_size(functions, kept + 1);
    g_array_sort(functions, compare_functions);
}

/* The highest count of each instance, and of these the sum. */
static void merge_lines(GArray *lines)
{
    struct gathered_line *l = (struct gathered_line *)(void *)lines->data;
    guint kept = 0;

    g_array_sort(lines, compare_lines);
    for (guint i = 0, next; i < lines->len; i = next) {
        struct gathered_line sum = l[i];
        sum.count = 0;
        for (next = i;
             next < lines->len && l[next].file == l[i].file && l[next].line == l[i].line;) {
            unsigned instance = l[next].instance;
            int64_t highest = 0;
            for (; next < lines->len && compare_files(l[next].file, sum.file) == 0 &&
                   l[next].line == sum.line && l[next].instance == instance;
                 next++) {
                highest = MAX(highest, l[next].count);
            }
            sum.count = add_saturated(sum.count, highest);
        }
        l[kept++] = sum;
    }
    g_array_set_size(lines, kept);
}

static void count_file(struct cflow_coverage_file *file)
{
    struct cflow_coverage_totals *t = &file->totals;

    t->lines = file->n_lines;
    t->functions = file->n_functions;
    t->branches = 2 * file->n_branches;
    for (size_t i = 0; i < file->n_lines; i++) {
        t->lines_hit += file->lines[i].count > 0;
    }
    for (size_t i = 0; i < file->n_functions; i++) {
        t->functions_hit += file->functions[i].count > 0;
    }
    for (size_t i = 0; i < file->n_branches; i++) {
        t->branches_hit += cflow_coverage_outcomes(&file->branches[i]);
    }
    for (size_t i = 0; i < file->n_switches; i++) {
        t->branches += file->switches[i].n_destinations;
        t->branches_hit += cflow_coverage_seen(&file->switches[i]);
    }
}

static void add_totals(struct cflow_coverage_totals *sum, const struct cflow_coverage_totals *t)
{
    sum->lines += t->lines;
    sum->lines_hit += t->lines_hit;
    sum->functions += t->functions;
    sum->functions_hit += t->functions_hit;
    sum->branches += t->branches;
    sum->branches_hit += t->branches_hit;
}

/* Puts a function that was only inlined to its first line that has code. */
static void move_inlined(const struct cflow_coverage_file *file,
                         const struct gathered_function *gathered)
{
    for (size_t i = 0, l = 0; i < file->n_functions; i++) {
        while (l < file->n_lines && file->lines[l].line < file->functions[i].line) {
            l++;
        }
        if (gathered[i].inlined && l < file->n_lines) {
            file->functions[i].line = file->lines[l].line;
        }
    }
}

/* The elements of @array, which begin with the path of a file, that are of @path. */
static guint take(const GArray *array, const char *path, guint *at)
{
    const guint size = g_array_get_element_size((GArray *)array);
    guint n = 0;

    for (; *at < array->len; ++*at) {
        const char *file = *(const char *const *)(const void *)(array->data + (gsize)*at * size);
        if (file == path) {
            n++;
        } else if (n > 0 || strcmp(file, path) > 0) {
            break;
        } /* else of a file without a line of code */
    }
    return n;
}

/* Moves what was gathered into arrays. */
static void move_all(cflow_coverage *c, const struct gather *g)
{
    for (guint i = 0; i < g->lines->len; i++) {
        const struct gathered_line *l = &g_array_index(g->lines, struct gathered_line, i);
        struct cflow_coverage_line line = {l->line, l->count};
        g_array_append_val(c->lines, line);
    }
    for (guint i = 0; i < g->branches->len; i++) {
        g_array_append_val(c->branches,
                           g_array_index(g->branches, struct gathered_branch, i).branch);
    }
    for (guint i = 0; i < g->functions->len; i++) {
        g_array_append_val(c->functions,
                           g_array_index(g->functions, struct gathered_function, i).function);
    }
    g_array_append_vals(c->destinations, g->destinations->data, g->destinations->len);
    for (guint i = 0; i < g->switches->len; i++) {
        const struct gathered_switch *s = &g_array_index(g->switches, struct gathered_switch, i);
        struct cflow_coverage_switch what = s->what;
        what.destinations =
            (const struct cflow_coverage_destination *)(void *)c->destinations->data + s->first;
        g_array_append_val(c->switches, what);
    }
}

/* Gives each file its part of the arrays. */
static void fill(cflow_coverage *c, const struct gather *g)
{
    GArray *files = g_array_new(FALSE, TRUE, sizeof(struct cflow_coverage_file));

    move_all(c, g);
    for (guint l = 0, b = 0, s = 0, f = 0; l < g->lines->len;) {
        struct cflow_coverage_file file = {
            .path = g_array_index(g->lines, struct gathered_line, l).file,
        };
        file.n_lines = take(g->lines, file.path, &l);
        file.lines = (struct cflow_coverage_line *)(void *)c->lines->data + l - file.n_lines;
        file.n_branches = take(g->branches, file.path, &b);
        file.branches =
            (struct cflow_coverage_branch *)(void *)c->branches->data + b - file.n_branches;
        file.n_switches = take(g->switches, file.path, &s);
        file.switches =
            (struct cflow_coverage_switch *)(void *)c->switches->data + s - file.n_switches;
        file.n_functions = take(g->functions, file.path, &f);
        file.functions =
            (struct cflow_coverage_function *)(void *)c->functions->data + f - file.n_functions;
        move_inlined(&file,
                     (struct gathered_function *)(void *)g->functions->data + f - file.n_functions);
        count_file(&file);
        add_totals(&c->totals, &file.totals);
        g_array_append_val(files, file);
    }
    c->n_files = files->len;
    c->files = (struct cflow_coverage_file *)(void *)g_array_free(files, FALSE);
}

static cflow_coverage *finish(struct gather *g)
{
    cflow_coverage *c = g_new0(cflow_coverage, 1);

    c->lines = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_line));
    c->branches = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_branch));
    c->switches = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_switch));
    c->destinations = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_destination));
    c->functions = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_function));
    merge_lines(g->lines);
    g_array_sort(g->branches, compare_branches);
    g_array_sort(g->switches, compare_switches);
    merge_functions(g->functions);
    fill(c, g);
    c->unplaced = g->unplaced;
    c->indirect = g->indirect;
    c->indirect_hit = g->indirect_hit;
    c->open = g->open;
    c->open_hit = g->open_hit;
    c->no_decoder = g->isa == NULL;
    c->strings = g_steal_pointer(&g->strings);
    return c;
}

static bool gather_modules(struct gather *g, const struct cflow_module *const *modules, size_t n,
                           GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!gather_module(g, modules[i], error)) {
            return false;
        }
    }
    if (!g->any_lines) {
        g_set_error(error, CFLOW_COVERAGE_ERROR, CFLOW_COVERAGE_ERROR_NO_LINES,
                    "%s: no line numbers; compile with -g, or say where its debug information is "
                    "with --symbols FILE",
                    n ? modules[0]->path : "no module");
    } else if (g->lines->len == 0) {
        g_set_error(error, CFLOW_COVERAGE_ERROR, CFLOW_COVERAGE_ERROR_NO_LINES,
                    "%s: none of its source files is wanted", modules[0]->path);
    }
    return g->lines->len > 0;
}

cflow_coverage *cflow_coverage_new(cflow_profile *profile, cflow_symbols *symbols,
                                   const struct cflow_module *const *modules, size_t n,
                                   cflow_coverage_wanted wanted, void *data, GError **error)
{
    const char *isa = cflow_profile_meta(profile, "isa");
    g_autoptr(cflow_flow) flow = cflow_query(profile, error);
    cflow_coverage *coverage = NULL;

    if (!flow) {
        return NULL;
    }
    struct gather g = {
        .profile = profile,
        .symbols = symbols,
        .flow = flow,
        .isa = isa ? isa_find(isa) : NULL,
        .wanted = wanted,
        .data = data,
        .strings = g_string_chunk_new(4096),
        .paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .instances =
            g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL),
        .lines = g_array_new(FALSE, FALSE, sizeof(struct gathered_line)),
        .branches = g_array_new(FALSE, FALSE, sizeof(struct gathered_branch)),
        .switches = g_array_new(FALSE, FALSE, sizeof(struct gathered_switch)),
        .destinations = g_array_new(FALSE, FALSE, sizeof(struct cflow_coverage_destination)),
        .functions = g_array_new(FALSE, FALSE, sizeof(struct gathered_function)),
    };
    if (gather_modules(&g, modules, n, error)) {
        coverage = finish(&g);
    }
    g_clear_pointer(&g.strings, g_string_chunk_free);
    g_hash_table_unref(g.paths);
    g_hash_table_unref(g.instances);
    g_array_unref(g.lines);
    g_array_unref(g.branches);
    g_array_unref(g.switches);
    g_array_unref(g.destinations);
    g_array_unref(g.functions);
    return coverage;
}

void cflow_coverage_free(cflow_coverage *coverage)
{
    if (coverage) {
        g_free(coverage->files);
        g_array_unref(coverage->lines);
        g_array_unref(coverage->branches);
        g_array_unref(coverage->switches);
        g_array_unref(coverage->destinations);
        g_array_unref(coverage->functions);
        g_string_chunk_free(coverage->strings);
        g_free(coverage);
    }
}

const struct cflow_coverage_line *cflow_coverage_line_at(const struct cflow_coverage_file *file,
                                                         unsigned line)
{
    size_t low = 0, high = file->n_lines;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->lines[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < file->n_lines && file->lines[low].line == line ? &file->lines[low] : NULL;
}

const struct cflow_coverage_branch *
cflow_coverage_branches_at(const struct cflow_coverage_file *file, unsigned line, size_t *n)
{
    size_t low = 0, high = file->n_branches, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->branches[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (end = low; end < file->n_branches && file->branches[end].line == line; end++) {
    }
    *n = end - low;
    return file->branches + low;
}

const struct cflow_coverage_switch *
cflow_coverage_switches_at(const struct cflow_coverage_file *file, unsigned line, size_t *n)
{
    size_t low = 0, high = file->n_switches, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->switches[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (end = low; end < file->n_switches && file->switches[end].line == line; end++) {
    }
    *n = end - low;
    return file->switches + low;
}

size_t cflow_coverage_seen(const struct cflow_coverage_switch *what)
{
    size_t seen = 0;

    for (size_t i = 0; i < what->n_destinations; i++) {
        seen += what->destinations[i].count > 0;
    }
    return seen;
}
