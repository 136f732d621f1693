/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/debug-unit.h"

#include <dwarf.h>
#include <string.h>

/* Compilers nest blocks some ten deep; what is deeper is damage. */
#define MAX_DEPTH 256

bool unit_reader_step(struct unit_reader *reader, uint64_t n)
{
    reader->steps += n;
    reader->budget -= MIN(n, reader->budget);
    return reader->budget > 0;
}

void unit_clear(struct unit *unit)
{
    g_clear_pointer(&unit->scopes, g_array_unref);
    g_clear_pointer(&unit->by_scope, segments_free);
    g_clear_pointer(&unit->pieces, g_array_unref);
    g_clear_pointer(&unit->rows, g_array_unref);
}

/* "/src/./a//b.c" is "/src/a/b.c"; ".." stays, it may lead through a link. */
static const char *keep_clean(struct unit_reader *reader, const char *path)
{
    if (!strstr(path, "/./") && !strstr(path, "//")) {
        return g_string_chunk_insert_const(reader->strings, path);
    }
    g_autoptr(GString) clean = g_string_sized_new(strlen(path));
    for (const char *p = path; *p; p++) {
        bool slash = clean->len && clean->str[clean->len - 1] == '/';
        if (slash && p[0] == '.' && p[1] == '/') {
            p++;
        } else if (!slash || *p != '/') {
            g_string_append_c(clean, *p);
        }
    }
    return g_string_chunk_insert_const(reader->strings, clean->str);
}

