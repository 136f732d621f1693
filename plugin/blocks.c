/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blocks that QEMU has translated, by what they are made of. */
#include <string.h>

#include "lib/profile/schema.h"
#include "plugin/frames.h"
#include "plugin/index.h"
#include "plugin/limit.h"
#include "plugin/memory.h"
#include "plugin/modules.h"
#include "plugin/privilege.h"
#include "plugin/recorder.h"
#include "plugin/region.h"
#include "plugin/signals.h"

static uint32_t hash_of(uint32_t id)
{
    return cflow_arena_hash(block_pc(recorder_block_at(id)));
}

/* Blocks by start address. */
static struct index by_pc = {.hash = hash_of};

/* The first block at @pc from @slot on, and its slot; NULL: none. */
static struct block *at_or_behind(uint64_t pc, uint32_t **slot)
{
    uint32_t hash = cflow_arena_hash(pc);

    for (; **slot; *slot = index_next(&by_pc, *slot)) {
        struct block *b =
            index_may_be(**slot, hash) ? recorder_block_at(index_number(**slot)) : NULL;
        if (b && block_pc(b) == pc) {
            return b;
        }
    }
    return NULL;
}

/* All blocks at @pc, in no order: the first, and the one behind that in @slot. */
static struct block *first_at(uint64_t pc, uint32_t **slot)
{
    if (!by_pc.n_slots) {
        return NULL;
    }
    *slot = index_first(&by_pc, cflow_arena_hash(pc));
    return at_or_behind(pc, slot);
}

static struct block *next_at(uint64_t pc, uint32_t **slot)
{
    *slot = index_next(&by_pc, *slot);
    return at_or_behind(pc, slot);
}

static void insert(const struct block *b)
{
    index_make_room(&by_pc);
    uint32_t hash = cflow_arena_hash(block_pc(b)), *slot = index_first(&by_pc, hash);
    while (*slot) {
        slot = index_next(&by_pc, slot);
    }
    index_put(&by_pc, slot, b->id);
    *slot |= index_tag(hash);
}

/* Memory for the block @id, which is new. */
static struct block *allocate(uint32_t id)
{
    char *_Atomic *chunk = &recorder.blocks[id / BLOCK_CHUNK];

    if (!atomic_load(chunk)) {
        char *fresh = memory_new(BLOCK_CHUNK * recorder.block_size);
        atomic_store(chunk, fresh + (recorder.more ? sizeof(struct block_more) : 0));
    }
    return recorder_block_at(id);
}

static struct block *new_block(const struct cflow_arena_block *record, uint32_t id, bool careful)
{
    struct block *b = allocate(id);

    b->id = id;
    b->n_insns = record->n_insns;
    b->record = record;
    b->handler = signals_is_handler(block_pc(b));
    b->careful = careful;
    if (recorder.more) {
        block_more(b)->pc = block_pc(b);
        block_more(b)->last_pc = block_last_pc(b);
        block_more(b)->end_mark = block_mark(id, record->n_insns ? record->n_insns - 1u : 0);
    }
    if (recorder.narrowed) {
        region_place(b);
    }
    insert(b);
    return b;
}

void recorder_mark_handler(uint64_t pc)
{
    uint32_t *slot;

    recorder.stale |= recorder.full || (recorder.narrowed && region_was_passed_by(pc));
    for (struct block *b = first_at(pc, &slot); b; b = next_at(pc, &slot)) {
        recorder.stale |= b->n_insns > 0 && !(b->handler & BLOCK_HANDLER);
        b->handler |= BLOCK_HANDLER;
    }
}

bool recorder_knows(uint64_t pc)
{
    uint32_t *slot;

    g_mutex_lock(&recorder.lock);
    const struct block *b = first_at(pc, &slot);
    while (b && !b->n_insns) {
        b = next_at(pc, &slot);
    }
    g_mutex_unlock(&recorder.lock);
    return b != NULL;
}

uint64_t block_insn_pc(const struct block *block, unsigned insn)
{
    uint64_t pc = block_pc(block);

    for (unsigned i = 0; i < insn && i < block->n_insns; i++) {
        pc += block->record->data[i];
    }
    return pc;
}

/*
 * The mode of the code about to run, which its bytes do not tell, as a block's
 * mode.  Bits of the status register: Arm ARM, "Program status register", T and
 * IT; the lowest bit set in IT[3:0] ends the list.
 */
