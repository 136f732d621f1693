/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/coverage/gather.h"

#include <string.h>

#include "lib/coverage/counts.h"
#include "lib/coverage/sites.h"

#define CFLOW_LOOP_KINDS                                                                           \
    (CFLOW_KIND_BIT(CFLOW_TAKEN) | CFLOW_KIND_BIT(CFLOW_JUMP) | CFLOW_KIND_BIT(CFLOW_INDIRECT_JUMP))

/* A place where a function was inlined. */
struct inlined {
    const char *function, *file;
    unsigned line;
    uint64_t first, last; /* lowest and highest address seen */
    int64_t highest;      /* count of any of its lines */
};

struct work {
    struct gather *g;
    const struct cflow_module *module;
    cflow_counts *counts;
    GPtrArray *jumps;    /* const struct cflow_edge *: within the module, by destination */
    GHashTable *homes;   /* start of a part that was moved away -> start of its function */
    GHashTable *inlined; /* instance number -> struct inlined */
    cflow_jumps *tables;
    struct cflow_sweep sweep;
    /* The function whose rows are being gathered, and the row at its start. */
    const struct cflow_function *function;
    struct cflow_line entry;
    GArray *sites; /* of struct cflow_static_site: of one row */
};

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* The file that @path names, interned; NULL if nobody wants it. */
static const char *find_file(struct gather *g, const char *path)
{
    gpointer found;

    if (!path) {
        return NULL;
    }
    if (!g_hash_table_lookup_extended(g->paths, path, NULL, &found)) {
        g_autofree char *plain =
            path[0] == '/' ? g_canonicalize_filename(path, NULL) : g_strdup(path);
        found = !g->wanted || g->wanted(plain, g->data)
                    ? g_string_chunk_insert_const(g->strings, plain)
                    : NULL;
        g_hash_table_insert(g->paths, g_strdup(path), found);
    }
    return found;
}

/* --- functions and their instances ------------------------------------------ */

/*
 * @name without what compilers append to names of copies and parts, which is
 * ".constprop.0" or, in a demangled name, " [clone .constprop.0]".
 */
static char *plain_name(const char *name, const char **suffix)
{
    const char *clone = strstr(name, " [clone .");

    *suffix = clone               ? clone + strlen(" [clone ")
              : strchr(name, '(') ? NULL
              : name[0] == '.'    ? NULL
                                  : strchr(name, '.');
    return clone     ? g_strndup(name, (gsize)(clone - name))
           : *suffix ? g_strndup(name, (gsize)(*suffix - name))
                     : g_strdup(name);
}

/* Code of a function that stands elsewhere, and is not entered from outside of it. */
static bool is_part(const char *suffix)
{
    return suffix && (g_str_has_prefix(suffix, ".cold") || g_str_has_prefix(suffix, ".part."));
}

static bool is_same_function(const struct cflow_function *a, const struct cflow_function *b)
{
    return a->line == b->line && g_strcmp0(a->file, b->file) == 0;
}

