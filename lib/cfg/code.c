/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions of a function.
 *
 * From every address where the profile saw code run, and from the function's
 * start, the code in the file is decoded along its branches.  What is left
 * between was never reached by a known way (cases of a switch that never came
 * up, say) and is decoded from top to bottom, unless the file calls it data.
 * Without a file there are the instructions that the profile has.
 */
#include <string.h>

#include "lib/cfg/cfg-internal.h"
#include "lib/profile/insns.h"

struct finder {
    cflow_cfg *cfg;
    GHashTable *rows;  /* address -> struct cflow_insn_place */
    GHashTable *found; /* addresses in insns */
    GArray *insns;     /* struct cflow_cfg_insn */
    GArray *todo;      /* uint64_t: addresses to decode from */
};

static bool inside(const cflow_cfg *cfg, uint64_t address)
{
    return address >= cfg->what.start && address < cfg->what.end;
}

static bool is_data(const cflow_cfg *cfg, uint64_t address)
{
    return cfg->what.is_data && cfg->what.is_data(address, cfg->what.data);
}

/* The bytes of the file at @address; *@n is set to how many there are. */
static const unsigned char *code_at(const cflow_cfg *cfg, uint64_t address, size_t *n)
{
    uint64_t at = address - cfg->what.start;
    uint64_t size = MIN((uint64_t)cfg->what.n_code, cfg->what.end - cfg->what.start);

    *n = 0;
    if (!cfg->what.code || at >= size) {
        return NULL;
    }
    *n = (size_t)(size - at);
    return cfg->what.code + at;
}

/* What ran is in the profile, and it may have been changed since it was read from the file. */
static bool decode(struct finder *f, uint64_t address, struct cflow_cfg_insn *insn)
{
    const cflow_cfg *cfg = f->cfg;
    const struct isa *isa = cfg->context->isa;
    const struct cflow_insn_place *row = g_hash_table_lookup(f->rows, &address);
    const unsigned char *bytes;
    struct isa_insn out = {.class = ISA_UNKNOWN};
    size_t n;

    *insn = (struct cflow_cfg_insn){.address = address, .block = CFLOW_CFG_NONE};
    bytes = code_at(cfg, address, &n);
    if (row && row->n_bytes > 0) {
        bytes = row->bytes;
        n = row->n_bytes;
        isa_decode_exact(isa, address, bytes, n, cfg->what.mode, &out);
    } else if (bytes && isa) {
        isa->decode(address, bytes, MIN(n, isa->max_size), cfg->what.mode, &out);
    }
    insn->class = out.class;
    insn->isa_flags = out.flags;
    insn->target = out.target;
    insn->size = out.size;
    if (row) {
        insn->class = row->class;
        insn->isa_flags = row->class == out.class ? out.flags & ~(unsigned)ISA_HAS_TARGET : 0;
        insn->isa_flags |= row->has_target ? ISA_HAS_TARGET : 0;
        insn->target = row->target;
        insn->size = row->n_bytes > 0 ? row->n_bytes : insn->size;
        insn->text = row->disasm;
        insn->flags = row->flags;
    }
    if (bytes && insn->size > 0 && insn->size <= MIN(n, sizeof(insn->bytes))) {
        insn->has_bytes = true;
        memcpy(insn->bytes, bytes, insn->size);
    }
    return row || insn->size > 0;
}

static void add(struct finder *f, const struct cflow_cfg_insn *insn)
{
    g_array_append_val(f->insns, *insn);
    g_hash_table_add(f->found, g_memdup2(&insn->address, sizeof(insn->address)));
}

static void later(struct finder *f, uint64_t address)
{
    if (inside(f->cfg, address) && !g_hash_table_contains(f->found, &address)) {
        g_array_append_val(f->todo, address);
    }
}

static void later_all(struct finder *f, const struct cflow_cfg_insn *insn)
{
    size_t n;
    const uint64_t *targets = cfg_targets(f->cfg, insn, &n);

    if (insn->isa_flags & ISA_HAS_TARGET) {
        later(f, insn->target);
    }
    for (size_t i = 0; i < n; i++) {
        later(f, targets[i]);
    }
}

/* From @address straight on, up to @end or to something known. */
static void decode_straight(struct finder *f, uint64_t address, uint64_t end)
{
    struct cflow_cfg_insn insn;

    while (address < end && !g_hash_table_contains(f->found, &address) &&
           decode(f, address, &insn) && insn.size <= end - address) {
        add(f, &insn);
        later_all(f, &insn);
        if (insn.size == 0 || cfg_never_goes_on(&insn)) {
            return;
        }
        address += insn.size;
    }
}

static void decode_todo(struct finder *f, uint64_t end)
{
    while (f->todo->len > 0) {
        uint64_t address = g_array_index(f->todo, uint64_t, f->todo->len - 1);
        g_array_set_size(f->todo, f->todo->len - 1);
        decode_straight(f, address, end);
    }
}

/* Where the profile saw control: an instruction, even if nothing more is known of it. */
static void add_known(struct finder *f, uint64_t address)
{
    struct cflow_cfg_insn insn;

    if (inside(f->cfg, address) && !g_hash_table_contains(f->found, &address)) {
        decode_straight(f, address, f->cfg->what.end);
        if (!g_hash_table_contains(f->found, &address)) {
            decode(f, address, &insn);
            add(f, &insn);
        }
        decode_todo(f, f->cfg->what.end);
    }
}

