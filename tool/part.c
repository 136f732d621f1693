/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/part.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/profile/schema.h"
#include "lib/symbols/symbols.h"

struct part_options part_options;

/* Between functions: no more than what aligns the next one. */
#define MAX_PADDING 15

/* A file in which names are looked up. */
struct file {
    char *path;                   /* as the host's list of mappings will have it */
    const cflow_load_map *loaded; /* of a whole machine; NULL: addresses are the file's */
    guint number;                 /* of it in @loaded */
};

struct resolver {
    cflow_symbols *symbols;
    const char *program;
    const cflow_load_map *loaded;
    GString *options;
    GString *description;
};

struct range {
    uint64_t start, end;
};

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool refuse(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
    return false;
}

/* --- options for the plugin -------------------------------------------------- */

/* QEMU splits at commas; a doubled one is a comma. */
static void add_option(struct resolver *r, const char *name, const char *value)
{
    g_auto(GStrv) pieces = g_strsplit(value, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", pieces);

    g_string_append_printf(r->options, ",%s=%s", name, escaped);
}

/* "MODULE@" for @file, whose name then is no pattern; "" for absolute addresses. */
static char *module_prefix(const struct file *file)
{
    GString *text = g_string_new(NULL);

    for (const char *at = file->loaded ? "" : file->path; *at; at++) {
        if (strchr("*?[\\", *at)) {
            g_string_append_c(text, '\\');
        }
        g_string_append_c(text, *at);
    }
    if (!file->loaded) {
        g_string_append_c(text, '@');
    }
    return g_string_free(text, FALSE);
}

/* --- names ------------------------------------------------------------------- */

static void clear_file(void *data)
{
    g_free(((struct file *)data)->path);
}

/* The files that "[FILE@]NAME" is about; *@name is set to the rest. */
static GArray *files_of(const struct resolver *r, const char *text, const char **name,
                        GError **error)
{
    g_autoptr(GArray) files = g_array_new(FALSE, TRUE, sizeof(struct file));
    const char *at = strrchr(text, '@');
    g_autofree char *given = at ? g_strndup(text, (gsize)(at - text)) : NULL;

    /* name@plt is a function of the program */
    at = at && strcmp(at, "@plt") != 0 ? at : NULL;
    *name = at ? at + 1 : text;
    g_array_set_clear_func(files, clear_file);
    for (guint i = 0; r->loaded && i < r->loaded->files->len; i++) {
        const char *path = g_array_index(r->loaded->files, struct cflow_load_file, i).path;
        struct file file = {NULL, r->loaded, i};
        if (!at || g_str_has_suffix(path, given)) {
            file.path = g_strdup(path);
            g_array_append_val(files, file);
        }
    }
    if (!r->loaded) {
        char *real = realpath(at ? given : r->program ? r->program : "", NULL);
        struct file file = {g_strdup(real), NULL, 0};
        free(real);
        if (file.path) {
            g_array_append_val(files, file);
        }
    }
    if (!files->len) {
        refuse(error, "'%s': no file %s to look the name up in; give FILE@%s", text,
               at ? given : "is known", *name);
        return NULL;
    }
    return g_steal_pointer(&files);
}

/* Calls @each with the place of each function of @file that @pattern names. */
static unsigned match(const struct resolver *r, const struct file *file, const char *pattern,
                      GArray *found)
{
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(r->symbols, file->path, NULL, &n);
    g_autoptr(GPatternSpec) spec = g_pattern_spec_new(pattern);

    for (size_t i = 0; i < n; i++) {
        const struct cflow_function *f = &functions[i];
        if (!f->name || !g_pattern_spec_match_string(spec, f->name)) {
            continue;
        }
        struct range range = {f->start, f->start + MAX(f->size, 1u)};
        if (!file->loaded) {
            g_array_append_val(found, range);
            continue;
        }
        for (guint k = 0; k < file->loaded->ranges->len; k++) {
            const struct cflow_load_range *at =
                &g_array_index(file->loaded->ranges, struct cflow_load_range, k);
            if (at->file == file->number && f->start + at->bias >= at->start &&
                f->start + at->bias < at->end) {
                struct range moved = {range.start + at->bias, range.end + at->bias};
                g_array_append_val(found, moved);
            }
        }
    }
    return found->len;
}

static int compare_ranges(const void *pa, const void *pb)
{
    const struct range *a = pa, *b = pb;

    return a->start == b->start ? 0 : a->start < b->start ? -1 : 1;
}

/* Neighbours become one. */
static void join(GArray *ranges)
{
    struct range *r = (struct range *)(void *)ranges->data;
    guint kept = 0;

    g_array_sort(ranges, compare_ranges);
    for (guint i = 1; i < ranges->len; i++) {
        if (r[i].start <= r[kept].end + MAX_PADDING) {
            r[kept].end = MAX(r[kept].end, r[i].end);
        } else {
            r[++kept] = r[i];
        }
    }
    g_array_set_size(ranges, kept + 1);
}

static bool add_symbol(struct resolver *r, const char *text, GError **error)
{
    bool excluded = *text == '!';
    const char *name;
    g_autoptr(GArray) files = files_of(r, text + excluded, &name, error);
    unsigned n = 0;

    for (guint i = 0; files && i < files->len; i++) {
        const struct file *file = &g_array_index(files, struct file, i);
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct range));
        g_autofree char *module = module_prefix(file);
        if (!match(r, file, name, found)) {
            continue;
        }
        join(found);
        for (guint k = 0; k < found->len; k++) {
            const struct range *range = &g_array_index(found, struct range, k);
            g_autofree char *value =
                g_strdup_printf("%s%s0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x",
                                excluded ? "!" : "", module, range->start, range->end);
            add_option(r, "range", value);
            n++;
        }
    }
    return !files || n ? files != NULL
                       : refuse(error, "no function of %s is called '%s'",
                                g_array_index(files, struct file, 0).path, name);
}