/* Finds for each moved part ("f.cold") the function of the same declaration. */
static void find_homes(struct work *w)
{
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(w->g->symbols, w->module->path, w->module->build_id, &n);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < n; i++) {
        if (functions[i].name) {
            g_hash_table_insert(by_name, (gpointer)functions[i].name, (gpointer)&functions[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const char *suffix = NULL;
        g_autofree char *plain = functions[i].name ? plain_name(functions[i].name, &suffix) : NULL;
        const struct cflow_function *home = suffix && g_str_has_prefix(suffix, ".cold")
                                                ? g_hash_table_lookup(by_name, plain)
                                                : NULL;
        if (home && is_same_function(home, &functions[i])) {
            g_hash_table_insert(w->homes, (gpointer)&functions[i].start, (gpointer)&home->start);
        }
    }
}

static unsigned instance_number(struct work *w, const GString *key)
{
    g_autoptr(GBytes) bytes = g_bytes_new(key->str, key->len);
    gpointer number = g_hash_table_lookup(w->g->instances, bytes);

    if (!number) {
        number = GUINT_TO_POINTER(g_hash_table_size(w->g->instances) + 1);
        g_hash_table_insert(w->g->instances, g_bytes_ref(bytes), number);
    }
    return GPOINTER_TO_UINT(number);
}

/* Begins an instance's name with the function that the code stands in. */
static void name_function(struct work *w, uint64_t address, GString *key)
{
    const struct cflow_function *function =
        cflow_symbols_function_at(w->g->symbols, w->module->path, w->module->build_id, address);
    const uint64_t *start = function ? &function->start : NULL;
    const uint64_t *home = start ? g_hash_table_lookup(w->homes, start) : NULL;

    g_string_append_len(key, (const char *)&w->module->id, sizeof(w->module->id));
    if (start) {
        g_string_append_len(key, (const char *)(home ? home : start), sizeof(*start));
    }
}

/* Notes that the code at @address, which ran @count times, is @frame's, inlined as @instance. */
static void note_inlined(struct work *w, unsigned instance, const struct cflow_frame *frame,
                         uint64_t address, int64_t count)
{
    struct inlined *in = g_hash_table_lookup(w->inlined, GUINT_TO_POINTER(instance));
    const char *file = find_file(w->g, frame->file);

    if (!in) {
        in = g_new0(struct inlined, 1);
        *in = (struct inlined){frame->function, file, frame->line, address, address, 0};
        g_hash_table_insert(w->inlined, GUINT_TO_POINTER(instance), in);
    }
    in->line = MIN(in->line, frame->line);
    in->first = MIN(in->first, address);
    in->last = MAX(in->last, address);
    in->highest = MAX(in->highest, count);
}

/*
 * The instance of a function that the code at @address belongs to: the function
 * that it stands in and the calls that were inlined, from the outermost one on.
 * *@function is set to the innermost function's name.
 */
static unsigned find_instance(struct work *w, uint64_t address, int64_t count,
                              const char **function)
{
    const struct cflow_frame *frames;
    g_autoptr(GString) key = g_string_new(NULL);
    size_t n =
        cflow_symbols_frames(w->g->symbols, w->module->path, w->module->build_id, address, &frames);

    *function = n ? frames[0].function : NULL;
    name_function(w, address, key);
    for (size_t i = n > 0 ? n - 1 : 0; i > 0; i--) {
        const struct cflow_frame *call = &frames[i], *frame = &frames[i - 1];
        g_string_append_printf(key, "%s@%u:%u;", frame->function ? frame->function : "", call->line,
                               call->column);
        if (frame->function && frame->line) {
            note_inlined(w, instance_number(w, key), frame, address, count);
        }
    }
    return instance_number(w, key);
}

static int compare_jumps(const void *pa, const void *pb)
{
    const struct cflow_edge *a = *(const struct cflow_edge *const *)pa;
    const struct cflow_edge *b = *(const struct cflow_edge *const *)pb;

    return a->dst < b->dst ? -1 : a->dst > b->dst;
}

static void find_jumps(struct work *w)
{
    const cflow_flow *flow = w->g->flow;

    for (size_t i = 0; i < flow->n_edges; i++) {
        struct cflow_edge *edge = &flow->edges[i];
        if (edge->src_module == w->module->id && edge->dst_module == w->module->id &&
            (CFLOW_LOOP_KINDS & CFLOW_KIND_BIT(edge->kind))) {
            g_ptr_array_add(w->jumps, edge);
        }
    }
    g_ptr_array_sort(w->jumps, compare_jumps);
}

/* How often @start was reached other than by jumps from @start to @last. */
static int64_t entered(const struct work *w, uint64_t start, uint64_t last)
{
    int64_t count = cflow_counts_at(w->counts, start);
    guint low = 0, high = w->jumps->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct cflow_edge *edge = g_ptr_array_index(w->jumps, middle);
        if (edge->dst < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < w->jumps->len; low++) {
        const struct cflow_edge *edge = g_ptr_array_index(w->jumps, low);
        if (edge->dst != start) {
            break;
        }
        if (edge->src >= start && edge->src <= last) {
            count -= MIN(count, edge->count);
        }
    }
    return count;
}

static void add_line(struct work *w, const char *file, unsigned line, unsigned instance,
                     int64_t count)
{
    struct gathered_line l = {file, line, instance, count};

    g_array_append_val(w->g->lines, l);
}

static void add_function(struct gather *g, const char *file, const char *name, unsigned line,
                         int64_t count, bool inlined)
{
    struct gathered_function f = {
        .file = file,
        .function = {g_string_chunk_insert_const(g->strings, name), line, count},
        .inlined = inlined,
    };
    g_array_append_val(g->functions, f);
}

static void gather_functions(struct work *w)
{
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(w->g->symbols, w->module->path, w->module->build_id, &n);
    GHashTableIter iter;
    gpointer value;

    for (size_t i = 0; i < n; i++) {
        const struct cflow_function *f = &functions[i];
        const char *file = f->line && f->name && f->size ? find_file(w->g, f->file) : NULL;
        const char *suffix = NULL;
        g_autofree char *name = file ? plain_name(f->name, &suffix) : NULL;
        if (name && !is_part(suffix)) {
            int64_t count = entered(w, f->start, f->start + f->size - 1);
            const char *innermost;
            add_function(w->g, file, name, f->line, count, false);
            add_line(w, file, f->line, find_instance(w, f->start, count, &innermost), count);
        }
    }
    g_hash_table_iter_init(&iter, w->inlined);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct inlined *in = value;
        int64_t count = entered(w, in->first, in->last);
        if (in->file) {
            add_function(w->g, in->file, in->function, in->line, count ? count : in->highest, true);
        }
    }
}

/* --- lines and branches ------------------------------------------------------ */

/* The branch at @address, as it went. */
static const struct cflow_site *find_site(const struct work *w, uint64_t address)
{
    const cflow_flow *flow = w->g->flow;
    size_t low = 0, high = flow->n_sites;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cflow_site *site = &flow->sites[middle];
        if (site->module < w->module->id ||
            (site->module == w->module->id && site->offset < address)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct cflow_site *site = low < flow->n_sites ? &flow->sites[low] : NULL;
    return site && site->module == w->module->id && site->offset == address ? site : NULL;
}

static void add_branch(struct work *w, const char *file, const struct cflow_line *row,
                       uint64_t address)
{
    const struct cflow_site *site = find_site(w, address);
    struct gathered_branch b = {
        .file = file,
        .branch =
            {
                .line = row->line,
                .module = w->module,
                .address = address,
                .taken = site ? site->taken : 0,
                .not_taken = site ? site->not_taken : 0,
            },
    };

    find_instance(w, address, add_saturated(b.branch.taken, b.branch.not_taken),
                  &b.branch.function);
    g_array_append_val(w->g->branches, b);
}

static void add_indirect(struct work *w, const char *file, const struct cflow_line *row,
                         uint64_t address)
{
    const struct cflow_site *site = find_site(w, address);
    const char *function;

    find_instance(w, address, site ? site->taken : 0, &function);
    gather_indirect(w->g, w->module, address, site, cflow_jumps_at(w->tables, address), file,
                    row->line, function);
}

/*
 * The code at a function's start stands for its declaration, as with gcov, and
 * not for the brace below it, which line tables name.
 */
static void move_entry(struct work *w, struct cflow_line *row)
{
    const struct cflow_function *f = cflow_symbols_function_at(w->g->symbols, w->module->path,
                                                               w->module->build_id, row->address);

    if (f && f->start == row->address) {
        w->function = f;
        w->entry = *row;
    }
    if (f && f == w->function && f->line && f->line < w->entry.line && row->line == w->entry.line &&
        row->column == w->entry.column &&
        g_strcmp0(find_file(w->g, f->file), find_file(w->g, row->file)) == 0) {
        row->line = f->line;
    }
}

/* The code from @row to @end. */
static void gather_row(struct work *w, struct cflow_line *row, uint64_t end)
{
    const char *file = row->line ? find_file(w->g, row->file) : NULL, *function;

    g_array_set_size(w->sites, 0);
    if (w->g->isa) { /* whatever the file: an IT may reach into the next row */
        cflow_static_sites(&w->sweep, row->address, end, w->sites);
    }
    if (!file) {
        return;
    }
    move_entry(w, row);
    if (row->is_stmt) {
        bool start = w->function && w->function->start == row->address;
        int64_t count = start ? entered(w, row->address, row->address + w->function->size - 1)
                              : cflow_counts_at(w->counts, row->address);
        unsigned instance = find_instance(w, row->address, count, &function);
        add_line(w, file, row->line, instance, count);
    }
    for (guint i = 0; i < w->sites->len; i++) {
        const struct cflow_static_site *site =
            &g_array_index(w->sites, struct cflow_static_site, i);
        if (site->conditional) {
            add_branch(w, file, row, site->address);
        }
        if (site->indirect) {
            add_indirect(w, file, row, site->address);
        }
    }
}

/* Rows @first to @end, not included, have the address @first has; the last one holds. */
static void gather_address(struct work *w, struct cflow_line *rows, size_t first, size_t end,
                           uint64_t next)
{
    struct cflow_line *row = &rows[end - 1];

    for (size_t i = first; i < end && !row->is_stmt; i++) {
        row->is_stmt =
            rows[i].is_stmt && rows[i].line == row->line && g_strcmp0(rows[i].file, row->file) == 0;
    }
    gather_row(w, row, next);
}

static void gather_rows(struct work *w)
{
    size_t n, bytes;
    const struct cflow_line *found =
        cflow_symbols_lines(w->g->symbols, w->module->path, w->module->build_id, 0, UINT64_MAX, &n);
    g_autofree struct cflow_line *rows = n ? g_memdup2(found, n * sizeof(*rows)) : NULL;

    for (size_t i = 0, next; i < n; i = next) {
        w->g->any_lines = true;
        for (next = i + 1; next < n && rows[next].address == rows[i].address;) {
            next++;
        }
        if (rows[next - 1].end_sequence) {
            w->sweep.predicated = 0;
        } else if (next < n && cflow_symbols_code(w->g->symbols, w->module->path,
                                                  w->module->build_id, rows[i].address, &bytes)) {
            gather_address(w, rows, i, next, rows[next].address);
        }
    }
}

bool gather_module(struct gather *gather, const struct cflow_module *module, GError **error)
{
    struct work w = {
        .g = gather,
        .module = module,
        .counts = cflow_counts_new(gather->profile, gather->flow, module->id, error),
        .sweep = {.symbols = gather->symbols, .module = module, .isa = gather->isa},
    };

    if (!w.counts) {
        return false;
    }
    w.jumps = g_ptr_array_new();
    w.homes = g_hash_table_new(g_int64_hash, g_int64_equal);
    w.inlined = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    w.sites = g_array_new(FALSE, FALSE, sizeof(struct cflow_static_site));
    w.tables = cflow_jumps_new(gather->symbols, gather->isa, module->path, module->build_id);
    cflow_jumps_read_all(w.tables);
    find_jumps(&w);
    find_homes(&w);
    gather_rows(&w);
    gather_functions(&w);
    gather->unplaced = add_saturated(gather->unplaced, cflow_counts_unplaced(w.counts));
    cflow_jumps_free(w.tables);
    cflow_counts_free(w.counts);
    g_ptr_array_unref(w.jumps);
    g_hash_table_unref(w.homes);
    g_hash_table_unref(w.inlined);
    g_array_unref(w.sites);
    return true;
}
