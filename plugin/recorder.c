/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/recorder.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/profile/schema.h"
#include "plugin/limit.h"
#include "plugin/memory.h"

struct recorder recorder;
__thread unsigned this_vcpu = UINT_MAX;

static void log_process(const char *target, bool system, const char *engine)
{
    struct cflow_arena_process *p = recorder.process;

    p->pid = (uint32_t)getpid();
    p->ppid = (uint32_t)getppid();
    p->system = system;
    g_strlcpy(p->isa, target, sizeof(p->isa));
    g_strlcpy(p->engine, engine, sizeof(p->engine));
}

/* Known only once the guest has been loaded. */
static void log_path(struct cflow_arena_process *p)
{
    if (!recorder.system && !*p->path) {
        g_autofree char *path = qapi_program();
        if (!path) {
            path = g_strdup(recorder.program);
        }
        g_autofree char *absolute = path ? g_canonicalize_filename(path, NULL) : NULL;
        g_strlcpy(p->path, absolute ? absolute : "", sizeof(p->path));
    }
}

static struct cflow_arena_process *new_process(void)
{
    struct cflow_arena *arena = &recorder.arena;
    cflow_off off = cflow_arena_alloc(arena, sizeof(struct cflow_arena_process));

    if (!off) {
        return NULL;
    }
    struct cflow_arena_process *p = cflow_arena_at(arena, off);
    atomic_store(&p->arena_bytes, sizeof(*p));
    arena->taken = &p->arena_bytes;
    return p;
}

static void publish_process(struct cflow_arena_process *p)
{
    struct cflow_arena *arena = &recorder.arena;
    cflow_off off = (cflow_off)((char *)p - (char *)arena->header);
    cflow_off newest = atomic_load(&arena->header->processes);

    do {
        p->next = newest;
    } while (!atomic_compare_exchange_weak(&arena->header->processes, &newest, off));
}

bool recorder_begin(const char *target, bool system, const char *engine)
{
    memory_begin();
    recorder.process = new_process();
    if (!recorder.process) {
        return false;
    }
    recorder.isa = isa_find(target);
    recorder.system = system;
    recorder.more = system || g_str_equal(engine, "edge");
    recorder_set_block_size(sizeof(struct block));
    /* In user mode QEMU's names are the file's own, so the fast engine does without. */
    recorder.quote_symbol = system || g_str_equal(engine, "edge");
    recorder.is_aarch64 = g_str_equal(target, "aarch64");
    recorder.is_arm = g_str_equal(target, "arm");
    /* Capstone 4, which Debian 12 has, knows the others. */
    recorder.quote_disas = !recorder.isa || g_str_has_prefix(target, "riscv");
    g_mutex_init(&recorder.lock);
    log_process(target, system, engine);
    publish_process(recorder.process);
    return true;
}

void recorder_set_block_size(size_t size)
{
    recorder.block_size = size + (recorder.more ? sizeof(struct block_more) : 0);
}

/* --- vCPUs ----------------------------------------------------------------- */

static struct cflow_arena_vcpu *new_shared_vcpu(unsigned index)
{
    struct cflow_arena *arena = &recorder.arena;
    cflow_off off = cflow_arena_alloc(arena, sizeof(struct cflow_arena_vcpu));

    if (!off) {
        return NULL;
    }
    struct cflow_arena_vcpu *shared = cflow_arena_at(arena, off);
    shared->index = index;
    shared->block = CFLOW_NO_BLOCK;
    shared->next = atomic_load(&recorder.process->vcpus);
    atomic_store(&recorder.process->vcpus, off);
    return shared;
}

struct vcpu *recorder_vcpu(unsigned index)
{
    if (index >= G_N_ELEMENTS(recorder.vcpus)) {
        return NULL;
    }
    g_mutex_lock(&recorder.lock);
    log_path(recorder.process);
    struct vcpu *v = atomic_load(&recorder.vcpus[index]);
    if (!v) {
        struct cflow_arena_vcpu *shared = new_shared_vcpu(index);
        if (shared) {
            v = g_new0(struct vcpu, 1);
            v->shared = shared;
            atomic_store(&recorder.vcpus[index], v);
            recorder.n_vcpus = MAX(recorder.n_vcpus, index + 1);
        }
    }
    g_mutex_unlock(&recorder.lock);
    if (v) {
        v->at = v->here = v->begun = NULL;
        atomic_store(&v->syscalls, 0);
        v->pending = 0;
        v->outside = false;
        v->n_discon = 0;
        v->expected = 0;
        v->shared->live = 1;
        v->shared->threads++;
        flight_begin(v);
    }
    return v;
}

