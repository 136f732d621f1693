/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/limit.h"

#include "plugin/arrival.h"
#include "plugin/checkpoint.h"
#include "plugin/counters.h"
#include "plugin/flow.h"
#include "plugin/memory.h"
#include "plugin/modules.h"
#include "plugin/region.h"

static size_t inherited; /* of memory_peak() */

/*
 * Code of files is no more than there is in the files, so the last quarter is for it:
 * else a guest could fill all with code that it generates before it calls a library.
 */
static uint64_t limit_for(uint32_t module)
{
    const struct cflow_arena_module *m = modules_record(module);
    uint64_t limit = recorder.process->memory_limit;

    return m && m->kind == CFLOW_ARENA_ANON ? limit - limit / 4 : limit;
}

bool limit_reached(uint32_t module)
{
    /* A machine's memory is no more than its RAM has code. */
    return recorder.process->memory_limit && !recorder.system &&
           atomic_load(&recorder.arena.header->used) + memory_peak() >= limit_for(module);
}

void limit_account(void)
{
    recorder.process->table_bytes = memory_peak() - inherited;
}

void limit_forked(void)
{
    inherited = memory_peak();
}

/* Control goes from code that is recorded, or from nowhere, to a block that is not. */
static void on_beyond(unsigned int index, void *data)
{
    struct vcpu *v = recorder_vcpu_at(index);

    if (G_LIKELY(v)) {
        v->shared->callbacks++;
        engine_flow.settle(v, index);
        if (v->silent) {
            arrival_at_point(v, (uint64_t)(uintptr_t)data); /* deduced up to there */
        }
        v->pending &= (uint8_t)~PENDING_SIGRETURN;
        if (!v->outside) {
            region_leave(v);
        }
        /* Only now may a checkpoint be taken, with nothing to be said of where it stands. */
        flow_set_begun(index, 0);
        flow_set_source(index, LIMIT_TOKEN);
        checkpoint_park(v, NULL);
    } else {
        recorder.process->lost++;
        flow_set_source(index, LIMIT_TOKEN);
    }
}

void limit_pass_by(struct qemu_plugin_tb *tb)
{
    static counter_id alone, shared;
    counter_id *counter = recorder.parallel ? &shared : &alone;
    void *pc = (void *)(uintptr_t)qemu_plugin_tb_vaddr(tb);

    if (recorder.system) {
        return;
    }
    if (!*counter) {
        *counter = counters_new(recorder.parallel, CFLOW_BEYOND_LIMIT, false);
    }
    qemu_plugin_register_vcpu_tb_exec_cond_cb(
        tb, on_beyond, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
        qemu_plugin_scoreboard_u64(flow.words), LIMIT_TOKEN, pc);
    /* A block without a check may have run since, and says so in `begun`. */
    qemu_plugin_register_vcpu_tb_exec_cond_cb(
        tb, on_beyond, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
        (qemu_plugin_u64){flow.words, sizeof(uint64_t)}, 0, pc);
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                                      counter_entry(*counter), 1);
}
