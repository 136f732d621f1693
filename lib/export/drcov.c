/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of DynamoRIO's drcov, version 2 with module table version 5: which
 * blocks ran, not how often.  Lighthouse (IDA, Binary Ninja), lightkeeper and
 * Cartographer (Ghidra) read it.
 * https://dynamorio.org/page_drcov.html
 *
 * After a header of text, a block is an offset from the base of its module (32
 * bits), a size in bytes (16 bits) and the number of its module (16 bits),
 * little-endian.
 */
#include <string.h>

#include "lib/export/formats.h"
#include "lib/export/text.h"
#include "lib/profile/blocks.h"

/* Readers take sizes for signed. */
#define MAX_SIZE 0x7fff

/* A module of the profile, as the table of modules has it. */
struct entry {
    const struct cflow_module *module;
    uint64_t base;      /* address in the module of what is at @start */
    uint64_t size;      /* of what is mapped */
    uint64_t start;     /* guest address */
    uint64_t preferred; /* address that the file wants to be at */
};

struct writer {
    const struct cflow_export *export;
    GArray *entries; /* struct entry; the index is the number in the file */
    GByteArray *blocks;
    size_t n_blocks;
    uint64_t too_far; /* blocks that 32 bits do not reach */
};

/* The bytes of the instruction at @offset, at least 1. */
static bool insn_size(const struct writer *w, int64_t module, uint64_t offset, uint64_t *size,
                      GError **error)
{
    g_autoptr(cflow_insn) insn = cflow_query_insn(w->export->profile, module, offset, error);

    if (!insn) {
        return false;
    }
    *size = insn->bytes ? MAX(g_bytes_get_size(insn->bytes), 1) : 1;
    return true;
}

static void put_u16(GByteArray *out, uint16_t value)
{
    uint16_t le = GUINT16_TO_LE(value);

    g_byte_array_append(out, (const guint8 *)&le, sizeof(le));
}

static void put_block(struct writer *w, uint64_t offset, uint64_t size, uint16_t module)
{
    while (size) {
        uint16_t part = (uint16_t)MIN(size, MAX_SIZE);
        uint32_t le = GUINT32_TO_LE((uint32_t)offset);
        g_byte_array_append(w->blocks, (const guint8 *)&le, sizeof(le));
        put_u16(w->blocks, part);
        put_u16(w->blocks, module);
        w->n_blocks++;
        offset += part;
        size -= part;
    }
}

/* Where the module lay, in the first process that had it. */
static bool find_mapping(struct writer *w, struct entry *entry, uint64_t lowest, GError **error)
{
    struct cflow_elf elf;
    struct cflow_mapping mapping;

    if (!cflow_query_mapping(w->export->profile, entry->module->id, &mapping, error)) {
        return false;
    }
    bool has_file =
        cflow_symbols_elf(w->export->symbols, entry->module->path, entry->module->build_id, &elf) &&
        elf.end > elf.start;
    if (has_file) {
        entry->base = elf.start & ~UINT64_C(0xfff);
        entry->preferred = entry->base;
        entry->size = elf.end - entry->base;
    } else if (mapping.found && mapping.bias) {
        entry->size = mapping.end - mapping.bias; /* base 0: position-independent, or memory */
    } else {
        entry->base = lowest & ~UINT64_C(0xfff);
        if (strcmp(entry->module->kind, "elf") == 0) {
            cflow_export_note(w->export,
                              "the file of %s is not there: offsets count from its first page of "
                              "code that ran, 0x%" G_GINT64_MODIFIER "x",
                              entry->module->path, entry->base);
        }
    }
    entry->start = entry->base + (mapping.found ? mapping.bias : 0);
    return true;
}

/* Whether @block is in the function that was asked for. */
static bool is_wanted(const struct writer *w, const struct cflow_block *block)
{
    struct cflow_place place;

    if (!w->export->function) {
        return true; /* names need not be looked up: that takes time */
    }
    cflow_export_place(w->export, block->module, block->start, &place);
    return cflow_export_wants(w->export, &place);
}

static bool add_block(struct writer *w, const struct cflow_block *block, guint number,
                      GError **error)
{
    struct entry *entry = &g_array_index(w->entries, struct entry, number);
    uint64_t size;

    if (block->entered == 0 || !is_wanted(w, block)) {
        return true;
    }
    if (!insn_size(w, block->module, block->last, &size, error)) {
        return false;
    }
    uint64_t end = block->last - entry->base + size;
    if (block->start < entry->base || end > UINT32_MAX || end < size || number > UINT16_MAX) {
        w->too_far++;
        return true;
    }
    put_block(w, block->start - entry->base, block->last - block->start + size, (uint16_t)number);
    entry->size = MAX(entry->size, end);
    return true;
}

static bool add_blocks(struct writer *w, const GArray *blocks, GError **error)
{
    for (guint i = 0; i < blocks->len; i++) {
        const struct cflow_block *block = &g_array_index(blocks, struct cflow_block, i);
        struct entry *last =
            w->entries->len ? &g_array_index(w->entries, struct entry, w->entries->len - 1) : NULL;
        if (!last || last->module->id != block->module) {
            struct entry entry = {.module =
                                      cflow_profile_module(w->export->profile, block->module)};
            if (!find_mapping(w, &entry, block->start, error)) {
                return false;
            }
            g_array_append_val(w->entries, entry);
        }
        if (!add_block(w, block, w->entries->len - 1, error)) {
            return false;
        }
    }
    return true;
}

static void put_modules(const struct writer *w, FILE *out)
{
    fprintf(out, "Module Table: version 5, count %u\n", w->entries->len);
    fputs("Columns: id, containing_id, start, end, entry, offset, preferred_base, path\n", out);
    for (guint i = 0; i < w->entries->len; i++) {
        const struct entry *e = &g_array_index(w->entries, struct entry, i);
        fprintf(out,
                "%3u, %3u, 0x%016" G_GINT64_MODIFIER "x, 0x%016" G_GINT64_MODIFIER
                "x, 0x%016x, %016x, 0x%016" G_GINT64_MODIFIER "x, ",
                i, i, e->start, e->start + e->size, 0, 0, e->preferred);
        cflow_export_put_line(out, e->module->path);
        fputc('\n', out);
    }
}

static bool write_drcov(const struct cflow_export *export, FILE *out, GError **error)
{
    int64_t module = export->module ? export->module->id : -1;
    g_autoptr(GArray) blocks = cflow_export_check_function(export, error)
                                   ? cflow_query_blocks(export->profile, module, error)
                                   : NULL;
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    struct writer w = {.export = export, .entries = entries, .blocks = bytes};

    if (!blocks || !add_blocks(&w, blocks, error)) {
        return false;
    }
    if (w.too_far) {
        cflow_export_note(export,
                          "%" G_GUINT64_FORMAT " blocks are left out: they are too far from the "
                          "base of their module for the format",
                          w.too_far);
    }
    fputs("DRCOV VERSION: 2\nDRCOV FLAVOR: drcov-64\n", out);
    put_modules(&w, out);
    fprintf(out, "BB Table: %zu bbs\n", w.n_blocks);
    if (bytes->len) {
        fwrite(bytes->data, 1, bytes->len, out);
    }
    return true;
}

const struct cflow_export_format cflow_export_drcov = {
    .name = "drcov",
    .summary = "which blocks ran, for disassemblers: DynamoRIO's coverage",
    .output = "drcov.log",
    .reader = "Lighthouse (IDA, Binary Ninja), Cartographer (Ghidra)",
    .binary = true,
    .write = write_drcov,
};