/* "PLACE" and, in *@arrival, ":N" behind it; "" if it is not there. */
static char *split_arrival(const char *text, const char **arrival)
{
    const char *colon = strrchr(text, ':');
    bool number = colon && colon > text && colon[-1] != ':' && colon[1] &&
                  strspn(colon + 1, "0123456789") == strlen(colon + 1);

    *arrival = number ? colon : "";
    return number ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
}

static bool add_place(struct resolver *r, const char *option, const char *text, GError **error)
{
    const char *arrival, *name;
    g_autofree char *place = split_arrival(text, &arrival);
    const char *at = strrchr(place, '@');

    if (g_ascii_isdigit(at ? at[1] : *place)) {
        add_option(r, option, text);
        return true;
    }
    g_autoptr(GArray) files = files_of(r, place, &name, error);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct range));
    guint of = 0;
    for (guint i = 0; files && i < files->len && !found->len; i++) {
        of = i;
        match(r, &g_array_index(files, struct file, i), name, found);
    }
    if (!files) {
        return false;
    }
    const struct file *file = &g_array_index(files, struct file, of);
    if (!found->len) {
        return refuse(error, "no function of %s is called '%s'", file->path, name);
    }
    /* A machine may have it at two addresses: before and behind the memory management unit. */
    if (found->len > 1 && !file->loaded) {
        return refuse(error, "%u functions of %s are called '%s'; say which by its address",
                      found->len, file->path, name);
    }
    g_autofree char *module = module_prefix(file);
    for (guint i = 0; i < found->len; i++) {
        g_autofree char *value =
            g_strdup_printf("%s0x%" G_GINT64_MODIFIER "x%s", module,
                            g_array_index(found, struct range, i).start, arrival);
        add_option(r, option, value);
    }
    return true;
}

/* --- all of them --------------------------------------------------------------- */

static void describe(struct resolver *r, const char *name, const char *value)
{
    g_string_append_printf(r->description, "%s%s %s", r->description->len ? ", " : "", name, value);
}

static bool add_all(struct resolver *r, GError **error)
{
    const struct {
        char **values;
        const char *name;
        bool place;
    } lists[] = {
        {part_options.modules, "module", false},   {part_options.ranges, "range", false},
        {part_options.start_at, "start-at", true}, {part_options.stop_at, "stop-at", true},
        {part_options.last_at, "last-at", true},
    };

    if (part_options.privilege) {
        g_auto(GStrv) levels = g_strsplit(part_options.privilege, ",", -1);
        describe(r, "privilege", part_options.privilege);
        for (char **level = levels; *level; level++) {
            add_option(r, "privilege", *level);
        }
    }
    for (char **value = part_options.symbols; value && *value; value++) {
        describe(r, "symbol", *value);
        if (!add_symbol(r, *value, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (char **value = lists[i].values; value && *value; value++) {
            if (lists[i].values != part_options.last_at) {
                describe(r, lists[i].name, *value);
            }
            if (!lists[i].place) {
                add_option(r, lists[i].name, *value);
            } else if (!add_place(r, lists[i].name, *value, error)) {
                return false;
            }
        }
    }
    if (part_options.stop_after) {
        describe(r, "stop-after", part_options.stop_after);
        add_option(r, "stop-after", part_options.stop_after);
    }
    return true;
}

bool part_is_wanted(void)
{
    return part_options.privilege || part_options.modules || part_options.ranges ||
           part_options.symbols || part_options.start_at || part_options.stop_at ||
           part_options.stop_after;
}

bool part_resolve(const char *program, const cflow_load_map *loaded, struct part *part,
                  GError **error)
{
    *part = (struct part){0};
    if (!part_is_wanted() && !part_options.last_at) {
        return true;
    }
    if (loaded && part_options.modules) {
        return refuse(error, "a whole machine has no modules; use --symbol or --range");
    }
    if (part_options.privilege && !cflow_privileges_parse(part_options.privilege)) {
        return refuse(error, "unknown --privilege '%s': say user, kernel, hypervisor or machine",
                      part_options.privilege);
    }
    if (part_options.privilege && !loaded) {
        return refuse(error, "--privilege is for whole machines; a program alone is all user");
    }
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct resolver r = {
        .symbols = symbols,
        .program = program,
        .loaded = loaded,
        .options = g_string_new(NULL),
        .description = g_string_new(NULL),
    };
    cflow_symbols_set_force(symbols, true); /* whatever its build-id: it has not run yet */
    cflow_symbols_set_names_only(symbols, true);
    bool ok = add_all(&r, error);
    part->options = g_string_free(r.options, FALSE);
    part->description = g_string_free(r.description, !part_is_wanted());
    return ok;
}

void part_clear(struct part *part)
{
    g_free(part->options);
    g_free(part->description);
}
