/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/debug-info.h"

#include <dwarf.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/symbols/debug-unit.h"

/* Tables go when they take more. */
#define MAX_BYTES (UINT64_C(512) << 20)

/* The library keeps all that it ever parsed; it begins anew after as many steps. */
#define MAX_STEPS (UINT64_C(1) << 20)

/* Steps per byte of the files: many passes over sound DWARF, few over what is not. */
#define STEPS_PER_BYTE 8

/* Where a unit has code. */
struct span {
    uint64_t start, end;
    uint32_t unit;
};

struct debug_info {
    Elf *elf, *alt_elf; /* the caller's; alt_elf may be NULL */
    Dwarf *alt;         /* or NULL */
    GArray *sections;   /* struct cflow_section */
    GArray *units;      /* struct unit */
    GArray *spans;      /* struct span, sorted and disjoint */
    char *directory;
    struct unit_reader reader;
};

static bool is_code(const void *data, uint64_t address)
{
    const GArray *sections = ((const debug_info *)data)->sections;
    guint low = 0, high = sections->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct cflow_section *s = &g_array_index(sections, struct cflow_section, middle);
        if (address < s->start) {
            high = middle;
        } else if (address - s->start >= s->size) {
            low = middle + 1;
        } else {
            return true;
        }
    }
    return false;
}

static bool begin(debug_info *info)
{
    info->reader.dwarf = dwarf_begin_elf(info->elf, DWARF_C_READ, NULL);
    if (info->reader.dwarf && info->alt_elf) {
        info->alt = dwarf_begin_elf(info->alt_elf, DWARF_C_READ, NULL);
        if (info->alt) {
            dwarf_setalt(info->reader.dwarf, info->alt);
        }
    }
    return info->reader.dwarf != NULL;
}

static void end(debug_info *info)
{
    dwarf_end(info->reader.dwarf);
    dwarf_end(info->alt);
    info->reader.dwarf = info->alt = NULL;
}

/* Spans of all units as they are in the file; overlaps are sorted out later. */
static void add_spans(debug_info *info, segments *found, Dwarf_Die *die, uint32_t unit, bool *any)
{
    Dwarf_Addr base, start, end;
    ptrdiff_t at = 0;

    *any = false;
    while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0 &&
           unit_reader_step(&info->reader, 1)) {
        *any = true;
        if (start < end && is_code(info, start) && is_code(info, end - 1)) {
            segments_add(found, start, end, unit);
        }
    }
}

/* Some units say only in .debug_aranges where their code is. */
static void add_aranges(debug_info *info, segments *found, GHashTable *without)
{
    Dwarf_Aranges *aranges;
    size_t n;

    if (g_hash_table_size(without) == 0 ||
        dwarf_getaranges(info->reader.dwarf, &aranges, &n) != 0) {
        return;
    }
    for (size_t i = 0; i < n && unit_reader_step(&info->reader, 1); i++) {
        Dwarf_Addr start;
        Dwarf_Word length;
        Dwarf_Off offset;
        gpointer unit;
        if (dwarf_getarangeinfo(dwarf_onearange(aranges, i), &start, &length, &offset) == 0 &&
            length > 0 && length <= UINT64_MAX - start &&
            g_hash_table_lookup_extended(without, &offset, NULL, &unit) && is_code(info, start)) {
            segments_add(found, start, start + length, GPOINTER_TO_UINT(unit));
        }
    }
}

static void add_span(uint64_t start, uint64_t end, uint32_t unit, void *data)
{
    struct span span = {start, end, unit};
    GArray *spans = data;
    struct span *last = spans->len ? &g_array_index(spans, struct span, spans->len - 1) : NULL;

    if (last && last->end == start && last->unit == unit) {
        last->end = end;
    } else {
        g_array_append_val(spans, span);
    }
}

