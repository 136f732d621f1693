/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/process.h"

#include <inttypes.h>
#include <string.h>

#include "lib/profile/kind.h"

/* --- modules and blocks ---------------------------------------------------- */

static const char *const module_kinds[] = {
    [CFLOW_ARENA_ELF] = "elf",   [CFLOW_ARENA_VDSO] = "vdso",         [CFLOW_ARENA_FILE] = "file",
    [CFLOW_ARENA_ANON] = "anon", [CFLOW_ARENA_ABSOLUTE] = "absolute",
};

static uint32_t module_row(struct work *w, const char *path, char *build_id, const char *kind)
{
    g_autofree char *id =
        g_strdup_printf("%s\n%s\n%s", path, build_id ? build_id : "", w->row->isa);
    void *found = g_hash_table_lookup(w->module_rows, id);

    if (found) {
        g_free(build_id);
        return GPOINTER_TO_UINT(found);
    }
    struct cflow_module_row row = {g_strdup(path), build_id, kind};
    g_array_append_val(w->rows->modules, row);
    uint32_t number = w->rows->modules->len - 1;
    g_hash_table_insert(w->module_rows, g_steal_pointer(&id), GUINT_TO_POINTER(number));
    return number;
}

static bool take_module(const void *record, void *data)
{
    const struct cflow_arena_module *m = record;
    struct work *w = data;

    if (m->size < sizeof(*m) || m->kind >= G_N_ELEMENTS(module_kinds) || m->n_build_id > 64 ||
        (uint64_t)m->n_build_id + m->n_path > m->size - sizeof(*m)) {
        return false;
    }
    char *build_id = NULL;
    if (m->n_build_id) {
        build_id = g_malloc(m->n_build_id * 2 + 1);
        for (uint32_t i = 0; i < m->n_build_id; i++) {
            g_snprintf(build_id + 2 * i, 3, "%02x", m->data[i]);
        }
    }
    g_autofree char *path = g_strndup((const char *)m->data + m->n_build_id, m->n_path);
    struct place place = {module_row(w, path, build_id, module_kinds[m->kind]), m->bias};
    g_array_append_val(w->places, place);
    struct cflow_mapping_row mapping = {w->number, place.row, m->start, m->end, m->bias};
    g_array_append_val(w->rows->mappings, mapping);
    return true;
}

static bool take_block(const void *record, void *data)
{
    const struct cflow_arena_block *b = record;
    struct work *w = data;
    uint64_t total = 0;

    if (b->size < sizeof(*b) || b->module >= w->places->len ||
        (uint64_t)b->n_insns + b->n_bytes > b->size - sizeof(*b)) {
        return false;
    }
    for (unsigned i = 0; i < b->n_insns; i++) {
        total += b->data[i];
    }
    if (!b->n_insns != !!(b->flags & CFLOW_BLOCK_POINT) || total != b->n_bytes ||
        b->last_offset > b->n_bytes || CFLOW_BLOCK_PRIVILEGE(b->flags) >= CFLOW_N_PRIVILEGES ||
        (b->n_insns && b->last_offset + b->data[b->n_insns - 1] != b->n_bytes)) {
        return false;
    }
    g_ptr_array_add(w->blocks, (void *)b);
    return true;
}

/* A machine's files are modules whether their code ran or not. */
static void take_loaded(struct work *w, const cflow_load_map *loaded)
{
    if (!loaded || !w->process->system) {
        return;
    }
    w->loaded = loaded;
    w->loaded_rows = g_new(uint32_t, loaded->files->len + 1);
    for (guint i = 0; i < loaded->files->len; i++) {
        const struct cflow_load_file *file =
            &g_array_index(loaded->files, struct cflow_load_file, i);
        w->loaded_rows[i] = module_row(w, file->path, g_strdup(file->build_id), "elf");
    }
    for (guint i = 0; i < loaded->ranges->len; i++) {
        const struct cflow_load_range *range =
            &g_array_index(loaded->ranges, struct cflow_load_range, i);
        struct cflow_mapping_row mapping = {w->number, w->loaded_rows[range->file], range->start,
                                            range->end, range->bias};
        g_array_append_val(w->rows->mappings, mapping);
    }
}