static uint8_t current_mode(void)
{
    static int cpsr = -2, xpsr;
    uint64_t value;

    if (!recorder.is_arm) {
        return ISA_MODE_DEFAULT;
    }
    if (cpsr == -2) {
        cpsr = qapi_find_register("cpsr");
        xpsr = cpsr < 0 ? qapi_find_register("xpsr") : -1;
    }
    if (!qapi_read_register(cpsr >= 0 ? cpsr : xpsr, &value)) {
        return xpsr >= 0 ? ISA_MODE_THUMB : ISA_MODE_DEFAULT;
    }
    if (cpsr >= 0 && !(value & 1 << 5)) {
        return ISA_MODE_DEFAULT;
    }
    unsigned it = (value >> 8 & 0xfc) | (value >> 25 & 3);
    unsigned left = it & 15 ? 4u - (unsigned)__builtin_ctz(it & 15) : 0;
    return (uint8_t)(ISA_MODE_THUMB | left << 4);
}

/* 32-bit code on a 64-bit Arm: Arm ARM, PSTATE.nRW. */
static bool is_foreign(void)
{
    static int pstate = -2;
    uint64_t value;

    if (!recorder.is_aarch64) {
        return false;
    }
    if (pstate == -2) {
        pstate = qapi_find_register("cpsr");
    }
    return !qapi_read_register(pstate, &value) || (value & 1 << 4);
}

/* What QEMU shows of a block, gathered before it is known whether it is new. */
struct view {
    uint64_t pc;
    uint32_t module;
    uint16_t n_insns;
    uint8_t mode, flags;
    bool careful;
    uint64_t host; /* as in a block */
    uint32_t n_bytes, last_offset;
    uint8_t sizes[1024];
    uint8_t bytes[32 * 1024];
};

/* How large the instructions are.  False: not what can be decoded. */
static bool look_at_sizes(struct qemu_plugin_tb *tb, struct view *view, uint64_t virtual)
{
    bool plain = true;

    view->n_bytes = view->last_offset = 0;
    for (size_t i = 0; i < view->n_insns; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        size_t size = qemu_plugin_insn_size(insn);
        plain = plain && size > 0 && size <= 32 &&
                qemu_plugin_insn_vaddr(insn) == virtual + view->n_bytes;
        size = MIN(size, 32);
        view->last_offset = view->n_bytes;
        view->sizes[i] = (uint8_t)size;
        view->n_bytes += (uint32_t)size;
    }
    return plain;
}

/* QEMU copies each instruction's bytes for us, unless they are at @host, and stay there. */
static void look_at_bytes(struct qemu_plugin_tb *tb, struct view *view, const void *host)
{
    if (host) {
        memcpy(view->bytes, host, view->n_bytes);
        return;
    }
    for (size_t i = 0, at = 0; i < view->n_insns; at += view->sizes[i++]) {
        qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i), view->bytes + at, view->sizes[i]);
    }
}

static void look(struct qemu_plugin_tb *tb, struct view *view)
{
    size_t n = MIN(qemu_plugin_tb_n_insns(tb), G_N_ELEMENTS(view->sizes) - 1);
    uint64_t virtual = qemu_plugin_tb_vaddr(tb);

    view->pc = virtual;
    view->n_insns = (uint16_t)n;
    view->flags = (uint8_t)CFLOW_BLOCK_OF_PRIVILEGE(privilege_now());
    bool foreign = recorder.framed && (!frames_place(tb, &view->pc) || is_foreign());
    view->mode = current_mode();
    bool plain = look_at_sizes(tb, view, virtual);
    const void *memory = n ? qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0)) : NULL;
    uint64_t host = (uint64_t)(uintptr_t)memory;
    /* Where QEMU plays the kernel's part, what it shows is not what it runs. */
    bool kernel = (recorder.is_arm && view->pc >= 0xffff0000) || view->pc >= 0xffffffffff600000;
    bool shown = recorder.system || (host && !kernel);
    if (!plain || foreign || !shown) {
        view->flags |= CFLOW_BLOCK_OPAQUE;
    }
    bool user = CFLOW_BLOCK_PRIVILEGE(view->flags) == CFLOW_PRIVILEGE_USER;
    view->host = recorder.system && user ? host : 0;
    view->module = view->host ? modules_find_user(view->pc, host)
                              : modules_find(view->pc, recorder.system ? 0 : host);
    view->careful = !recorder.system && modules_writable(view->module, view->pc);
    view->flags |= view->careful ? CFLOW_BLOCK_CAREFUL : 0;
    if (plain) {
        look_at_bytes(tb, view, recorder.system || view->careful || !shown ? NULL : memory);
    } else {
        memset(view->bytes, 0, view->n_bytes);
    }
}