static void find_units(debug_info *info)
{
    g_autoptr(GHashTable) without =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    segments *found = segments_new();
    Dwarf_CU *cu = NULL;
    Dwarf_Half version;
    uint8_t type;
    Dwarf_Die die;

    while (dwarf_get_units(info->reader.dwarf, cu, &cu, &version, &type, &die, NULL) == 0 &&
           unit_reader_step(&info->reader, 1)) {
        struct unit unit = {.offset = dwarf_dieoffset(&die)};
        uint32_t i = info->units->len;
        bool any;
        if (dwarf_tag(&die) != DW_TAG_compile_unit && dwarf_tag(&die) != DW_TAG_skeleton_unit) {
            continue;
        }
        add_spans(info, found, &die, i, &any);
        if (!any && dwarf_hasattr(&die, DW_AT_stmt_list)) {
            int64_t *key = g_new(int64_t, 1);
            *key = (int64_t)unit.offset;
            g_hash_table_insert(without, key, GUINT_TO_POINTER(i));
        }
        g_array_append_val(info->units, unit);
    }
    add_aranges(info, found, without);
    segments_finish(found);
    segments_each(found, add_span, info->spans);
    segments_free(found);
}

static uint64_t size_of(const elf_file *file)
{
    struct stat st;

    return file && fstat(file->fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

debug_info *debug_info_new(const elf_file *file, const elf_file *alt, const GArray *sections)
{
    debug_info *info = g_new0(debug_info, 1);

    info->elf = file->elf;
    info->directory = g_path_get_dirname(file->path);
    info->alt_elf = alt ? alt->elf : NULL;
    info->sections = g_array_copy((GArray *)sections);
    info->units = g_array_new(FALSE, FALSE, sizeof(struct unit));
    info->spans = g_array_new(FALSE, FALSE, sizeof(struct span));
    info->reader = (struct unit_reader){
        .strings = g_string_chunk_new(4096),
        .directory = info->directory,
        .is_code = is_code,
        .data = info,
        .budget = STEPS_PER_BYTE * (size_of(file) + size_of(alt)),
    };
    if (begin(info)) {
        find_units(info);
    }
    if (info->units->len == 0) {
        g_clear_pointer(&info, debug_info_free);
    }
    return info;
}

static void clear_units(debug_info *info)
{
    for (guint i = 0; i < info->units->len; i++) {
        unit_clear(&g_array_index(info->units, struct unit, i));
    }
    info->reader.bytes = 0;
}

void debug_info_free(debug_info *info)
{
    if (info) {
        clear_units(info);
        end(info);
        g_array_unref(info->sections);
        g_array_unref(info->units);
        g_array_unref(info->spans);
        g_string_chunk_free(info->reader.strings);
        g_free(info->reader.missing_split);
        g_free(info->directory);
        g_free(info);
    }
}

const char *debug_info_missing(const debug_info *info)
{
    return info->reader.missing_split;
}

bool debug_info_is_damaged(const debug_info *info)
{
    return info->reader.budget == 0;
}

/* The unit @i, with the tables that are asked for; NULL if it cannot be read. */
static const struct unit *read_unit(debug_info *info, uint32_t i, bool scopes, bool rows)
{
    struct unit *unit = &g_array_index(info->units, struct unit, i);

    if ((!scopes || unit->scopes) && (!rows || unit->rows)) {
        return unit;
    }
    if (info->reader.bytes > MAX_BYTES) {
        clear_units(info);
    }
    if (info->reader.steps > MAX_STEPS) {
        end(info);
        info->reader.steps = 0;
        begin(info);
    }
    if (!info->reader.dwarf || debug_info_is_damaged(info)) {
        return NULL;
    }
    if (scopes && !unit->scopes) {
        unit_read_scopes(unit, &info->reader);
    }
    if (rows && !unit->rows) {
        unit_read_rows(unit, &info->reader);
    }
    return unit;
}

/* Index of the first span that ends behind @address. */
static guint first_span(const debug_info *info, uint64_t address)
{
    guint low = 0, high = info->spans->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(info->spans, struct span, middle).end <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct unit *unit_at(debug_info *info, uint64_t address, bool scopes, bool rows)
{
    guint i = first_span(info, address);

    if (i == info->spans->len || g_array_index(info->spans, struct span, i).start > address) {
        return NULL;
    }
    return read_unit(info, g_array_index(info->spans, struct span, i).unit, scopes, rows);
}

/* Index of the first row behind @address, or with @at that is there. */
static guint first_row(const GArray *rows, uint64_t address, bool at)
{
    guint low = 0, high = rows->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        uint64_t there = g_array_index(rows, struct row, middle).address;
        if (there < address || (there == address && !at)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The row that holds at @address; NULL if none. */
static const struct row *row_at(const GArray *rows, uint64_t address)
{
    guint i = first_row(rows, address, false);
    const struct row *row = i > 0 ? &g_array_index(rows, struct row, i - 1) : NULL;

    return row && !row->end_sequence ? row : NULL;
}

/* Of the pieces the last that begins at or before @address; it may have ended. */
static const struct piece *piece_before(const struct unit *unit, uint64_t address)
{
    guint low = 0, high = unit->pieces->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(unit->pieces, struct piece, middle).start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? &g_array_index(unit->pieces, struct piece, low - 1) : NULL;
}

void debug_info_frames(debug_info *info, uint64_t address, GArray *frames, uint64_t *start)
{
    const struct unit *unit = unit_at(info, address, true, true);
    const struct row *row = unit ? row_at(unit->rows, address) : NULL;
    struct cflow_frame frame = {0};
    uint32_t i;

    if (row) {
        frame.file = row->file;
        frame.line = row->line;
        frame.column = row->column;
    }
    if (!unit || !segments_find(unit->by_scope, address, &i)) {
        if (row) {
            g_array_append_val(frames, frame);
        }
        return;
    }
    while (i != NO_SCOPE) { /* a parent has a lower index: this ends */
        const struct scope *scope = &g_array_index(unit->scopes, struct scope, i);
        frame.function = scope->name;
        frame.inlined = scope->inlined;
        g_array_append_val(frames, frame);
        frame = (struct cflow_frame){NULL, scope->file, scope->line, scope->column, false};
        i = scope->parent;
    }
    const struct piece *piece = piece_before(unit, address);
    *start = piece ? piece->start : address;
}

bool debug_info_declaration(debug_info *info, uint64_t address, const char **file, unsigned *line)
{
    const struct unit *unit = unit_at(info, address, true, false);
    const struct scope *scope;
    uint32_t i;

    if (!unit || !segments_find(unit->by_scope, address, &i)) {
        return false;
    }
    do {
        scope = &g_array_index(unit->scopes, struct scope, i);
        i = scope->parent;
    } while (i != NO_SCOPE);
    if (scope->inlined) {
        return false;
    }
    *file = scope->file;
    *line = scope->line;
    return true;
}

void debug_info_functions(debug_info *info, GArray *functions)
{
    for (guint i = 0; i < info->units->len; i++) {
        const struct unit *unit = read_unit(info, i, true, false);
        for (guint j = 0; unit && j < unit->pieces->len; j++) {
            const struct piece *piece = &g_array_index(unit->pieces, struct piece, j);
            const struct scope *scope = &g_array_index(unit->scopes, struct scope, piece->scope);
            struct cflow_function function = {scope->name, piece->start, piece->end - piece->start,
                                              scope->file, scope->line};
            g_array_append_val(functions, function);
        }
    }
}

static struct cflow_line line_of(const struct row *row)
{
    return (struct cflow_line){row->address, row->file,    row->line,
                               row->column,  row->is_stmt, row->end_sequence};
}

/* The rows of a span or a part of it; @close: a row has to tell its end. */
static void add_lines(const struct unit *unit, uint64_t start, uint64_t end, bool close,
                      GArray *lines)
{
    struct cflow_line last = {.address = end, .end_sequence = true}, line;
    guint i = first_row(unit->rows, start, true), before = lines->len;
    const struct row *row = row_at(unit->rows, start);

    if (row && row->address < start) {
        line = line_of(row);
        line.address = start;
        g_array_append_val(lines, line);
    }
    for (; i < unit->rows->len; i++) {
        line = line_of(&g_array_index(unit->rows, struct row, i));
        if (line.address >= end) {
            break;
        }
        if (!line.end_sequence || lines->len > before) {
            g_array_append_val(lines, line);
        }
    }
    if (close && lines->len > before &&
        !g_array_index(lines, struct cflow_line, lines->len - 1).end_sequence) {
        g_array_append_val(lines, last);
    }
}

void debug_info_lines(debug_info *info, uint64_t start, uint64_t end, GArray *lines)
{
    for (guint i = first_span(info, start); i < info->spans->len; i++) {
        struct span span = g_array_index(info->spans, struct span, i);
        if (span.start >= end) {
            break;
        }
        const struct unit *unit = read_unit(info, span.unit, false, true);
        if (unit) {
            add_lines(unit, MAX(span.start, start), MIN(span.end, end), span.end < end, lines);
        }
    }
}