/* The parent's records up to the fork come first: the numbers go on from there. */
static bool take_records(struct work *w, const struct cflow_arena_process *p, uint32_t max_modules,
                         uint32_t max_blocks, unsigned depth)
{
    if (p->parent) {
        const struct cflow_arena_process *parent =
            cflow_arena_get(w->arena, p->parent, sizeof(*parent));
        if (!parent || parent >= p || depth > 10000 ||
            !take_records(w, parent, p->parent_modules, p->parent_blocks, depth + 1) ||
            w->places->len != p->parent_modules || w->blocks->len != p->parent_blocks) {
            return false;
        }
    }
    /* Blocks refer to modules: look at what there is of them in this order. */
    uint32_t n_blocks = atomic_load(&p->blocks.n), n_modules = atomic_load(&p->modules.n);
    uint32_t own = MIN(n_modules, max_modules - w->places->len);
    if (!cflow_arena_each(w->arena, &p->modules, own, take_module, w)) {
        return false;
    }
    own = MIN(n_blocks, max_blocks - w->blocks->len);
    uint32_t want = w->blocks->len + own;
    return cflow_arena_each(w->arena, &p->blocks, own, take_block, w) && w->blocks->len == want;
}

/* --- locations ------------------------------------------------------------- */

const struct cflow_arena_block *work_block(const struct work *w, uint32_t id)
{
    return id < w->blocks->len ? g_ptr_array_index(w->blocks, id) : NULL;
}

bool work_block_exists(const struct work *w, uint32_t id)
{
    return work_block(w, id) || id - w->process->parent_blocks < atomic_load(&w->process->blocks.n);
}

const uint8_t *work_bytes(const struct cflow_arena_block *b)
{
    return b->data + b->n_insns;
}

uint32_t work_insn_offset(const struct cflow_arena_block *b, unsigned insn)
{
    uint32_t offset = 0;

    for (unsigned i = 0; i < insn && i < b->n_insns; i++) {
        offset += b->data[i];
    }
    return offset;
}

void work_decode_at(const struct work *w, const struct cflow_arena_block *b, unsigned i,
                    uint32_t offset, struct isa_insn *out)
{
    bool opaque = b->flags & CFLOW_BLOCK_OPAQUE;

    isa_decode_exact(opaque ? NULL : w->isa, b->pc + offset, work_bytes(b) + offset, b->data[i],
                     CFLOW_BLOCK_MODE(b->mode), out);
    cflow_kind_predicate(b, i, offset, out);
}

void work_decode_last(const struct work *w, const struct cflow_arena_block *b, struct isa_insn *out)
{
    work_decode_at(w, b, b->n_insns - 1u, b->last_offset, out);
}

void work_decode(const struct work *w, const struct cflow_arena_block *b, unsigned insn,
                 struct isa_insn *out)
{
    work_decode_at(w, b, insn, work_insn_offset(b, insn), out);
}

struct place work_place(const struct work *w, const struct cflow_arena_block *b, uint32_t offset)
{
    const struct cflow_load_range *range = cflow_load_map_find(w->loaded, b->pc + offset);

    return range ? (struct place){w->loaded_rows[range->file], range->bias}
                 : g_array_index(w->places, struct place, b->module);
}

void work_locate(const struct work *w, const struct cflow_arena_block *b, uint32_t offset,
                 uint32_t *module, uint64_t *address)
{
    if (!b) {
        *module = CFLOW_MODULE_OUTSIDE;
        *address = 0;
        return;
    }
    struct place place = work_place(w, b, offset);
    *module = place.row;
    *address = b->pc + offset - place.bias;
}

/* --- edges ----------------------------------------------------------------- */

void work_add_edge(struct work *w, const struct cflow_arena_block *src, uint32_t offset,
                   const struct cflow_arena_block *dst, enum cflow_kind kind, uint64_t count)
{
    struct cflow_edge_row row = {.process = w->number, .kind = kind, .count = count};

    row.privilege = work_privilege(w, src, offset, dst);
    work_locate(w, src, offset, &row.src_module, &row.src);
    work_locate(w, dst, 0, &row.dst_module, &row.dst);
    g_array_append_val(w->rows->edges, row);
    if (kind != CFLOW_SPLIT && kind != CFLOW_RETRY) {
        w->row->transfers += count;
    }
    if (kind == CFLOW_UNEXPLAINED) {
        w->row->unexplained += count;
    }
}