static guint first_block(const GArray *blocks, int64_t module, uint64_t start)
{
    guint low = 0, high = blocks->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct cflow_block *b = &g_array_index(blocks, struct cflow_block, middle);
        if (b->module < module || (b->module == module && b->start < start)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_all_known(struct finder *f)
{
    const cflow_cfg_context *context = f->cfg->context;
    const struct cflow_cfg_request *what = &f->cfg->what;
    const GArray *blocks = context->blocks;
    size_t first, n;
    GHashTableIter iter;
    gpointer key;

    for (guint i = first_block(blocks, what->module, what->start); i < blocks->len; i++) {
        const struct cflow_block *b = &g_array_index(blocks, struct cflow_block, i);
        if (b->module != what->module || b->start >= what->end) {
            break;
        }
        add_known(f, b->start);
        add_known(f, b->last);
    }
    n = cflow_cfg_edges_from(context, what->module, what->start, what->end, &first);
    for (size_t i = first; i < first + n; i++) {
        add_known(f, context->flow->edges[i].src);
    }
    n = cflow_cfg_edges_to(context, what->module, what->start, what->end, &first);
    for (size_t i = first; i < first + n; i++) {
        add_known(f, context->flow->edges[context->by_dst[i]].dst);
    }
    g_hash_table_iter_init(&iter, f->rows);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        add_known(f, *(const uint64_t *)key);
    }
}

static int compare_insns(const void *pa, const void *pb)
{
    const struct cflow_cfg_insn *a = pa, *b = pb;

    return a->address == b->address ? 0 : a->address < b->address ? -1 : 1;
}

/* Distance of the addresses where an instruction can begin. */
static unsigned alignment(const cflow_cfg *cfg)
{
    const char *name = cfg->context->isa->name;

    if (strcmp(name, "x86_64") == 0 || strcmp(name, "i386") == 0) {
        return 1;
    }
    return strncmp(name, "riscv", 5) == 0 || cfg->what.mode == ISA_MODE_THUMB ? 2 : 4;
}

/* What nothing is known to lead to, from @start to @end. */
static void decode_gap(struct finder *f, uint64_t start, uint64_t end)
{
    unsigned step = alignment(f->cfg);
    struct cflow_cfg_insn insn;

    for (uint64_t at = start; at < end; at += MAX(insn.size, step)) {
        if (g_hash_table_contains(f->found, &at) || is_data(f->cfg, at) || !decode(f, at, &insn) ||
            insn.size > end - at) {
            insn.size = 0; /* data, or behind an instruction of this gap */
            continue;
        }
        add(f, &insn);
    }
}

static void decode_gaps(struct finder *f)
{
    const cflow_cfg *cfg = f->cfg;
    uint64_t at = cfg->what.start, end = at;
    guint n = f->insns->len;
    size_t left;

    if (!cfg->context->isa || !code_at(cfg, cfg->what.start, &left)) {
        return;
    }
    g_array_sort(f->insns, compare_insns);
    end += MIN((uint64_t)left, cfg->what.end - cfg->what.start);
    for (guint i = 0; i < n; i++) {
        struct cflow_cfg_insn insn = g_array_index(f->insns, struct cflow_cfg_insn, i);
        if (insn.address > at) {
            decode_gap(f, at, insn.address);
        }
        at = MAX(at, insn.address + MAX(insn.size, 1));
    }
    if (at < end) {
        decode_gap(f, at, end);
    }
    g_array_sort(f->insns, compare_insns);
}

static void find(struct finder *f)
{
    cflow_cfg *cfg = f->cfg;
    struct cflow_cfg_insn insn;
    guint n;

    add_all_known(f);
    /* The start of code that never ran; in Arm and Thumb only what is certain. */
    if (!is_data(cfg, cfg->what.start) && decode(f, cfg->what.start, &insn)) {
        later(f, cfg->what.start);
        decode_todo(f, cfg->what.end);
    }
    do { /* code in a gap has branches into others */
        n = f->insns->len;
        decode_gaps(f);
    } while (f->insns->len > n);
    g_array_sort(f->insns, compare_insns);
}

bool cfg_find_insns(cflow_cfg *cfg, GError **error)
{
    g_autoptr(GArray) rows = cflow_query_insns(cfg->context->profile, cfg->what.module,
                                               cfg->what.start, cfg->what.end, cfg->strings, error);
    g_autoptr(GHashTable) by_address = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    struct finder f = {.cfg = cfg, .rows = by_address, .found = found, .todo = todo};

    if (!rows) {
        return false;
    }
    for (guint i = 0; i < rows->len; i++) {
        struct cflow_insn_place *row = &g_array_index(rows, struct cflow_insn_place, i);
        g_hash_table_insert(by_address, &row->offset, row);
    }
    f.insns = g_array_new(FALSE, FALSE, sizeof(struct cflow_cfg_insn));
    find(&f);
    cfg->n_insns = f.insns->len;
    cfg->insns = (struct cflow_cfg_insn *)(void *)g_array_free(f.insns, FALSE);
    return true;
}

size_t cfg_insn_index(const cflow_cfg *cfg, uint64_t address)
{
    size_t low = 0, high = cfg->n_insns;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cfg->insns[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < cfg->n_insns && cfg->insns[low].address == address ? low : CFLOW_CFG_NONE;
}

size_t cfg_next_insn(const cflow_cfg *cfg, size_t i)
{
    const struct cflow_cfg_insn *insn = &cfg->insns[i];
    size_t next = insn->size ? cfg_insn_index(cfg, insn->address + insn->size) : CFLOW_CFG_NONE;

    if (next == CFLOW_CFG_NONE && !cfg->what.code && i + 1 < cfg->n_insns) {
        next = i + 1; /* those between are not known */
    }
    return next;
}

const struct cflow_cfg_insn *cflow_cfg_insn_at(const cflow_cfg *cfg, uint64_t address)
{
    size_t i = cfg_insn_index(cfg, address);

    return i == CFLOW_CFG_NONE ? NULL : &cfg->insns[i];
}