static struct block *find(const struct view *view)
{
    uint32_t *slot;

    for (struct block *b = first_at(view->pc, &slot); b; b = next_at(view->pc, &slot)) {
        if (b->n_insns != view->n_insns || b->careful != view->careful) {
            continue;
        }
        const struct cflow_arena_block *r = b->record;
        if (r->n_bytes == view->n_bytes && r->module == view->module && r->mode == view->mode &&
            CFLOW_BLOCK_PRIVILEGE(r->flags) == CFLOW_BLOCK_PRIVILEGE(view->flags) &&
            memcmp(r->data, view->sizes, view->n_insns) == 0 &&
            memcmp(r->data + r->n_insns, view->bytes, view->n_bytes) == 0) {
            return b;
        }
    }
    return NULL;
}

static struct block *append(const struct view *view, const char *disas, const char *symbol)
{
    uint32_t n_disas = disas ? (uint32_t)strlen(disas) + 1 : 0;
    uint32_t n_symbol = symbol ? (uint32_t)strlen(symbol) + 1 : 0;
    uint32_t size = (uint32_t)sizeof(struct cflow_arena_block) + view->n_insns + view->n_bytes +
                    n_disas + n_symbol;
    size = (size + 7) & ~7u;

    struct cflow_arena_log *log = &recorder.process->blocks;
    uint32_t id = recorder.process->parent_blocks + atomic_load(&log->n);
    if (id >= RECORDER_MAX_BLOCKS) {
        return NULL;
    }
    struct cflow_arena_block *r = cflow_arena_append(&recorder.arena, log, size);
    if (!r) {
        return NULL;
    }
    r->module = view->module;
    r->pc = view->pc;
    r->n_insns = view->n_insns;
    r->mode = view->mode;
    r->flags = (uint8_t)(view->flags | (disas ? CFLOW_BLOCK_HAS_DISAS : 0) |
                         (symbol ? CFLOW_BLOCK_HAS_SYMBOL : 0));
    r->n_bytes = (uint16_t)view->n_bytes;
    r->last_offset = (uint16_t)view->last_offset;
    unsigned char *at = r->data;
    at = (unsigned char *)memcpy(at, view->sizes, view->n_insns) + view->n_insns;
    at = (unsigned char *)memcpy(at, view->bytes, view->n_bytes) + view->n_bytes;
    if (disas) {
        at = (unsigned char *)memcpy(at, disas, n_disas) + n_disas;
    }
    if (symbol) {
        memcpy(at, symbol, n_symbol);
    }
    cflow_arena_publish(&recorder.arena, log, size);
    struct block *b = new_block(r, id, view->careful);
    limit_account();
    return b;
}

uint8_t block_insn_flags(const struct block *b, unsigned insn, uint32_t offset)
{
    const struct cflow_arena_block *r = b->record;
    struct isa_insn decoded;

    isa_decode_exact(r->flags & CFLOW_BLOCK_OPAQUE ? NULL : recorder.isa, block_pc(b) + offset,
                     r->data + r->n_insns + offset, r->data[insn], CFLOW_BLOCK_MODE(r->mode),
                     &decoded);
    return (uint8_t)decoded.flags;
}

bool block_last_no_fault(const struct block *b)
{
    return b->n_insns &&
           (block_insn_flags(b, b->n_insns - 1u, b->record->last_offset) & ISA_NO_FAULT);
}

void recorder_flags(const struct block *b, uint8_t *flags)
{
    uint32_t offset = 0;

    for (unsigned i = 0; i < b->n_insns; offset += b->record->data[i++]) {
        flags[i] = block_insn_flags(b, i, offset);
    }
}

struct block *recorder_block(struct qemu_plugin_tb *tb)
{
    static struct view view;

