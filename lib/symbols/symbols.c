/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions: each finds its module, asks the module's images, and adds their bias. */
#include "lib/symbols/symbols.h"

#include <string.h>

#include "lib/symbols/demangle.h"
#include "lib/symbols/catalog.h"

struct cflow_symbols {
    struct catalog *catalog;
    bool demangle;
    GHashTable *shown; /* name in a file -> name to show; both in strings */
    GStringChunk *strings;
    GArray *frames; /* struct cflow_frame, of the last question for them, which was: */
    const struct part *part;
    uint64_t offset, distance;
    GArray *lines; /* struct cflow_line, of the last question */
};

cflow_symbols *cflow_symbols_new(const char *sysroot)
{
    cflow_symbols *symbols = g_new0(cflow_symbols, 1);

    symbols->catalog = catalog_new(sysroot);
    symbols->demangle = true;
    symbols->shown = g_hash_table_new(g_str_hash, g_str_equal);
    symbols->strings = g_string_chunk_new(4096);
    symbols->frames = g_array_new(FALSE, FALSE, sizeof(struct cflow_frame));
    symbols->lines = g_array_new(FALSE, FALSE, sizeof(struct cflow_line));
    return symbols;
}

void cflow_symbols_free(cflow_symbols *symbols)
{
    if (symbols) {
        catalog_free(symbols->catalog);
        g_hash_table_unref(symbols->shown);
        g_string_chunk_free(symbols->strings);
        g_array_unref(symbols->frames);
        g_array_unref(symbols->lines);
        g_free(symbols);
    }
}

void cflow_symbols_add_debug_dir(cflow_symbols *symbols, const char *dir)
{
    catalog_add_debug_dir(symbols->catalog, dir);
}

bool cflow_symbols_add_file(cflow_symbols *symbols, const char *file_at_bias, GError **error)
{
    return catalog_add_file(symbols->catalog, file_at_bias, error);
}

void cflow_symbols_set_force(cflow_symbols *symbols, bool force)
{
    catalog_set_force(symbols->catalog, force);
}

void cflow_symbols_set_names_only(cflow_symbols *symbols, bool names_only)
{
    catalog_set_names_only(symbols->catalog, names_only);
}

void cflow_symbols_set_demangle(cflow_symbols *symbols, bool demangle)
{
    symbols->demangle = demangle;
}

const GPtrArray *cflow_symbols_warnings(const cflow_symbols *symbols)
{
    return catalog_warnings(symbols->catalog);
}

/* @name, which lives as long as the images do, as it is to be shown. */
static const char *show(cflow_symbols *symbols, const char *name)
{
    const char *shown;

    if (!name || !symbols->demangle || (name[0] != '_' && name[0] != 'R')) {
        return name;
    }
    shown = g_hash_table_lookup(symbols->shown, name);
    if (!shown) {
        g_autofree char *text = demangle(name);
        shown = text ? g_string_chunk_insert(symbols->strings, text) : name;
        g_hash_table_insert(symbols->shown, (gpointer)name, (gpointer)shown);
    }
    return shown;
}

/* The part of @module that has code at @offset; without one, its only part. */
static const struct part *part_at(const struct module *module, uint64_t offset)
{
    const GArray *parts = module->parts;

    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = &g_array_index(parts, struct part, i);
        if (image_covers(part->image, offset - part->bias)) {
            return part;
        }
    }
    return parts->len == 1 ? &g_array_index(parts, struct part, 0) : NULL;
}

static const struct part *find_part(cflow_symbols *symbols, const char *path, const char *build_id,
                                    uint64_t offset)
{
    const struct module *module = catalog_find(symbols->catalog, path, build_id);

    return module ? part_at(module, offset) : NULL;
}

/*
 * The frames at @offset into symbols->frames, names as they are to be shown.
 * The outermost has the name of the symbol, where there is one: it tells parts
 * of a function apart ("f.cold").  *@distance is how far its start is.
 */
