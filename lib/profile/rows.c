/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/rows.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/profile/process.h"
#include "lib/profile/sort.h"

static bool damaged(GError **error)
{
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        "the recording is damaged; record again");
    return false;
}

const char *cflow_signal_name(unsigned signum)
{
    static const char *const names[] = {
        NULL,        "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
    };
    if (signum && signum < G_N_ELEMENTS(names)) {
        return names[signum];
    }
    g_autofree char *name = g_strdup_printf("signal %u", signum);
    return g_intern_string(name);
}

uint32_t cflow_rows_unfollowed(const struct cflow_rows *rows, char **note)
{
    static const char *const reasons[CFLOW_N_UNFOLLOWED] = {
        [CFLOW_UNFOLLOWED_ASKED] = "not asked for",
        [CFLOW_UNFOLLOWED_REACH] = "the recording was out of reach (another root or user)",
        [CFLOW_UNFOLLOWED_SETID] = "set-user-ID or set-group-ID or with capabilities",
        [CFLOW_UNFOLLOWED_FILE] = "not readable or without a name",
        [CFLOW_UNFOLLOWED_MACHINE] = "no QEMU here for it",
    };
    g_autoptr(GString) text = g_string_new(NULL);
    uint32_t n = 0;

    for (unsigned i = 0; i < CFLOW_N_UNFOLLOWED; i++) {
        if (rows->unfollowed[i]) {
            n += rows->unfollowed[i];
            g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", rows->unfollowed[i],
                                   reasons[i]);
        }
    }
    *note = g_string_free(g_steal_pointer(&text), FALSE);
    return n;
}

uint64_t cflow_rows_beyond(const struct cflow_rows *rows)
{
    uint64_t n = 0;

    for (guint i = 0; i < rows->processes->len; i++) {
        n += g_array_index(rows->processes, struct cflow_process_row, i).beyond;
    }
    return n;
}

/* --- sorting and joining --------------------------------------------------- */

#define COMPARE(a, b, field)                                                                       \
    if ((a)->field != (b)->field) {                                                                \
        return (a)->field < (b)->field ? -1 : 1;                                                   \
    }

static const struct cflow_sort_field insn_key[] = {
    CFLOW_SORT_FIELD(struct cflow_insn_row, module),
    CFLOW_SORT_FIELD(struct cflow_insn_row, offset),
};

static const struct cflow_sort_field block_key[] = {
    CFLOW_SORT_FIELD(struct cflow_block_row, process),
    CFLOW_SORT_FIELD(struct cflow_block_row, module),
    CFLOW_SORT_FIELD(struct cflow_block_row, start),
    CFLOW_SORT_FIELD(struct cflow_block_row, last),
    CFLOW_SORT_FIELD(struct cflow_block_row, insns),
    CFLOW_SORT_FIELD(struct cflow_block_row, privilege),
};

static const struct cflow_sort_field edge_key[] = {
    CFLOW_SORT_FIELD(struct cflow_edge_row, process),
    CFLOW_SORT_FIELD(struct cflow_edge_row, src_module),
    CFLOW_SORT_FIELD(struct cflow_edge_row, src),
    CFLOW_SORT_FIELD(struct cflow_edge_row, dst_module),
    CFLOW_SORT_FIELD(struct cflow_edge_row, dst),
    CFLOW_SORT_FIELD(struct cflow_edge_row, kind),
    CFLOW_SORT_FIELD(struct cflow_edge_row, privilege),
};

static int compare_discontinuities(const void *x, const void *y)
{
    const struct cflow_discontinuity_row *a = x, *b = y;

    COMPARE(a, b, process);
    COMPARE(a, b, vcpu);
    COMPARE(a, b, kind);
    int order = strcmp(a->cause, b->cause);
    if (order) {
        return order;
    }
    COMPARE(a, b, src_module);
    COMPARE(a, b, src);
    COMPARE(a, b, dst_module);
    COMPARE(a, b, dst);
    COMPARE(a, b, mid_block);
    COMPARE(a, b, privilege);
    return 0;
}

static void join_insn(void *into, void *from)
{
    struct cflow_insn_row *a = into, *b = from;

    if (a->n_bytes != b->n_bytes || memcmp(a->bytes, b->bytes, a->n_bytes) != 0) {
        a->flags |= CFLOW_INSN_BYTES_CHANGED;
    }
    a->flags |= b->flags;
    if (!a->disasm) {
        a->disasm = b->disasm;
    }
    if (!a->symbol) {
        a->symbol = b->symbol;
    }
}

