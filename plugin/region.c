/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/region.h"

#include "lib/profile/schema.h"
#include "plugin/engine.h"
#include "plugin/machine.h"
#include "plugin/modules.h"
#include "plugin/narrow.h"
#include "plugin/privilege.h"
#include "plugin/signals.h"
#include "plugin/until.h"

/* The module of code is not asked for in a whole machine, which has but one. */
static struct narrow_code code_of(uint32_t module, uint64_t pc, uint64_t n, unsigned privilege,
                                  char **path)
{
    const struct cflow_arena_module *m = recorder.system ? NULL : modules_record(module);

    *path = m ? g_strndup((const char *)m->data + m->n_build_id, m->n_path) : NULL;
    return (struct narrow_code){pc, pc + n, *path, m ? m->bias : 0, privilege};
}

void region_place(struct block *b)
{
    g_autofree char *path = NULL;
    struct narrow_code code = code_of(b->record->module, block_pc(b), MAX(b->record->n_bytes, 1u),
                                      CFLOW_BLOCK_PRIVILEGE(b->record->flags), &path);

    b->outside = narrow_is_outside(&code);
    block_more(b)->triggers = narrow_triggers(&code);
}

/* Not at the start of a block that has a callback. */
static void on_trigger(unsigned int index, void *data)
{
    bool record;

    (void)index;
    if (narrow_arrived(GPOINTER_TO_UINT(data), &record)) {
        engine_translate_anew();
    }
}

static void watch_triggers(struct qemu_plugin_tb *tb, struct narrow_code code, bool outside)
{
    size_t n = qemu_plugin_tb_n_insns(tb);

    /* The first one of a block with a callback is seen there. */
    for (size_t i = outside ? 0 : 1; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        code.start = qemu_plugin_insn_vaddr(insn);
        unsigned triggers = narrow_triggers(&code);
        if (triggers) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_trigger, QEMU_PLUGIN_CB_NO_REGS,
                                                   GUINT_TO_POINTER(triggers));
        }
    }
}

static GHashTable *passed_by; /* set of uint64_t: blocks without a callback begin there */

bool region_was_passed_by(uint64_t pc)
{
    return passed_by && g_hash_table_contains(passed_by, &pc);
}

bool region_is_outside(struct qemu_plugin_tb *tb, bool *watched)
{
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, qemu_plugin_tb_n_insns(tb) - 1);
    uint64_t pc = qemu_plugin_tb_vaddr(tb),
             host = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(first);
    uint64_t n = qemu_plugin_insn_vaddr(last) - pc + MAX(qemu_plugin_insn_size(last), 1u);
    g_autofree char *path = NULL;

    if (narrow_is_over()) {
        *watched = false;
        return true;
    }
    g_mutex_lock(&recorder.lock);
    if (narrow_is_waiting()) { /* for what is at the start of a block, or in one */
        struct narrow_code all = code_of(modules_find(pc, recorder.system ? 0 : host), pc, n,
                                         CFLOW_PRIVILEGE_UNKNOWN, &path);
        g_mutex_unlock(&recorder.lock);
        bool first = narrow_triggers(&all) & NARROW_START;
        watch_triggers(tb, all, !first);
        *watched = false;
        return !first;
    }
    bool handler = recorder.system ? machine_takes_to(pc) : signals_is_handler(pc);
    struct narrow_code code =
        code_of(modules_find(pc, recorder.system ? 0 : host), pc, n, privilege_now(), &path);
    bool outside = narrow_is_outside(&code);
    *watched = outside && (handler || (recorder.system && narrow_may_alias(&code)));
    if (outside && !*watched && !recorder.system) {
        passed_by = passed_by ? passed_by
                              : g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        g_hash_table_add(passed_by, g_memdup2(&pc, sizeof(pc)));
    }
    g_mutex_unlock(&recorder.lock);
    watch_triggers(tb, code, outside && !*watched);
    return outside;
}

unsigned region_triggers(struct qemu_plugin_tb *tb)
{
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
    uint64_t pc = qemu_plugin_tb_vaddr(tb),
             host = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(first);
    g_autofree char *path = NULL;

    g_mutex_lock(&recorder.lock);
    struct narrow_code code =
        code_of(modules_find(pc, recorder.system ? 0 : host), pc, 1, privilege_now(), &path);
    unsigned triggers = narrow_triggers(&code);
    g_mutex_unlock(&recorder.lock);
    return triggers;
}

void region_leave(struct vcpu *v)
{
    if (v->at) {
        recorder_count_event(v, NULL, CFLOW_LEAVE_REGION, 0, !v->completed);
    }
    until_forget(v);
    v->at = NULL;
    v->outside = true;
    v->shared->block = CFLOW_NO_BLOCK;
}

void region_go(struct vcpu *v, const struct block *to, unsigned kind, unsigned cause, bool aborted)
{
    if (to->outside) {
        if (v->at) {
            recorder_count_event(v, NULL, CFLOW_LEAVE_REGION, 0, aborted);
        }
        until_forget(v);
        v->outside = true;
    } else {
        kind = v->outside ? CFLOW_ENTER_REGION : kind;
        recorder_count_event(v, to, kind, v->outside ? 0 : cause, aborted && !v->outside);
        if (!v->outside) {
            until_interrupt(v, to, kind, cause, aborted);
        }
        if (kind == CFLOW_SYSTEM) { /* M-profile */
            until_return(v, block_pc(to));
        }
        v->outside = false;
    }
    v->at = to->outside ? NULL : to;
    v->insn = 0;
    v->completed = true;
}
