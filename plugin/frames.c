/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/frames.h"

#include <string.h>

#define PAGE_BITS 12
#define PAGE_SIZE (UINT64_C(1) << PAGE_BITS)

/* A page of memory. */
struct frame {
    const uint8_t *host; /* where QEMU has it; NULL: no code of it was translated so far */
    uint64_t label;      /* a virtual page: an address >> PAGE_BITS */
    bool renamed;        /* frames_renamed(): once */
    GHashTable *blocks;  /* set of const struct block: those translated that begin in it */
};

static GHashTable *by_host, *by_physical; /* page numbers -> struct frame */
static GHashTable *seen;                  /* hash of virtual page and frame: by_physical knows it */

void frames_begin(void)
{
    by_host = g_hash_table_new(NULL, NULL);
    by_physical = g_hash_table_new(NULL, NULL);
    seen = g_hash_table_new(NULL, NULL);
    recorder.framed = true;
}

static gpointer page_key(uint64_t page)
{
    return GSIZE_TO_POINTER(page);
}

static bool physical_page(uint64_t va, uint64_t *page)
{
    uint64_t address;

    if (!qapi_translate(va, &address)) {
        return false;
    }
    *page = address >> PAGE_BITS;
    return true;
}

static struct frame *new_frame(uint64_t label)
{
    struct frame *f = g_new0(struct frame, 1);

    f->label = label;
    f->blocks = g_hash_table_new(NULL, NULL);
    return f;
}

/* The frame of the code at @host, which the guest sees at @va. */
static struct frame *frame_at(const uint8_t *host, uint64_t va)
{
    uint64_t host_page = (uint64_t)(uintptr_t)host >> PAGE_BITS, page;
    struct frame *f = g_hash_table_lookup(by_host, page_key(host_page));
    gpointer pair = page_key(host_page * UINT64_C(0x9e3779b97f4a7c15) ^ va >> PAGE_BITS);

    if (f && g_hash_table_contains(seen, pair)) {
        return f;
    }
    bool known = physical_page(va, &page);
    if (!f) { /* perhaps control was to go there before, and was taken elsewhere */
        f = known ? g_hash_table_lookup(by_physical, page_key(page)) : NULL;
        f = f && !f->host ? f : new_frame(va >> PAGE_BITS);
        f->host = (const uint8_t *)(uintptr_t)(host_page << PAGE_BITS);
        g_hash_table_insert(by_host, page_key(host_page), f);
    }
    if (known) {
        g_hash_table_insert(by_physical, page_key(page), f);
        g_hash_table_add(seen, pair);
    }
    return f;
}

/* As much of @b as lies in @f is there still. */
static bool holds(const struct frame *f, const struct block *b)
{
    uint64_t offset = block_pc(b) & (PAGE_SIZE - 1);
    const struct cflow_arena_block *r = b->record;

    return memcmp(f->host + offset, r->data + r->n_insns, MIN(r->n_bytes, PAGE_SIZE - offset)) == 0;
}

static uint64_t old_pc; /* a page was renamed: what is translated was there before; 0: none */

bool frames_renamed(uint64_t *old)
{
    g_mutex_lock(&recorder.lock);
    *old = old_pc;
    old_pc = 0;
    g_mutex_unlock(&recorder.lock);
    return *old != 0;
}

/* Kernels have the upper half of the addresses, and machines the lower. */
static bool moves_up(uint64_t from, uint64_t to)
{
    uint64_t half = recorder.isa && recorder.isa->address_bits == 32
                        ? UINT64_C(1) << (31 - PAGE_BITS)
                        : UINT64_C(1) << (63 - PAGE_BITS);

    return from < half && to >= half;
}

/* No other vCPU is in the middle of anything: they sleep, or have not begun. */
static bool alone(void)
{
    for (unsigned i = 0; i < atomic_load(&recorder.n_vcpus); i++) {
        struct vcpu *v = recorder_vcpu_at(i);
        if (v && i != this_vcpu && !(atomic_load(&v->syscalls) & 1)) {
            return false;
        }
    }
    return true;
}

/*
 * Other code than there was?  What was translated of it cannot run any more, and
 * so the page can be called what it is called now.
 */
static void name_anew(struct frame *f, uint64_t va)
{
    if (f->label == va >> PAGE_BITS) {
        return;
    }
    GHashTableIter iter;
    gpointer block;
    g_hash_table_iter_init(&iter, f->blocks);
    while (g_hash_table_iter_next(&iter, &block, NULL)) {
        if (holds(f, block)) {
            if (!moves_up(f->label, va >> PAGE_BITS) || f->renamed || !alone()) {
                return;
            }
            f->renamed = true;
            old_pc = f->label << PAGE_BITS | (va & (PAGE_SIZE - 1));
            break;
        }
    }
    g_hash_table_remove_all(f->blocks);
    f->label = va >> PAGE_BITS;
}

static const uint8_t *host_of(const struct qemu_plugin_tb *tb)
{
    return qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0));
}

bool frames_place(const struct qemu_plugin_tb *tb, uint64_t *pc)
{
    const uint8_t *host = host_of(tb);

    if (!host) {
        return false;
    }
    struct frame *f = frame_at(host, *pc);
    name_anew(f, *pc);
    *pc = f->label << PAGE_BITS | (*pc & (PAGE_SIZE - 1));
    return true;
}

void frames_keep(const struct qemu_plugin_tb *tb, const struct block *b)
{
    const uint8_t *host = host_of(tb);
    struct frame *f =
        host ? g_hash_table_lookup(by_host, page_key((uint64_t)(uintptr_t)host >> PAGE_BITS))
             : NULL;

    if (f) {
        g_hash_table_add(f->blocks, (void *)b);
    }
}

uint64_t frames_find(uint64_t va, const uint8_t **host)
{
    uint64_t page, offset = va & (PAGE_SIZE - 1);

    *host = NULL;
    if (!physical_page(va, &page)) {
        return va; /* not mapped: nothing ran there */
    }
    g_mutex_lock(&recorder.lock);
    struct frame *f = g_hash_table_lookup(by_physical, page_key(page));
    if (!f) { /* what will run there is to be called like this */
        f = new_frame(va >> PAGE_BITS);
        g_hash_table_insert(by_physical, page_key(page), f);
    }
    uint64_t label = f->label;
    *host = f->host ? f->host + offset : NULL;
    g_mutex_unlock(&recorder.lock);
    return label << PAGE_BITS | offset;
}