static void find_frames(cflow_symbols *symbols, const struct part *part, uint64_t offset,
                        uint64_t *distance)
{
    const symtab *names = image_names(part->image);
    debug_info *debug = image_debug(part->image);
    struct cflow_frame none = {0}, *outermost;
    uint64_t address = offset - part->bias, start = address;
    const char *symbol = symtab_lookup_symbol(names, address, distance);

    if (debug) {
        debug_info_frames(debug, address, symbols->frames, &start);
    }
    if (symbols->frames->len == 0) {
        g_array_append_val(symbols->frames, none);
    }
    outermost = &g_array_index(symbols->frames, struct cflow_frame, symbols->frames->len - 1);
    if (symbol) {
        outermost->function = symbol;
    } else if (outermost->function) {
        *distance = address - start;
    } else {
        outermost->function = symtab_lookup(names, address, distance);
    }
    outermost->inlined = false;
    for (guint i = 0; i < symbols->frames->len; i++) {
        struct cflow_frame *frame = &g_array_index(symbols->frames, struct cflow_frame, i);
        frame->function = show(symbols, frame->function);
    }
    if (!outermost->function && !outermost->file) {
        g_array_set_size(symbols->frames, 0);
    }
}

/* The last answer is kept: who asks for the name of a place asks for its line, too. */
static size_t frames_at(cflow_symbols *symbols, const char *path, const char *build_id,
                        uint64_t offset, const struct cflow_frame **frames, uint64_t *distance)
{
    const struct part *part = find_part(symbols, path, build_id, offset);

    if (!part) {
        *frames = NULL;
        *distance = 0;
        return 0;
    }
    if (part != symbols->part || offset != symbols->offset) {
        g_array_set_size(symbols->frames, 0);
        symbols->part = part;
        symbols->offset = offset;
        symbols->distance = 0;
        find_frames(symbols, part, offset, &symbols->distance);
        catalog_check(symbols->catalog, part->image);
    }
    *frames = symbols->frames->len ? (const struct cflow_frame *)symbols->frames->data : NULL;
    *distance = symbols->distance;
    return symbols->frames->len;
}

bool cflow_symbols_lookup(cflow_symbols *symbols, const char *path, const char *build_id,
                          uint64_t offset, struct cflow_location *out)
{
    const struct cflow_frame *frames;
    size_t n;

    memset(out, 0, sizeof(*out));
    n = frames_at(symbols, path, build_id, offset, &frames, &out->offset);
    if (n > 0) {
        out->name = frames[n - 1].function;
        out->file = frames[0].file;
        out->line = frames[0].line;
        out->column = frames[0].column;
    }
    return out->name != NULL;
}

size_t cflow_symbols_frames(cflow_symbols *symbols, const char *path, const char *build_id,
                            uint64_t offset, const struct cflow_frame **frames)
{
    uint64_t distance;

    return frames_at(symbols, path, build_id, offset, frames, &distance);
}

static int compare_functions(const void *pa, const void *pb)
{
    const struct cflow_function *a = pa, *b = pb;

    return a->start < b->start ? -1 : a->start > b->start;
}

/*
 * Where functions overlap, the place in by_address tells the inner one; in the
 * table the outer one is cut.
 */
static void index_functions(struct module *module)
{
    struct cflow_function *f = (struct cflow_function *)module->functions->data;
    guint n = module->functions->len;

    module->by_address = segments_new();
    for (guint i = 0; i < n; i++) {
        segments_add(module->by_address, f[i].start, f[i].start + f[i].size, i);
    }
    segments_finish(module->by_address);
    for (guint i = 0; i + 1 < n; i++) {
        f[i].size = MIN(f[i].size, f[i + 1].start - f[i].start);
    }
}

/*
 * DWARF tells where the functions are declared that have a symbol, and the
 * names of those that have none.
 */