static bool take_edge(struct work *w, const struct cflow_arena_edge *edge)
{
    uint32_t from = (uint32_t)(edge->key >> 32) - 1, to = (uint32_t)edge->key;
    const struct cflow_arena_block *src = work_block(w, from), *dst = work_block(w, to);

    if (!src || !dst) {
        return work_block_exists(w, from) && work_block_exists(w, to);
    }
    enum cflow_kind kind = work_edge_kind(w, src, dst);
    w->flows[from].out += edge->count;
    w->flows[to].in += edge->count;
    work_add_edge(w, src, src->last_offset, dst, kind, edge->count);
    return true;
}

static void add_discontinuity(struct work *w, const struct cflow_arena_event *e, uint32_t vcpu,
                              const struct cflow_arena_block *src, uint32_t offset,
                              const struct cflow_arena_block *dst)
{
    struct cflow_discontinuity_row row = {
        .process = w->number,
        .vcpu = vcpu,
        .kind = e->kind,
        .cause = work_cause(w, e),
        .mid_block = e->aborted,
        .privilege = work_privilege(w, src, offset, dst),
        .count = e->count,
        .returned = MIN(e->returned, e->count),
        .instructions = e->returned <= e->count ? e->instructions : 0,
    };
    work_locate(w, src, offset, &row.src_module, &row.src);
    work_locate(w, dst, 0, &row.dst_module, &row.dst);
    g_array_append_val(w->rows->discontinuities, row);
}

void work_add_crash(struct work *w, const struct cflow_arena_block *b, unsigned insn)
{
    struct cflow_arena_event end = {.kind = CFLOW_EXIT, .aborted = 1, .count = 1};
    uint32_t offset = work_insn_offset(b, insn);

    work_add_insn_left(w, b, insn);
    work_add_edge(w, b, offset, NULL, CFLOW_EXIT, 1);
    add_discontinuity(w, &end, 0, b, offset, NULL);
}

static bool take_event(struct work *w, const struct cflow_arena_event *e, uint32_t vcpu)
{
    const struct cflow_arena_block *src = work_block(w, e->src), *dst = work_block(w, e->dst);

    if ((e->src != CFLOW_NO_BLOCK && !src) || (e->dst != CFLOW_NO_BLOCK && !dst)) {
        return (e->src == CFLOW_NO_BLOCK || work_block_exists(w, e->src)) &&
               (e->dst == CFLOW_NO_BLOCK || work_block_exists(w, e->dst));
    }
    if (e->kind >= CFLOW_N_KINDS || (src && src->n_insns && e->src_insn >= src->n_insns)) {
        return false;
    }
    uint32_t offset = src ? work_insn_offset(src, e->src_insn) : 0;
    if (src) {
        w->flows[e->src].out += e->count;
        /* An access to a device completes, and yet leaves its block there. */
        bool mid = e->src_insn + 1u < src->n_insns;
        w->flows[e->src].aborted += e->aborted || mid ? e->count : 0;
        w->flows[e->src].mid += mid ? e->count : 0;
        if (e->aborted || mid) {
            work_add_insn_left(w, src, e->src_insn);
        }
    }
    if (dst) {
        w->flows[e->dst].in += e->count;
    }
    work_add_edge(w, src, offset, dst, e->kind, e->count);
    bool discontinuity = e->kind == CFLOW_SIGNAL || e->kind == CFLOW_EXCEPTION ||
                         e->kind == CFLOW_INTERRUPT || e->kind == CFLOW_HOST_CALL ||
                         e->kind == CFLOW_UNEXPLAINED ||
                         ((e->kind == CFLOW_EXIT || e->kind == CFLOW_LEAVE_REGION) && e->aborted);
    if (discontinuity) {
        add_discontinuity(w, e, vcpu, src, offset, dst);
    }
    return true;
}

/* --- vCPUs ----------------------------------------------------------------- */

