/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What edges are; the words for what interrupted the program; the flight recorder. */
#include <string.h>

#include "lib/profile/cause.h"
#include "lib/profile/kind.h"
#include "lib/profile/process.h"

/* x86: `int` says itself which vector it calls, and that it is no fault. */
static const char *software_interrupt(const struct work *w, const struct cflow_arena_event *e)
{
    const struct cflow_arena_block *src = work_block(w, e->src);
    bool x86 = g_str_equal(w->rows->isa, "x86_64") || g_str_equal(w->rows->isa, "i386");

    if (!x86 || !src || !src->n_insns || !e->aborted || src->data[e->src_insn] != 2 ||
        work_bytes(src)[work_insn_offset(src, e->src_insn)] != 0xcd) {
        return NULL;
    }
    g_autofree char *name =
        g_strdup_printf("int 0x%02x", work_bytes(src)[work_insn_offset(src, e->src_insn) + 1]);
    return g_intern_string(name);
}

const char *work_cause(const struct work *w, const struct cflow_arena_event *e)
{
    const char *words;

    switch (e->kind) {
    case CFLOW_SIGNAL:
        return cflow_signal_name(e->cause);
    case CFLOW_EXIT:
        return e->aborted ? "fatal" : "exit";
    case CFLOW_LEAVE_REGION:
        return "interrupted";
    default:
        words = e->kind == CFLOW_EXCEPTION ? software_interrupt(w, e) : NULL;
        words = words ? words : cflow_cause_name(w->rows->isa, e->kind, e->cause);
        return words ? words : cflow_kind_name(e->kind);
    }
}

/* --- kinds ----------------------------------------------------------------- */

static uint64_t in_page(uint64_t pc)
{
    return pc & 0xfff;
}

/*
 * The flow engine gives each page of a machine's memory one address.  Where it was at
 * another when control came from @src, @dst is not what the instruction says, but
 * differs by whole pages.
 */
static uint64_t meant(const struct work *w, const struct cflow_arena_block *src,
                      const struct isa_insn *insn, uint64_t dst)
{
    uint64_t next = src->pc + src->last_offset + insn->size;

    if (!w->process->system ||
        strncmp(w->process->engine, "flow", sizeof(w->process->engine)) != 0) {
        return dst;
    }
    if ((insn->flags & ISA_HAS_TARGET) && in_page(insn->target) == in_page(dst)) {
        return insn->target;
    }
    return in_page(next) == in_page(dst) ? next : dst;
}

enum cflow_kind work_edge_kind(const struct work *w, const struct cflow_arena_block *src,
                               const struct cflow_arena_block *dst)
{
    struct isa_insn insn;

    bool shifted = w->process->system && in_page(src->pc) == in_page(dst->pc);
    if (!src->n_insns) {
        return src->pc == dst->pc ? CFLOW_RETRY : shifted ? CFLOW_SPLIT : CFLOW_UNEXPLAINED;
    }
    work_decode_last(w, src, &insn);
    return cflow_kind_of(&insn, w->isa != NULL, src->pc + src->last_offset,
                         meant(w, src, &insn, dst->pc));
}

/* --- the flight recorder ---------------------------------------------------- */

static bool take_hop(struct work *w, const struct cflow_arena_hop *hop,
                     struct cflow_flight_row *row)
{
    const struct cflow_arena_block *src = work_block(w, hop->src), *dst = work_block(w, hop->dst);
    unsigned insn = hop->src_insn;

    if ((hop->src != CFLOW_NO_BLOCK && !src) || (hop->dst != CFLOW_NO_BLOCK && !dst) ||
        hop->kind >= CFLOW_N_KINDS || (!hop->kind && (!src || !dst)) ||
        (src && src->n_insns && insn >= src->n_insns)) {
        return false;
    }
    if (!hop->kind) {
        insn = src->n_insns ? src->n_insns - 1u : 0;
    }
    struct cflow_arena_event event = {.src = hop->src,
                                      .dst = hop->dst,
                                      .src_insn = (uint16_t)insn,
                                      .kind = hop->kind,
                                      .cause = hop->cause,
                                      .aborted = hop->aborted};
    row->kind = hop->kind ? hop->kind : work_edge_kind(w, src, dst);
    row->cause = hop->kind ? work_cause(w, &event) : cflow_kind_name(row->kind);
    work_locate(w, src, src ? work_insn_offset(src, insn) : 0, &row->src_module, &row->src);
    work_locate(w, dst, 0, &row->dst_module, &row->dst);
    return true;
}

/* A block that was made after we looked at the blocks. */
static bool is_younger(const struct work *w, uint32_t id)
{
    return id != CFLOW_NO_BLOCK && !work_block(w, id) && work_block_exists(w, id);
}

static bool take_flight(const void *record, void *data)
{
    const struct cflow_arena_flight *flight = record;
    struct work *w = data;

    if (flight->size < sizeof(*flight) ||
        flight->n > (flight->size - sizeof(*flight)) / sizeof(flight->hops[0])) {
        return false;
    }
    w->rows->n_flights++;
    for (uint32_t i = 0; i < flight->n; i++) {
        if (is_younger(w, flight->hops[i].src) || is_younger(w, flight->hops[i].dst)) {
            continue;
        }
        struct cflow_flight_row row = {w->rows->n_flights, i, w->number, flight->vcpu};
        if (!take_hop(w, &flight->hops[i], &row)) {
            return false;
        }
        g_array_append_val(w->rows->flights, row);
    }
    return true;
}

bool work_take_flights(struct work *w)
{
    return cflow_arena_each(w->arena, &w->process->flights, UINT32_MAX, take_flight, w);
}