static void join_block(void *into, void *from)
{
    struct cflow_block_row *a = into, *b = from;

    a->entered += b->entered;
    a->completed += b->completed;
}

static void join_edge(void *into, void *from)
{
    ((struct cflow_edge_row *)into)->count += ((struct cflow_edge_row *)from)->count;
}

static void join_discontinuity(void *into, void *from)
{
    struct cflow_discontinuity_row *a = into;
    const struct cflow_discontinuity_row *b = from;

    a->count += b->count;
    a->returned += b->returned;
    a->instructions += b->instructions;
}

static int compare_insns(const void *x, const void *y)
{
    const struct cflow_insn_row *a = x, *b = y;

    COMPARE(a, b, module);
    COMPARE(a, b, offset);
    return 0;
}

static int compare_blocks(const void *x, const void *y)
{
    const struct cflow_block_row *a = x, *b = y;

    COMPARE(a, b, process);
    COMPARE(a, b, module);
    COMPARE(a, b, start);
    COMPARE(a, b, last);
    COMPARE(a, b, insns);
    COMPARE(a, b, privilege);
    return 0;
}

static int compare_edges(const void *x, const void *y)
{
    const struct cflow_edge_row *a = x, *b = y;

    COMPARE(a, b, process);
    COMPARE(a, b, src_module);
    COMPARE(a, b, src);
    COMPARE(a, b, dst_module);
    COMPARE(a, b, dst);
    COMPARE(a, b, kind);
    COMPARE(a, b, privilege);
    return 0;
}

/* Join rows with equal keys, which are neighbours. */
static void join_rows(GArray *rows, int (*compare)(const void *, const void *),
                      void (*join)(void *, void *))
{
    size_t size = g_array_get_element_size(rows);
    guint kept = 0;

    if (!rows->len) {
        return;
    }
    for (guint i = 1; i < rows->len; i++) {
        char *last = rows->data + kept * size, *row = rows->data + i * size;
        if (compare(last, row) == 0) {
            join(last, row);
        } else if (++kept != i) {
            memcpy(last + size, row, size);
        }
    }
    g_array_set_size(rows, kept + 1);
}

static void sort_and_join(struct cflow_rows *rows)
{
    GArray *discontinuities = rows->discontinuities;

    cflow_sort_rows(rows->insns, insn_key, G_N_ELEMENTS(insn_key));
    join_rows(rows->insns, compare_insns, join_insn);
    cflow_sort_rows(rows->blocks, block_key, G_N_ELEMENTS(block_key));
    join_rows(rows->blocks, compare_blocks, join_block);
    cflow_sort_rows(rows->edges, edge_key, G_N_ELEMENTS(edge_key));
    join_rows(rows->edges, compare_edges, join_edge);
    g_array_sort(discontinuities, compare_discontinuities); /* their causes are text */
    join_rows(discontinuities, compare_discontinuities, join_discontinuity);
}

static struct cflow_rows *new_rows(void)
{
    struct cflow_rows *rows = g_new0(struct cflow_rows, 1);

    rows->modules = g_array_new(FALSE, FALSE, sizeof(struct cflow_module_row));
    rows->mappings = g_array_new(FALSE, FALSE, sizeof(struct cflow_mapping_row));
    rows->processes = g_array_new(FALSE, FALSE, sizeof(struct cflow_process_row));
    rows->insns = g_array_new(FALSE, FALSE, sizeof(struct cflow_insn_row));
    rows->blocks = g_array_new(FALSE, FALSE, sizeof(struct cflow_block_row));
    rows->edges = g_array_new(FALSE, FALSE, sizeof(struct cflow_edge_row));
    rows->discontinuities = g_array_new(FALSE, FALSE, sizeof(struct cflow_discontinuity_row));
    rows->flights = g_array_new(FALSE, FALSE, sizeof(struct cflow_flight_row));
    rows->strings = g_string_chunk_new(64 * 1024);
    struct cflow_module_row outside = {g_strdup("[outside]"), NULL, "outside"};
    g_array_append_val(rows->modules, outside);
    return rows;
}

static int compare_addresses(const void *x, const void *y)
{
    const char *a = *(char *const *)x, *b = *(char *const *)y;

    return a == b ? 0 : a < b ? -1 : 1;
}

