/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder: what each vCPU did last, kept when something happens. */
#include "plugin/flight.h"

#include "plugin/modules.h"
#include "plugin/narrow.h"

/* So many of them: a kernel faults at thousands of different places. */
#define MAX_FLIGHTS 4096

void flight_begin(struct vcpu *v)
{
    if (!recorder.last) {
        return;
    }
    if (!v->flight) {
        v->flight =
            g_malloc0(sizeof(struct flight) + recorder.last * sizeof(struct cflow_arena_hop));
    }
    v->flight->n = 0;
}

/* @asked: for this very moment, not for its kind. */
static void keep(struct vcpu *v, bool asked)
{
    struct cflow_arena_log *log = &recorder.process->flights;
    uint32_t n = (uint32_t)MIN(v->flight->n, recorder.last);
    uint32_t size =
        (uint32_t)(sizeof(struct cflow_arena_flight) + n * sizeof(struct cflow_arena_hop));

    g_mutex_lock(&recorder.lock);
    struct cflow_arena_flight *flight = asked || atomic_load(&log->n) < MAX_FLIGHTS
                                            ? cflow_arena_append(&recorder.arena, log, size)
                                            : NULL;
    if (flight) {
        flight->vcpu = v->shared->index;
        flight->n = n;
        for (uint32_t i = 0; i < n; i++) {
            flight->hops[i] = v->flight->hops[(v->flight->n - n + i) % recorder.last];
        }
        cflow_arena_publish(&recorder.arena, log, size);
    }
    g_mutex_unlock(&recorder.lock);
}

void flight_keep(struct vcpu *v)
{
    keep(v, false);
}

/* The arrival at the block that holds the place is the last transfer so far. */
static void on_place(unsigned int index, void *data)
{
    struct vcpu *v = recorder_vcpu_at(index);

    if (v && v->flight && narrow_keep_now(GPOINTER_TO_UINT(data))) {
        keep(v, true);
    }
}

void flight_watch(struct qemu_plugin_tb *tb, struct block *b)
{
    struct isa_insn last;

    if (!recorder.last) {
        return;
    }
    isa_decode_exact(b->record->flags & CFLOW_BLOCK_OPAQUE ? NULL : recorder.isa, block_last_pc(b),
                     b->record->data + b->n_insns + (block_last_pc(b) - block_pc(b)),
                     b->record->data[b->n_insns - 1u], CFLOW_BLOCK_MODE(b->record->mode), &last);
    b->cut = last.class == ISA_PLAIN;
    if (!narrow_keeps()) {
        return;
    }
    g_mutex_lock(&recorder.lock);
    const struct cflow_arena_module *m = recorder.system ? NULL : modules_record(b->record->module);
    g_autofree char *path = m ? g_strndup((const char *)m->data + m->n_build_id, m->n_path) : NULL;
    struct narrow_code code = {.path = path, .bias = m ? m->bias : 0};
    g_mutex_unlock(&recorder.lock);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        code.start = qemu_plugin_insn_vaddr(insn);
        unsigned keepers = narrow_keepers(&code);
        if (keepers) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_place, QEMU_PLUGIN_CB_NO_REGS,
                                                   GUINT_TO_POINTER(keepers));
        }
    }
}
