/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jumps/jumps.h"

#include <stdlib.h>
#include <string.h>

#include "lib/jumps/follow.h"
#include "lib/jumps/symbolic.h"

#define MAX_ENTRIES 65536u
#define MAX_JUMPS   1024u /* in a function */

struct cflow_jumps {
    struct code_module module;
    const struct cflow_function *functions;
    size_t n_functions;
    GHashTable *parts;   /* name of a function -> GArray of size_t, its parts elsewhere */
    GHashTable *read;    /* functions (their index + 1) that were looked at */
    GHashTable *by_jump; /* address -> struct cflow_jump_table */
    GTree *starts;       /* of the tables: uint64_t * in one of them, itself */
};

static void free_table(gpointer data)
{
    struct cflow_jump_table *table = data;

    g_free(table->targets);
    g_free(table);
}

static int compare_keys(gconstpointer pa, gconstpointer pb, gpointer data)
{
    uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

    (void)data;
    return a < b ? -1 : a > b;
}

static void free_array(gpointer data)
{
    g_array_unref(data);
}

/* --- functions and their parts -------------------------------------------------------- */

/* The name of the function that @name is a part of, moved away by the compiler; g_free() it. */
static char *whole_name(const char *name)
{
    const char *suffix = strstr(name, " [clone .cold");

    suffix = suffix ? suffix : strstr(name, ".cold");
    return suffix ? g_strndup(name, (gsize)(suffix - name)) : NULL;
}

static void find_parts(cflow_jumps *jumps)
{
    for (size_t i = 0; i < jumps->n_functions; i++) {
        const char *name = jumps->functions[i].name;
        char *whole = name ? whole_name(name) : NULL;
        if (whole) {
            GArray *parts = g_hash_table_lookup(jumps->parts, whole);
            if (!parts) {
                parts = g_array_new(FALSE, FALSE, sizeof(size_t));
                g_hash_table_insert(jumps->parts, g_strdup(whole), parts);
            }
            g_array_append_val(parts, i);
        }
        g_free(whole);
    }
}

cflow_jumps *cflow_jumps_new(cflow_symbols *symbols, const struct isa *isa, const char *path,
                             const char *build_id)
{
    cflow_jumps *jumps = g_new0(cflow_jumps, 1);

    jumps->module = (struct code_module){
        .symbols = symbols,
        .path = path,
        .build_id = build_id,
        .isa = isa,
        .effects = isa ? effect_isa_find(isa->name) : NULL,
    };
    jumps->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
    jumps->read = g_hash_table_new(NULL, NULL);
    jumps->by_jump = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_table);
    jumps->starts = g_tree_new_full(compare_keys, NULL, NULL, NULL);
    if (jumps->module.effects) {
        jumps->functions = cflow_symbols_functions(symbols, path, build_id, &jumps->n_functions);
        find_parts(jumps);
    }
    return jumps;
}

void cflow_jumps_free(cflow_jumps *jumps)
{
    if (jumps) {
        g_hash_table_unref(jumps->parts);
        g_hash_table_unref(jumps->read);
        g_tree_unref(jumps->starts);
        g_hash_table_unref(jumps->by_jump);
        g_free(jumps);
    }
}

/* Index of the function whose range has @address; -1. */
static ssize_t function_at(const cflow_jumps *jumps, uint64_t address)
{
    const struct cflow_function *f = cflow_symbols_function_at(
        jumps->module.symbols, jumps->module.path, jumps->module.build_id, address);

    if (!f || f < jumps->functions || f >= jumps->functions + jumps->n_functions ||
        address < f->start || address - f->start >= f->size) {
        return -1;
    }
    return f - jumps->functions;
}

/* --- tables ----------------------------------------------------------------------------- */

static int compare_addresses(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

    return a < b ? -1 : a > b;
}

/* Entry number @i of the table. */
static uint64_t read_entry(const unsigned char *bytes, const struct followed *f, size_t i)
{
    uint64_t entry = 0;
    unsigned size = f->entry_bits / 8;

    memcpy(&entry, bytes + i * size, size);
    return symbolic_extend(entry, f->part_bits, f->is_signed);
}

