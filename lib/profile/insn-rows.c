/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of instructions.  Most instructions that have one have several reasons for
 * it: two blocks end there, and a third begins.  So the reasons are gathered first and
 * sorted, and an instruction is decoded and disassembled once.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/profile/process.h"
#include "lib/profile/sort.h"

static char *text_of(const struct cflow_arena_block *b, unsigned which)
{
    const char *at = (const char *)work_bytes(b) + b->n_bytes, *end = (const char *)b + b->size;

    if (!(b->flags & which)) {
        return NULL;
    }
    if (which == CFLOW_BLOCK_HAS_SYMBOL && (b->flags & CFLOW_BLOCK_HAS_DISAS)) {
        at += strnlen(at, (size_t)(end - at)) + 1;
    }
    return at < end ? g_strndup(at, (gsize)(end - at)) : NULL;
}

/*
 * QEMU's own disassembly: columns of spaces, and "# 0x..." with an address of
 * this run, which becomes one of the module.
 */
static char *tidy(char *text, uint64_t bias)
{
    g_autofree char *owned = text;
    g_autoptr(GString) out = g_string_new(NULL);
    char *comment = text ? strchr(text, '#') : NULL;

    if (!text) {
        return NULL;
    }
    if (comment) {
        *comment++ = '\0';
    }
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    for (char **word = words; *word; word++) {
        if (**word) {
            g_string_append_printf(out, "%s%s", out->len ? " " : "", *word);
        }
    }
    if (comment) {
        g_string_append_printf(out, " # 0x%" PRIx64, g_ascii_strtoull(comment, NULL, 16) - bias);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void work_add_insn(struct work *w, const struct cflow_arena_block *b, unsigned insn,
                   uint32_t offset, unsigned flags)
{
    struct insn_use use = {
        .offset = offset, .block = b, .insn = (uint16_t)insn, .flags = (uint16_t)flags};

    work_locate(w, b, offset, &use.module, &use.address);
    g_array_append_val(w->insns, use);
}

void work_add_insn_left(struct work *w, const struct cflow_arena_block *b, unsigned insn)
{
    if (b->n_insns) {
        work_add_insn(w, b, insn, work_insn_offset(b, insn), CFLOW_INSN_LEFT_MID_BLOCK);
        return;
    }
    for (guint i = 0; i < w->blocks->len; i++) {
        const struct cflow_arena_block *at = g_ptr_array_index(w->blocks, i);
        uint32_t offset = 0;
        for (unsigned k = 0; k < at->n_insns && at->module == b->module; k++) {
            if (at->pc + offset == b->pc) {
                work_add_insn(w, at, k, offset, CFLOW_INSN_LEFT_MID_BLOCK);
                return;
            }
            offset += at->data[k];
        }
    }
}

/* --- one row for each ------------------------------------------------------ */

static void set_bytes(struct cflow_insn_row *row, const struct insn_use *use)
{
    row->n_bytes = MIN(use->block->data[use->insn], (unsigned char)sizeof(row->bytes));
    memcpy(row->bytes, work_bytes(use->block) + use->offset, row->n_bytes);
}

static bool same_bytes(const struct insn_use *a, const struct insn_use *b)
{
    struct cflow_insn_row x, y;

    set_bytes(&x, a);
    set_bytes(&y, b);
    return x.n_bytes == y.n_bytes && memcmp(x.bytes, y.bytes, x.n_bytes) == 0;
}

static const char *disassemble(const struct work *w, const struct insn_use *use)
{
    const struct cflow_arena_block *b = use->block;
    bool last = use->insn + 1u == b->n_insns;
    g_autofree char *text =
        last ? tidy(text_of(b, CFLOW_BLOCK_HAS_DISAS), work_place(w, b, use->offset).bias) : NULL;

    if (!text && !(b->flags & CFLOW_BLOCK_OPAQUE)) {
        text = cflow_disasm_text(w->disasm, use->address, work_bytes(b) + use->offset,
                                 b->data[use->insn], CFLOW_BLOCK_MODE(b->mode));
    }
    return text ? g_string_chunk_insert(w->rows->strings, text) : NULL;
}

static const char *symbol_of(const struct work *w, const struct insn_use *use)
{
    bool last = use->insn + 1u == use->block->n_insns;
    g_autofree char *text = last ? text_of(use->block, CFLOW_BLOCK_HAS_SYMBOL) : NULL;

    return text ? g_string_chunk_insert(w->rows->strings, text) : NULL;
}

/* The row of what @n uses, all of one address, say. */
static void add_row(struct work *w, const struct insn_use *uses, guint n)
{
    struct cflow_insn_row row = {.module = uses->module, .offset = uses->address};
    struct isa_insn insn;

    work_decode_at(w, uses->block, uses->insn, uses->offset, &insn);
    row.class = (unsigned char)insn.class;
    row.has_target = insn.flags & ISA_HAS_TARGET;
    row.target = insn.target - work_place(w, uses->block, uses->offset).bias;
    set_bytes(&row, uses);
    for (guint i = 0; i < n; i++) {
        unsigned flags = uses[i].flags;
        if (i && !same_bytes(uses, &uses[i])) {
            flags |= CFLOW_INSN_BYTES_CHANGED;
        }
        row.flags |= (unsigned char)flags;
        if (flags & (CFLOW_INSN_ENDS_BLOCK | CFLOW_INSN_LEFT_MID_BLOCK)) {
            row.disasm = row.disasm ? row.disasm : disassemble(w, &uses[i]);
            row.symbol = row.symbol ? row.symbol : symbol_of(w, &uses[i]);
        }
    }
    g_array_append_val(w->rows->insns, row);
}

void work_join_insns(struct work *w)
{
    static const struct cflow_sort_field key[] = {CFLOW_SORT_FIELD(struct insn_use, module),
                                                  CFLOW_SORT_FIELD(struct insn_use, address)};
    const struct insn_use *uses = (const struct insn_use *)(void *)w->insns->data;
    guint n;

    cflow_sort_rows(w->insns, key, G_N_ELEMENTS(key));
    for (guint i = 0; i < w->insns->len; i += n) {
        for (n = 1; i + n < w->insns->len && uses[i + n].module == uses[i].module &&
                    uses[i + n].address == uses[i].address;
             n++) {
        }
        add_row(w, &uses[i], n);
    }
}