static void add_declarations(const struct part *part, GArray *functions, guint first)
{
    const symtab *names = image_names(part->image);
    debug_info *debug = image_debug(part->image);
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(struct cflow_function));
    g_autoptr(GHashTable) by_start = g_hash_table_new(g_int64_hash, g_int64_equal);
    uint64_t distance;

    debug_info_functions(debug, pieces);
    for (guint i = 0; i < pieces->len; i++) {
        struct cflow_function *piece = &g_array_index(pieces, struct cflow_function, i);
        g_hash_table_insert(by_start, &piece->start, piece);
    }
    for (guint i = first; i < functions->len; i++) {
        struct cflow_function *f = &g_array_index(functions, struct cflow_function, i);
        struct cflow_function *piece = g_hash_table_lookup(by_start, &f->start);
        bool has_symbol = symtab_lookup_symbol(names, f->start, &distance) != NULL;
        if (!piece) {
            debug_info_declaration(debug, f->start, &f->file, &f->line);
            continue;
        }
        f->file = piece->file;
        f->line = piece->line;
        f->name = has_symbol || !piece->name ? f->name : piece->name;
        g_hash_table_remove(by_start, &f->start);
    }
    for (guint i = 0; i < pieces->len; i++) {
        const struct cflow_function *piece = &g_array_index(pieces, struct cflow_function, i);
        if (g_hash_table_lookup(by_start, &piece->start) == piece && piece->name &&
            !symtab_lookup_symbol(names, piece->start, &distance)) {
            g_array_append_val(functions, *piece);
        }
    }
}

static void add_functions(cflow_symbols *symbols, const struct part *part, GArray *functions)
{
    guint first = functions->len;

    symtab_functions(image_names(part->image), functions);
    if (image_debug(part->image)) {
        add_declarations(part, functions, first);
        catalog_check(symbols->catalog, part->image);
    }
    for (guint i = first; i < functions->len; i++) {
        struct cflow_function *f = &g_array_index(functions, struct cflow_function, i);
        f->start += part->bias;
        f->name = show(symbols, f->name);
    }
}

static const GArray *functions_of(cflow_symbols *symbols, struct module *module)
{
    if (!module->functions) {
        module->functions = g_array_new(FALSE, FALSE, sizeof(struct cflow_function));
        for (guint i = 0; i < module->parts->len; i++) {
            add_functions(symbols, &g_array_index(module->parts, struct part, i),
                          module->functions);
        }
        g_array_sort(module->functions, compare_functions);
        index_functions(module);
    }
    return module->functions;
}

const struct cflow_function *cflow_symbols_functions(cflow_symbols *symbols, const char *path,
                                                     const char *build_id, size_t *n)
{
    struct module *module = catalog_find(symbols->catalog, path, build_id);
    const GArray *functions = module ? functions_of(symbols, module) : NULL;

    *n = functions ? functions->len : 0;
    return *n ? (const struct cflow_function *)functions->data : NULL;
}

const struct cflow_function *cflow_symbols_function_at(cflow_symbols *symbols, const char *path,
                                                       const char *build_id, uint64_t offset)
{
    struct module *module = catalog_find(symbols->catalog, path, build_id);
    uint32_t i;

    if (!module) {
        return NULL;
    }
    const GArray *functions = functions_of(symbols, module);
    return segments_find(module->by_address, offset, &i)
               ? &g_array_index(functions, struct cflow_function, i)
               : NULL;
}

/* The whole of an image stays whole, whatever its bias. */
static void add_lines(const struct part *part, uint64_t start, uint64_t end, GArray *lines)
{
    debug_info *debug = image_debug(part->image);
    guint first = lines->len;

    if (!debug) {
        return;
    }
    if (start == 0 && end == UINT64_MAX) {
        debug_info_lines(debug, 0, UINT64_MAX, lines);
    } else if (end > part->bias) {
        debug_info_lines(debug, start > part->bias ? start - part->bias : 0, end - part->bias,
                         lines);
    }
    for (guint i = first; i < lines->len; i++) {
        g_array_index(lines, struct cflow_line, i).address += part->bias;
    }
}

/* The sort is stable: rows of one address stay in their order. */
static int compare_lines(const void *pa, const void *pb)
{
    const struct cflow_line *a = pa, *b = pb;

    return a->address < b->address ? -1 : a->address > b->address;
}