/* Where entry number @i leads. */
static uint64_t target_of(const struct code_module *m, const unsigned char *bytes,
                          const struct followed *f, size_t i)
{
    uint64_t entry = bytes ? read_entry(bytes, f, i) : i;
    uint64_t target = f->base + f->factor * entry;

    target = m->isa->address_bits == 32 ? (uint32_t)target : target;
    return g_str_equal(m->isa->name, "arm") ? target & ~UINT64_C(1) : target; /* Thumb */
}

static struct cflow_jump_table *read_table(const struct code *code, uint64_t jump,
                                           const struct followed *f)
{
    size_t n = f->highest < MAX_ENTRIES ? (size_t)f->highest + 1 : 0, kept = 0;
    const unsigned char *bytes =
        f->entry_bits ? code_constant(code->module, f->table, n * (f->entry_bits / 8)) : NULL;
    g_autofree uint64_t *targets = g_new(uint64_t, n + 1);

    if (n == 0 || (f->entry_bits && !bytes)) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        targets[i] = target_of(code->module, bytes, f, i);
        if (code_find(code, targets[i]) == CODE_NONE) {
            return NULL;
        }
    }
    qsort(targets, n, sizeof(*targets), compare_addresses);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || targets[kept - 1] != targets[i]) {
            targets[kept++] = targets[i];
        }
    }
    struct cflow_jump_table *table = g_new0(struct cflow_jump_table, 1);
    *table = (struct cflow_jump_table){
        .jump = jump,
        .start = bytes ? f->table : 0,
        .end = bytes ? f->table + n * (f->entry_bits / 8) : 0,
        .entries = n,
        .targets = g_steal_pointer(&targets),
        .n_targets = kept,
    };
    return table;
}

/* --- the jumps of one function ------------------------------------------------------------ */

/* An indirect jump, and what it is taken to do. */
struct guess {
    uint32_t jump; /* instruction */
    bool understood;
    struct followed followed;
    struct cflow_jump_table *table;
};

static void free_guess(gpointer data)
{
    struct guess *guess = data;

    if (guess->table) {
        free_table(guess->table);
    }
}

/* The ways that @code has if all guesses are right. */
static void add_guesses(struct code *code, const GArray *guesses)
{
    for (guint i = 0; i < guesses->len; i++) {
        const struct guess *guess = &g_array_index(guesses, struct guess, i);
        if (guess->understood) {
            code_add_ways(code, guess->jump, guess->table->targets, guess->table->n_targets);
        }
    }
}

/*
 * Understands what can be understood as long as no jump leads to where it is not known to,
 * and nothing else does: the cases of a switch are code to which no way is known before it
 * is understood.
 */
static void guess_all(struct code *code, struct constants *constants, GArray *guesses)
{
    bool more = true;

    while (more) {
        more = false;
        for (guint i = 0; i < guesses->len; i++) {
            struct guess *guess = &g_array_index(guesses, struct guess, i);
            if (guess->understood || !follow(code, constants, guess->jump, &guess->followed)) {
                continue;
            }
            guess->table =
                read_table(code, code_insn(code, guess->jump)->address, &guess->followed);
            if (guess->table) {
                guess->understood = more = true;
                code_add_ways(code, guess->jump, guess->table->targets, guess->table->n_targets);
                constants_again(constants);
            }
        }
    }
}

/*
 * Looks at all guesses again, with the ways of all of them, and with jumps that are not
 * understood leading anywhere.  If each is still the same, they are right: the first one
 * to go elsewhere would have to come after one that did.  Returns false if one is not,
 * which is a guess no longer.
 */
static bool confirm(struct code *code, struct constants *constants, GArray *guesses)
{
    for (guint i = 0; i < guesses->len; i++) {
        struct guess *guess = &g_array_index(guesses, struct guess, i);
        struct followed again;
        if (!guess->understood) {
            continue;
        }
        if (code->budget == 0 || !follow(code, constants, guess->jump, &again) ||
            !follow_is_same(&again, &guess->followed)) {
            guess->understood = false;
            g_clear_pointer(&guess->table, free_table);
            return false;
        }
    }
    return true;
}

static void confirm_all(struct code *code, struct constants *constants, GArray *guesses)
{
    do {
        g_array_set_size(constants->open, 0);
        for (guint i = 0; i < guesses->len; i++) {
            const struct guess *guess = &g_array_index(guesses, struct guess, i);
            if (!guess->understood) {
                g_array_append_val(constants->open, guess->jump);
            }
        }
        code_find_ways(code);
        add_guesses(code, guesses);
        constants_again(constants);
    } while (!confirm(code, constants, guesses) && code->budget > 0);
    for (guint i = 0; code->budget == 0 && i < guesses->len; i++) {
        g_clear_pointer(&g_array_index(guesses, struct guess, i).table, free_table);
    }
}