static const void *table_slots(const struct work *w, const struct cflow_arena_table *table,
                               size_t slot_size, uint32_t *n)
{
    cflow_off off = atomic_load(&table->slots);

    *n = 0;
    if (off >= 8 && cflow_arena_get(w->arena, off, 0)) {
        uint64_t capacity = *(const uint64_t *)cflow_arena_at(w->arena, off - 8);
        if (capacity <= (w->arena->size - off) / slot_size) {
            *n = (uint32_t)capacity;
        }
    }
    return cflow_arena_at(w->arena, *n ? off : 0);
}

/* Where a checkpoint found the vCPU is where it ended, as far as it tells. */
static bool take_stop(struct work *w, const struct cflow_arena_vcpu *vcpu)
{
    const struct cflow_arena_block *b = work_block(w, vcpu->stop_block);

    if (b && vcpu->stop == CFLOW_STOP_BEFORE) {
        w->flows[vcpu->stop_block].before++;
        work_add_edge(w, b, 0, NULL, CFLOW_EXIT, 1);
        return true;
    }
    struct cflow_arena_event end = {.src = vcpu->stop_block,
                                    .dst = CFLOW_NO_BLOCK,
                                    .src_insn = vcpu->stop_insn,
                                    .kind = CFLOW_EXIT,
                                    .aborted = vcpu->stop == CFLOW_STOP_ABORTED,
                                    .count = 1};
    return b && take_event(w, &end, vcpu->index);
}

static bool take_vcpu(struct work *w, const struct cflow_arena_vcpu *vcpu)
{
    uint32_t n;
    const struct cflow_arena_edge *edges = table_slots(w, &vcpu->edges, sizeof(*edges), &n);

    for (uint32_t i = 0; i < n; i++) {
        if (edges[i].key && edges[i].count && !take_edge(w, &edges[i])) {
            return false;
        }
    }
    const struct cflow_arena_event *events = table_slots(w, &vcpu->events, sizeof(*events), &n);
    for (uint32_t i = 0; i < n; i++) {
        if (events[i].kind && events[i].count && !take_event(w, &events[i], vcpu->index)) {
            return false;
        }
    }
    if (vcpu->stop) {
        return take_stop(w, vcpu);
    }
    const struct cflow_arena_block *last = work_block(w, vcpu->block);
    if (vcpu->live && last) { /* its end was not seen: it ended where it was seen last */
        struct cflow_arena_event end = {.src = vcpu->block,
                                        .dst = CFLOW_NO_BLOCK,
                                        .src_insn = last->n_insns ? last->n_insns - 1u : 0,
                                        .kind = CFLOW_EXIT,
                                        .count = 1};
        struct isa_insn insn = {.class = ISA_UNKNOWN};
        if (last->n_insns) {
            work_decode_last(w, last, &insn);
        }
        /*
         * In a system call its block was behind it; else nobody knows.  And nobody
         * knows whether it had gone on to code that is not recorded.
         */
        w->row->cut_short += insn.class != ISA_SYSCALL || w->process->narrowed;
        return take_event(w, &end, vcpu->index);
    }
    return true;
}

static bool take_vcpus(struct work *w)
{
    cflow_off first = w->checkpoint ? w->checkpoint->vcpus : atomic_load(&w->process->vcpus);

    for (cflow_off off = first; off;) {
        const struct cflow_arena_vcpu *vcpu = cflow_arena_get(w->arena, off, sizeof(*vcpu));
        if (!vcpu || vcpu->next >= off || !take_vcpu(w, vcpu)) {
            return false;
        }
        w->row->vcpus++;
        w->row->callbacks += vcpu->callbacks;
        w->row->beyond += vcpu->beyond;
        off = vcpu->next;
    }
    return true;
}

static void add_blocks(struct work *w)
{
    for (guint i = 0; i < w->blocks->len; i++) {
        const struct cflow_arena_block *b = g_ptr_array_index(w->blocks, i);
        const struct flow *flow = &w->flows[i];
        w->row->residual += flow->in > flow->out ? flow->in - flow->out : flow->out - flow->in;
        if (!b->n_insns || !(flow->in || flow->out)) {
            continue;
        }
        struct cflow_block_row row = {.process = w->number, .insns = b->n_insns};
        row.privilege = CFLOW_BLOCK_PRIVILEGE(b->flags);
        work_locate(w, b, 0, &row.module, &row.start);
        work_locate(w, b, b->last_offset, &row.module, &row.last);
        row.entered = flow->in;
        row.completed = flow->out - flow->aborted;
        w->row->blocks_run += row.entered;
        g_array_append_val(w->rows->blocks, row);
        work_add_insn(w, b, 0, 0, CFLOW_INSN_STARTS_BLOCK);
        work_add_insn(w, b, b->n_insns - 1u, b->last_offset, CFLOW_INSN_ENDS_BLOCK);
    }
}