    g_mutex_lock(&recorder.lock);
    look(tb, &view);
    struct block *b = find(&view);
    /* Whatever begins a handler is looked at when control arrives: it has to be known. */
    bool beyond = !b && limit_reached(view.module) && !signals_is_handler(view.pc);
    recorder.full |= beyond;
    if (!b && !beyond && view.n_insns) {
        struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, view.n_insns - 1u);
        g_autofree char *disas = recorder.quote_disas ? qemu_plugin_insn_disas(last) : NULL;
        const char *symbol = recorder.quote_symbol ? qemu_plugin_insn_symbol(last) : NULL;
        b = append(&view, disas && *disas ? disas : NULL, symbol && *symbol ? symbol : NULL);
        if (b && recorder.more) {
            block_more(b)->host = view.host;
        }
        if (!b) {
            recorder.full = true;
            recorder.process->lost++;
        }
    }
    if (b && recorder.framed) {
        frames_keep(tb, b);
    }
    g_mutex_unlock(&recorder.lock);
    return b;
}

/*
 * The module of what is at @pc: the one of a block there or, in a whole machine, of the
 * block in the same page that this vCPU is in.  Lock held.
 */
static bool module_at(uint64_t pc, uint32_t *module)
{
    const struct vcpu *v = recorder_vcpu_at(this_vcpu);
    const struct block *at = recorder.system && v ? v->at : NULL;

    if (at && block_more(at)->host && block_pc(at) >> 12 == pc >> 12) {
        *module = at->record->module;
        return true;
    }
    const struct block *youngest = NULL;
    uint32_t *slot;
    for (const struct block *b = first_at(pc, &slot); b; b = next_at(pc, &slot)) {
        youngest = !youngest || b->id > youngest->id ? b : youngest;
    }
    if (youngest) {
        *module = youngest->record->module;
    }
    return youngest != NULL;
}

struct block *recorder_point(uint64_t pc, unsigned privilege)
{
    static struct view view;

    g_mutex_lock(&recorder.lock);
    view.pc = pc;
    view.flags = (uint8_t)(CFLOW_BLOCK_POINT | CFLOW_BLOCK_OF_PRIVILEGE(privilege));
    struct block *b = NULL;
    bool known = module_at(pc, &view.module);
    if (!known) {
        view.module = modules_find(pc, recorder.system ? 0 : modules_host_of(pc));
    }
    uint32_t *slot;
    for (struct block *at = first_at(pc, &slot); at && !b; at = next_at(pc, &slot)) {
        const struct cflow_arena_block *r = at->record;
        if (!at->n_insns && r->flags == view.flags && (!known || r->module == view.module)) {
            b = at;
        }
    }
    b = b ? b : append(&view, NULL, NULL);
    g_mutex_unlock(&recorder.lock);
    return b;
}

static struct block *copy_of(const struct block *b)
{
    struct block_more *more = g_malloc(sizeof(*more) + sizeof(*b));

    *more = *block_more(b);
    return memcpy(more + 1, b, sizeof(*b));
}

const struct block *recorder_alias(struct block *b, uint64_t pc)
{
    static struct view view;
    const struct cflow_arena_block *r = b->record;

    g_mutex_lock(&recorder.lock);
    struct block_more *more = block_more(b);
    for (struct block *known = more->aliases; known; known = block_more(known)->aliases) {
        if (block_pc(known) == pc) {
            g_mutex_unlock(&recorder.lock);
            return known;
        }
    }
    view.pc = pc;
    view.module = more->host ? modules_find_user(pc, more->host) : modules_find(pc, 0);
    view.n_insns = r->n_insns;
    view.mode = r->mode;
    view.flags = (uint8_t)((r->flags & CFLOW_BLOCK_OPAQUE) |
                           CFLOW_BLOCK_OF_PRIVILEGE(CFLOW_BLOCK_PRIVILEGE(r->flags)));
    view.careful = b->careful;
    view.n_bytes = r->n_bytes;
    view.last_offset = r->last_offset;
    memcpy(view.sizes, r->data, r->n_insns);
    memcpy(view.bytes, r->data + r->n_insns, r->n_bytes);
    const struct block *at = find(&view);
    at = at ? at : append(&view, NULL, NULL);
    struct block *alias = at ? copy_of(at) : NULL;
    if (alias) {
        block_more(alias)->end_mark = more->end_mark;
        block_more(alias)->free_exit = more->free_exit;
        block_more(alias)->returns = more->returns;
        block_more(alias)->aliases = more->aliases;
        alias->handler |= b->handler;
        more->aliases = alias;
    }
    g_mutex_unlock(&recorder.lock);
    return alias;
}