static void destroy_disasm(void *disasm)
{
    cflow_disasm_destroy(disasm);
}

/* Programs of several instruction sets may execute each other. */
static struct cflow_disasm *disasm_for(GHashTable *disassemblers,
                                       const struct cflow_arena_process *p)
{
    g_autofree char *isa = g_strndup(p->isa, sizeof(p->isa));
    struct cflow_disasm *disasm = g_hash_table_lookup(disassemblers, isa);

    if (!disasm) {
        disasm = cflow_disasm_create(isa);
        g_hash_table_insert(disassemblers, (char *)g_intern_string(isa), disasm);
    }
    return disasm;
}

/*
 * The processes of @arena, parents before their children.  Children that begin
 * at the same time get their place in the list in another order than their
 * memory, so only the latter says who was there first.  NULL if it is damaged.
 */
static GPtrArray *list_processes(const struct cflow_arena *arena)
{
    g_autoptr(GPtrArray) processes = g_ptr_array_new();
    uint64_t end = MIN(atomic_load(&arena->header->used), arena->size);
    uint64_t most = end / sizeof(struct cflow_arena_process);

    for (cflow_off off = atomic_load(&arena->header->processes); off;) {
        const struct cflow_arena_process *p = cflow_arena_get(arena, off, sizeof(*p));
        if (!p || end < sizeof(*p) || off > end - sizeof(*p) || processes->len == most) {
            return NULL;
        }
        g_ptr_array_add(processes, (void *)p);
        off = p->next;
    }
    g_ptr_array_sort(processes, compare_addresses);
    return g_steal_pointer(&processes);
}

bool cflow_rows_create(const struct cflow_arena *arena, const cflow_load_map *loaded,
                       struct cflow_rows **out, GError **error)
{
    g_autoptr(cflow_rows) rows = new_rows();
    g_autoptr(GPtrArray) processes = list_processes(arena);

    if (!processes) {
        return damaged(error);
    }
    if (!processes->len) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "nothing was recorded");
        return false;
    }
    const struct cflow_arena_process *first = g_ptr_array_index(processes, 0);
    /* Not g_strlcpy(), which looks for an end that need not be there. */
    memcpy(rows->isa, first->isa, sizeof(rows->isa) - 1);
    memcpy(rows->engine, first->engine, sizeof(rows->engine) - 1);
    memcpy(rows->engine_reason, first->engine_reason, sizeof(rows->engine_reason) - 1);
    rows->system = first->system;
    rows->announced = first->announced;
    rows->plugin_api = first->plugin_api;
    rows->arena_used = atomic_load(&arena->header->used);
    for (unsigned i = 0; i < CFLOW_N_UNFOLLOWED; i++) {
        rows->unfollowed[i] = atomic_load(&arena->header->unfollowed[i]);
    }

    g_autoptr(GHashTable) module_rows =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) disassemblers =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, destroy_disasm);
    bool ok = true;
    for (guint i = 0; ok && i < processes->len; i++) {
        const struct cflow_arena_process *p = g_ptr_array_index(processes, i);
        ok = cflow_rows_take_process(rows, arena, p, loaded, module_rows,
                                     disasm_for(disassemblers, p));
    }
    if (!ok) {
        return damaged(error);
    }
    sort_and_join(rows);
    *out = g_steal_pointer(&rows);
    return true;
}

void cflow_rows_destroy(struct cflow_rows *rows)
{
    if (!rows) {
        return;
    }
    for (guint i = 0; i < rows->modules->len; i++) {
        g_free(g_array_index(rows->modules, struct cflow_module_row, i).path);
        g_free(g_array_index(rows->modules, struct cflow_module_row, i).build_id);
    }
    for (guint i = 0; i < rows->processes->len; i++) {
        g_free(g_array_index(rows->processes, struct cflow_process_row, i).path);
    }
    g_string_chunk_free(rows->strings);
    g_array_free(rows->modules, TRUE);
    g_array_free(rows->mappings, TRUE);
    g_array_free(rows->processes, TRUE);
    g_array_free(rows->insns, TRUE);
    g_array_free(rows->blocks, TRUE);
    g_array_free(rows->edges, TRUE);
    g_array_free(rows->discontinuities, TRUE);
    g_array_free(rows->flights, TRUE);
    g_free(rows);
}
