/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder: what each vCPU did last, kept when something happens. */
#include "plugin/recorder.h"

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

void flight_keep(struct vcpu *v)
{
    struct cflow_arena_log *log = &recorder.process->flights;
    uint32_t n = (uint32_t)MIN(v->flight->n, recorder.last);
    uint32_t size =
        (uint32_t)(sizeof(struct cflow_arena_flight) + n * sizeof(struct cflow_arena_hop));

    g_mutex_lock(&recorder.lock);
    struct cflow_arena_flight *flight =
        atomic_load(&log->n) < MAX_FLIGHTS ? cflow_arena_append(&recorder.arena, log, size) : NULL;
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