/* The directory that a unit, told by its DIE, was compiled in; NULL if not known. */
static const char *directory_of(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;

    return dwarf_attr(unit, DW_AT_comp_dir, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/* @path, a file of the unit @die, with the unit's directory before it if need be. */
static const char *keep_path(struct unit_reader *reader, const char *path, Dwarf_Die *die)
{
    if (!path || !path[0] || strcmp(path, "???") == 0) {
        return NULL;
    }
    const char *directory = path[0] != '/' ? directory_of(die) : NULL;
    g_autofree char *full = directory ? g_strconcat(directory, "/", path, NULL) : NULL;
    return keep_clean(reader, full ? full : path);
}

/* The value of the constant @name of @die alone, at most 32 bits; 0 if none. */
static uint32_t constant(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;

    return dwarf_attr(die, name, &attribute) && dwarf_formudata(&attribute, &value) == 0 &&
                   value <= UINT32_MAX
               ? (uint32_t)value
               : 0;
}

static const char *string(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;

    return dwarf_attr_integrate(die, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

static const char *name_of(struct unit_reader *reader, Dwarf_Die *die)
{
    const char *name = string(die, DW_AT_linkage_name);

    name = name ? name : string(die, DW_AT_MIPS_linkage_name);
    name = name ? name : string(die, DW_AT_name);
    return name && name[0] ? g_string_chunk_insert_const(reader->strings, name) : NULL;
}

/* The walk over the tree of a unit. */
struct walk {
    struct unit *unit;
    struct unit_reader *reader;
    Dwarf_Die die; /* the unit's */
    Dwarf_Files *files;
    size_t n_files;
    bool in_types; /* functions of this language may be in types */
};

static const char *call_file(struct walk *walk, Dwarf_Die *die)
{
    uint32_t i = constant(die, DW_AT_call_file);

    return walk->files && i < walk->n_files
               ? keep_path(walk->reader, dwarf_filesrc(walk->files, i, NULL, NULL), &walk->die)
               : NULL;
}

/* The declaration may be in another unit than @die, and there the file is, too. */
static const char *declaration_file(struct walk *walk, Dwarf_Die *die)
{
    const char *path = dwarf_decl_file(die);
    Dwarf_Attribute attribute;
    Dwarf_Die unit;

    if (!path || !dwarf_attr_integrate(die, DW_AT_decl_file, &attribute) ||
        dwarf_cu_info(attribute.cu, NULL, NULL, &unit, NULL, NULL, NULL, NULL) != 0) {
        return NULL;
    }
    return keep_path(walk->reader, path, &unit);
}

static uint32_t add_scope(struct walk *walk, Dwarf_Die *die, uint32_t parent, bool inlined)
{
    struct scope scope = {.parent = parent, .inlined = inlined};
    int line = 0;

    scope.name = name_of(walk->reader, die);
    if (inlined) {
        scope.file = call_file(walk, die);
        scope.line = constant(die, DW_AT_call_line);
        scope.column = constant(die, DW_AT_call_column);
    } else {
        scope.file = declaration_file(walk, die);
        scope.line = dwarf_decl_line(die, &line) == 0 && line > 0 ? (uint32_t)line : 0;
    }
    g_array_append_val(walk->unit->scopes, scope);
    return walk->unit->scopes->len - 1;
}

/*
 * Adds a scope for @die and the addresses that it covers; returns its index,
 * NO_SCOPE if it covers none.
 */
static uint32_t add_ranges(struct walk *walk, Dwarf_Die *die, uint32_t parent, bool inlined)
{
    struct unit_reader *reader = walk->reader;
    Dwarf_Addr base, start, end;
    ptrdiff_t at = 0;
    uint32_t scope = NO_SCOPE;

    while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0 && unit_reader_step(reader, 1)) {
        if (start >= end || !reader->is_code(reader->data, start) ||
            !reader->is_code(reader->data, end - 1)) {
            continue;
        }
        if (scope == NO_SCOPE) {
            scope = add_scope(walk, die, parent, inlined);
        }
        segments_add(walk->unit->by_scope, start, end, scope);
        if (!inlined) {
            struct piece piece = {start, end, scope};
            g_array_append_val(walk->unit->pieces, piece);
        }
    }
    return scope;
}

static void walk_children(struct walk *walk, Dwarf_Die *parent, uint32_t scope, unsigned depth);

static void visit(struct walk *walk, Dwarf_Die *die, uint32_t scope, unsigned depth)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram: {
        /* Without code it is a declaration, or what inlined calls refer to. */
        uint32_t inner = add_ranges(walk, die, NO_SCOPE, false);
        if (inner != NO_SCOPE) {
            walk_children(walk, die, inner, depth + 1);
        }
        break;
    }
    case DW_TAG_inlined_subroutine: {
        uint32_t inner = add_ranges(walk, die, scope, true);
        walk_children(walk, die, inner != NO_SCOPE ? inner : scope, depth + 1);
        break;
    }
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_interface_type:
        if (walk->in_types) {
            walk_children(walk, die, scope, depth + 1);
        }
        break;
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
    case DW_TAG_common_block:
    case DW_TAG_namespace:
    case DW_TAG_module:
        walk_children(walk, die, scope, depth + 1);
        break;
    default:
        break;
    }
}

/* Siblings lie behind each other; a reference that leads back is damage. */
static void walk_children(struct walk *walk, Dwarf_Die *parent, uint32_t scope, unsigned depth)
{
    Dwarf_Die die, next;
    int status = depth < MAX_DEPTH && dwarf_haschildren(parent) > 0 ? dwarf_child(parent, &die) : 1;

    while (status == 0 && unit_reader_step(walk->reader, 1)) {
        visit(walk, &die, scope, depth);
        status = dwarf_siblingof(&die, &next);
        if (status == 0 && dwarf_dieoffset(&next) <= dwarf_dieoffset(&die)) {
            break;
        }
        die = next;
    }
}

static int compare_pieces(const void *pa, const void *pb)
{
    const struct piece *a = pa, *b = pb;

    return a->start != b->start ? (a->start < b->start ? -1 : 1) : (a->end > b->end ? -1 : 1);
}

/* Where a function is defined inside a type the language is none of these. */
static bool has_functions_in_types(Dwarf_Die *die)
{
    switch (dwarf_srclang(die)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case DW_LANG_Mips_Assembler:
    case DW_LANG_Rust:
        return false;
    default:
        return true;
    }
}

/*
 * The unit proper of a skeleton (-gsplit-dwarf), which is in a file of its own:
 * beside the ELF file or where the compiler put it.  The library opens what has
 * that name whatever it is, a pipe too, so it has to be a regular file.
 */
static void find_split_unit(struct unit_reader *reader, Dwarf_Die *die)
{
    const char *name = string(die, DW_AT_dwo_name), *directory = directory_of(die);
    Dwarf_Die split;

    name = name ? name : string(die, DW_AT_GNU_dwo_name);
    if (!name || dwarf_haschildren(die) > 0) {
        return;
    }
    g_autofree char *beside = g_build_filename(reader->directory, name, NULL);
    g_autofree char *there =
        name[0] == '/' || !directory ? g_strdup(name) : g_build_filename(directory, name, NULL);
    bool pipes =
        g_file_test(beside, G_FILE_TEST_EXISTS) && !g_file_test(beside, G_FILE_TEST_IS_REGULAR);
    bool found =
        g_file_test(beside, G_FILE_TEST_IS_REGULAR) || g_file_test(there, G_FILE_TEST_IS_REGULAR);
    if (!pipes && found &&
        dwarf_cu_info(die->cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 && split.cu) {
        *die = split;
    } else if (!reader->missing_split) {
        reader->missing_split = g_steal_pointer(&there);
    }
}

void unit_read_scopes(struct unit *unit, struct unit_reader *reader)
{
    struct walk walk = {.unit = unit, .reader = reader};

    unit->scopes = g_array_new(FALSE, FALSE, sizeof(struct scope));
    unit->by_scope = segments_new();
    unit->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
    if (dwarf_offdie(reader->dwarf, unit->offset, &walk.die)) {
        find_split_unit(reader, &walk.die);
        walk.in_types = has_functions_in_types(&walk.die);
        if (dwarf_getsrcfiles(&walk.die, &walk.files, &walk.n_files) != 0) {
            walk.files = NULL;
        }
        walk_children(&walk, &walk.die, NO_SCOPE, 0);
    }
    segments_finish(unit->by_scope);
    g_array_sort(unit->pieces, compare_pieces);
    reader->bytes += unit->scopes->len * (sizeof(struct scope) + 2 * sizeof(struct piece));
}

/* Paths of rows repeat, as the same pointer. */
struct last_path {
    const char *path, *kept;
};

static bool convert_row(struct unit_reader *reader, Dwarf_Die *die, Dwarf_Line *line,
                        struct last_path *last, struct row *row)
{
    Dwarf_Addr address;
    int number, column;
    bool is_stmt, end;

    if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineno(line, &number) != 0 ||
        dwarf_linecol(line, &column) != 0 || dwarf_linebeginstatement(line, &is_stmt) != 0 ||
        dwarf_lineendsequence(line, &end) != 0) {
        return false;
    }
    /* The end may lie at the end of the code. */
    if (!reader->is_code(reader->data, end && address ? address - 1 : address)) {
        return false;
    }
    const char *path = dwarf_linesrc(line, NULL, NULL);
    if (path != last->path) {
        last->path = path;
        last->kept = keep_path(reader, path, die);
    }
    *row = (struct row){
        .address = address,
        .file = last->kept,
        .line = number > 0 ? (uint32_t)number : 0,
        .column = (uint16_t)CLAMP(column, 0, UINT16_MAX),
        .is_stmt = is_stmt,
        .end_sequence = end,
    };
    return true;
}

/* The library sorts rows by address, and the ends of sequences before others. */
void unit_read_rows(struct unit *unit, struct unit_reader *reader)
{
    struct last_path last = {NULL, NULL};
    Dwarf_Lines *lines;
    size_t n;
    Dwarf_Die die;
    struct row row;

    unit->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    if (!dwarf_offdie(reader->dwarf, unit->offset, &die) ||
        dwarf_getsrclines(&die, &lines, &n) != 0 || !unit_reader_step(reader, n)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (convert_row(reader, &die, dwarf_onesrcline(lines, i), &last, &row)) {
            g_array_append_val(unit->rows, row);
        }
    }
    reader->bytes += unit->rows->len * sizeof(struct row);
}