/* What a child takes over: the parent goes on writing to the shared arena at once. */
static struct {
    uint32_t modules, blocks, ways;
} at_fork;

void recorder_before_fork(void)
{
    const struct cflow_arena_process *p = recorder.process;

    g_mutex_lock(&recorder.text);
    g_mutex_lock(&recorder.lock);
    at_fork.modules = p->parent_modules + atomic_load(&p->modules.n);
    at_fork.blocks = p->parent_blocks + atomic_load(&p->blocks.n);
    at_fork.ways = p->parent_ways + atomic_load(&p->ways.n);
}

bool recorder_fork(unsigned index)
{
    struct cflow_arena *arena = &recorder.arena;
    const struct cflow_arena_process *parent = recorder.process;
    struct cflow_arena_process *child = new_process();

    if (!child || index >= G_N_ELEMENTS(recorder.vcpus) || !recorder.vcpus[index]) {
        return false;
    }
    memcpy(child->isa, parent->isa, sizeof(child->isa));
    memcpy(child->engine, parent->engine, sizeof(child->engine));
    memcpy(child->engine_reason, parent->engine_reason, sizeof(child->engine_reason));
    memcpy(child->path, parent->path, sizeof(child->path));
    child->parent = (cflow_off)((char *)parent - (char *)arena->header);
    child->parent_modules = at_fork.modules;
    child->parent_ways = at_fork.ways;
    child->parent_blocks = at_fork.blocks;
    child->narrowed = parent->narrowed;
    child->memory_limit = parent->memory_limit;
    limit_forked();
    child->pid = (uint32_t)getpid();
    child->ppid = (uint32_t)getppid();
    recorder.process = child;

    struct cflow_arena_vcpu *shared = new_shared_vcpu(index);
    if (!shared) {
        return false;
    }
    struct vcpu *mine = recorder.vcpus[index];
    for (size_t i = 0; i < G_N_ELEMENTS(recorder.vcpus); i++) {
        atomic_store(&recorder.vcpus[i], NULL); /* those threads are the parent's */
    }
    *mine = (struct vcpu){.shared = shared};
    flight_begin(mine);
    shared->live = shared->threads = 1;
    atomic_store(&recorder.vcpus[index], mine);
    publish_process(child);
    return true;
}

/* --- counting -------------------------------------------------------------- */

uint64_t recorder_count_edge_slowly(struct vcpu *v, uint64_t key)
{
    struct cflow_arena_edge *slot = cflow_arena_edge_add(&recorder.arena, &v->shared->edges, key);

    if (!slot) {
        recorder.process->lost++;
        return 0;
    }
    return ++slot->count;
}

void recorder_count_event(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause,
                          bool aborted)
{
    struct cflow_arena_event event = {
        .src = v->at ? v->at->id : CFLOW_NO_BLOCK,
        .dst = to ? to->id : CFLOW_NO_BLOCK,
        .src_insn = v->at ? v->insn : 0,
        .kind = (uint16_t)kind,
        .cause = (uint16_t)cause,
        .aborted = aborted,
    };
    struct cflow_arena_event *slot =
        cflow_arena_event_add(&recorder.arena, &v->shared->events, &event);

    if (slot) {
        slot->count++;
    } else {
        recorder.process->lost++;
    }
    if (v->flight && kind != CFLOW_SPLIT && kind != CFLOW_RETRY) { /* those are QEMU's own */
        flight_push(v, (struct cflow_arena_hop){event.src, event.dst, event.src_insn, event.kind,
                                                event.cause, event.aborted});
        if (slot && slot->count == 1 &&
            (kind == CFLOW_EXCEPTION || kind == CFLOW_SIGNAL || kind == CFLOW_UNEXPLAINED ||
             kind == CFLOW_EXIT)) {
            flight_keep(v);
        }
    }
}

void recorder_leave(struct vcpu *v)
{
    if (v->silent) {
        recorder.process->unknown_ends++;
        recorder.process->crashed = v->begun ? v->begun->id + 1 : 0;
        recorder.process->crashed_last = v->begun_last;
    } else if (v->at) {
        recorder_count_event(v, NULL, CFLOW_EXIT, 0, !v->completed);
    }
    v->silent = false;
    v->begun = NULL;
    v->at = NULL;
    v->shared->block = CFLOW_NO_BLOCK;
    v->shared->live = 0;
}