const struct cflow_line *cflow_symbols_lines(cflow_symbols *symbols, const char *path,
                                             const char *build_id, uint64_t start, uint64_t end,
                                             size_t *n)
{
    const struct module *module = catalog_find(symbols->catalog, path, build_id);
    GArray *lines = symbols->lines;

    g_array_set_size(lines, 0);
    for (guint i = 0; module && i < module->parts->len; i++) {
        const struct part *part = &g_array_index(module->parts, struct part, i);
        add_lines(part, start, end, lines);
        catalog_check(symbols->catalog, part->image);
    }
    if (module && module->parts->len > 1) {
        g_array_sort(lines, compare_lines);
    }
    *n = lines->len;
    return *n ? (const struct cflow_line *)lines->data : NULL;
}

static int compare_sections(const void *pa, const void *pb)
{
    const struct cflow_section *a = pa, *b = pb;

    return a->start < b->start ? -1 : a->start > b->start;
}

const struct cflow_section *cflow_symbols_sections(cflow_symbols *symbols, const char *path,
                                                   const char *build_id, size_t *n)
{
    struct module *module = catalog_find(symbols->catalog, path, build_id);

    *n = 0;
    if (!module) {
        return NULL;
    }
    if (!module->sections) {
        module->sections = g_array_new(FALSE, FALSE, sizeof(struct cflow_section));
        for (guint i = 0; i < module->parts->len; i++) {
            const struct part *part = &g_array_index(module->parts, struct part, i);
            guint first = module->sections->len;
            image_sections(part->image, module->sections);
            for (guint j = first; j < module->sections->len; j++) {
                g_array_index(module->sections, struct cflow_section, j).start += part->bias;
            }
        }
        g_array_sort(module->sections, compare_sections);
    }
    *n = module->sections->len;
    return *n ? (const struct cflow_section *)module->sections->data : NULL;
}

const unsigned char *cflow_symbols_code(cflow_symbols *symbols, const char *path,
                                        const char *build_id, uint64_t offset, size_t *n)
{
    const struct part *part = find_part(symbols, path, build_id, offset);

    *n = 0;
    return part ? image_code(part->image, offset - part->bias, n) : NULL;
}

const unsigned char *cflow_symbols_constant(cflow_symbols *symbols, const char *path,
                                            const char *build_id, uint64_t offset, size_t *n)
{
    const struct module *module = catalog_find(symbols->catalog, path, build_id);
    const unsigned char *bytes = NULL;

    *n = 0;
    for (guint i = 0; module && !bytes && i < module->parts->len; i++) {
        const struct part *part = &g_array_index(module->parts, struct part, i);
        bytes = image_constant(part->image, offset - part->bias, n);
    }
    return bytes;
}

bool cflow_symbols_elf(cflow_symbols *symbols, const char *path, const char *build_id,
                       struct cflow_elf *out)
{
    const struct module *module = catalog_find(symbols->catalog, path, build_id);

    memset(out, 0, sizeof(*out));
    for (guint i = 0; module && i < module->parts->len; i++) {
        const struct part *part = &g_array_index(module->parts, struct part, i);
        if (image_elf(part->image, out)) {
            out->start += part->bias;
            out->end += part->bias;
            return true;
        }
    }
    return false;
}

static char mark_at(cflow_symbols *symbols, const char *path, const char *build_id, uint64_t offset)
{
    const struct part *part = find_part(symbols, path, build_id, offset);

    return part ? image_mark(part->image, offset - part->bias) : 0;
}

bool cflow_symbols_is_thumb(cflow_symbols *symbols, const char *path, const char *build_id,
                            uint64_t offset)
{
    return mark_at(symbols, path, build_id, offset) == 't';
}

bool cflow_symbols_is_data(cflow_symbols *symbols, const char *path, const char *build_id,
                           uint64_t offset)
{
    return mark_at(symbols, path, build_id, offset) == 'd';
}