/* The flow engine's counts are those of its last checkpoint. */
static bool take_checkpoint(struct work *w)
{
    cflow_off off = atomic_load(&w->process->checkpoint);

    if (off) {
        w->checkpoint = cflow_arena_get(w->arena, off, sizeof(*w->checkpoint));
        if (!w->checkpoint) {
            return false;
        }
        /* exec ends it without any more of a word than a signal does. */
        bool silent = !w->row->complete || atomic_load(&w->process->end) == CFLOW_END_EXEC;
        if (silent && !w->checkpoint->deadly) {
            w->row->checkpoint_ms = (int64_t)(w->checkpoint->elapsed_ns / 1000000);
        }
    } else if (w->process->parent || atomic_load(&w->process->blocks.n)) {
        w->row->checkpoint_ms = 0; /* else it was ended before it began: nothing is missing */
    }
    return true;
}

bool cflow_rows_take_process(struct cflow_rows *rows, const struct cflow_arena *arena,
                             const struct cflow_arena_process *p, const cflow_load_map *loaded,
                             GHashTable *module_rows, struct cflow_disasm *disasm)
{
    static const char *const ends[] = {"running", "exit", "exec", "signal"};
    unsigned end = atomic_load(&p->end);
    g_autofree char *isa = g_strndup(p->isa, sizeof(p->isa));
    struct cflow_process_row row = {
        .pid = p->pid,
        .isa = g_intern_string(isa),
        .ppid = p->ppid,
        .lost = p->lost,
        .ran_on = p->ran_on,
        .memory = atomic_load(&p->arena_bytes) + p->table_bytes,
        .memory_limit = p->memory_limit,
        .unsound = p->unsound,
        .unknown_ends = p->unknown_ends,
        .explicit_branches = p->explicit_branches,
        .checkpoints = p->checkpoints,
        .checkpoint_max_ns = p->checkpoint_max_ns,
        .checkpoint_stop_ns = p->checkpoint_stop_ns,
        .checkpoint_cpu_ns = p->checkpoint_cpu_ns,
        .path = g_strndup(p->path, sizeof(p->path)),
        .complete = end != CFLOW_END_RUNNING,
        .checkpoint_ms = -1,
        .end = end < G_N_ELEMENTS(ends) ? ends[end] : "running",
    };
    struct work w = {
        .arena = arena,
        .process = p,
        .rows = rows,
        .row = &row,
        .number = rows->processes->len + 1,
        .isa = isa_find(isa),
        .disasm = disasm,
        .module_rows = module_rows,
    };
    w.places = g_array_new(FALSE, FALSE, sizeof(struct place));
    w.blocks = g_ptr_array_new();
    w.insns = g_array_new(FALSE, FALSE, sizeof(struct insn_use));
    bool ok = take_records(&w, p, UINT32_MAX, UINT32_MAX, 0);
    take_loaded(&w, loaded);
    w.flows = g_new0(struct flow, w.blocks->len + 1);
    ok = ok && work_take_flights(&w);
    if (strncmp(p->engine, "flow", sizeof(p->engine)) == 0) {
        ok = ok && take_checkpoint(&w) && (!w.checkpoint || (take_vcpus(&w) && work_deduce(&w)));
    } else {
        ok = ok && take_vcpus(&w);
    }
    if (ok) {
        add_blocks(&w);
        work_join_insns(&w);
    }
    g_array_append_val(rows->processes, row);
    g_free(w.flows);
    g_free(w.loaded_rows);
    g_clear_pointer(&w.privileges, g_hash_table_unref);
    g_clear_pointer(&w.end_privileges, g_hash_table_unref);
    g_array_free(w.places, TRUE);
    g_ptr_array_free(w.blocks, TRUE);
    g_array_free(w.insns, TRUE);
    return ok;
}