static void look(cflow_jumps *jumps, struct code *code, GArray *guesses)
{
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct constants constants;

    code_find_ways(code);
    constants_init(&constants, code, open);
    constants.guessing = true;
    guess_all(code, &constants, guesses);
    constants.guessing = false;
    confirm_all(code, &constants, guesses);
    constants_clear(&constants);
    for (guint i = 0; i < guesses->len; i++) {
        struct cflow_jump_table *table =
            g_steal_pointer(&g_array_index(guesses, struct guess, i).table);
        if (table) {
            g_hash_table_insert(jumps->by_jump, &table->jump, table);
            g_tree_insert(jumps->starts, &table->start, table);
        }
    }
}

/* The address ranges of function @function, its parts included. */
static void ranges_of(const cflow_jumps *jumps, size_t function, GArray *starts, GArray *ends)
{
    const char *name = jumps->functions[function].name;
    GArray *parts = name ? g_hash_table_lookup(jumps->parts, name) : NULL;

    for (guint i = 0; i <= (parts ? parts->len : 0); i++) {
        const struct cflow_function *f =
            &jumps->functions[i == 0 ? function : g_array_index(parts, size_t, i - 1)];
        uint64_t end = f->start + f->size;
        if (f->size > 0) {
            g_array_append_val(starts, f->start);
            g_array_append_val(ends, end);
        }
    }
}

static void read_function(cflow_jumps *jumps, size_t function)
{
    g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GArray) guesses = g_array_new(FALSE, FALSE, sizeof(struct guess));
    struct code code = {0};

    g_array_set_clear_func(guesses, free_guess);
    ranges_of(jumps, function, starts, ends);
    if (starts->len > 0 && code_read(&code, &jumps->module, (uint64_t *)(void *)starts->data,
                                     (uint64_t *)(void *)ends->data, starts->len)) {
        for (guint i = 0; i < code.insns->len; i++) {
            struct guess guess = {.jump = i};
            if (code_insn(&code, i)->class == ISA_INDIRECT_JUMP) {
                g_array_append_val(guesses, guess);
            }
        }
    }
    if (guesses->len > 0 && guesses->len <= MAX_JUMPS) {
        look(jumps, &code, guesses);
    }
    code_clear(&code);
}

/* Whether another jump's table begins within @table: then one of them is wrong. */
static bool is_shared(cflow_jumps *jumps, const struct cflow_jump_table *table)
{
    GTreeNode *node = g_tree_upper_bound(jumps->starts, &table->start);

    return node && *(const uint64_t *)g_tree_node_key(node) < table->end;
}

/* Looks at a function that was not looked at. */
static void read_once(cflow_jumps *jumps, size_t function)
{
    if (g_hash_table_add(jumps->read, GSIZE_TO_POINTER((gsize)function + 1))) {
        read_function(jumps, function);
    }
}

void cflow_jumps_read_all(cflow_jumps *jumps)
{
    for (size_t i = 0; i < jumps->n_functions; i++) {
        read_once(jumps, i);
    }
}

const struct cflow_jump_table *cflow_jumps_at(cflow_jumps *jumps, uint64_t address)
{
    int64_t key = (int64_t)address;
    ssize_t function = jumps->n_functions ? function_at(jumps, address) : -1;

    if (function < 0) {
        return NULL;
    }
    read_once(jumps, (size_t)function);
    const struct cflow_jump_table *table = g_hash_table_lookup(jumps->by_jump, &key);
    return table && !is_shared(jumps, table) ? table : NULL;
}

ssize_t cflow_jump_table_find(const struct cflow_jump_table *table, uint64_t address)
{
    const uint64_t *found = bsearch(&address, table->targets, table->n_targets,
                                    sizeof(*table->targets), compare_addresses);

    return found ? found - table->targets : -1;
}

bool cflow_jump_table_allows(const struct cflow_jump_table *table, const struct cflow_edge *edges,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (edges[i].kind == CFLOW_INDIRECT_JUMP &&
            (edges[i].dst_module != edges[i].src_module ||
             cflow_jump_table_find(table, edges[i].dst) < 0)) {
            return false;
        }
    }
    return true;
}
