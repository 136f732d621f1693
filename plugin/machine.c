/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/machine.h"

#include <string.h>

#include "lib/profile/cause.h"
#include "lib/profile/kind.h"
#include "plugin/arrival.h"
#include "plugin/frames.h"
#include "plugin/machine-cause.h"
#include "plugin/machine-m.h"
#include "plugin/privilege.h"
#include "plugin/region.h"
#include "plugin/until.h"

static bool announced;

void machine_init(const char *target, bool announces)
{
    announced = announces;
    machine_regs_init(target);
}

void machine_vcpu_init(struct vcpu *v)
{
    g_mutex_lock(&recorder.lock);
    machine_regs_vcpu_init();
    privilege_vcpu_init();
    g_mutex_unlock(&recorder.lock);
    if (!v->machine) {
        v->machine = g_new0(struct machine_state, 1);
    }
    *v->machine = (struct machine_state){.idt_limit = 0x3ff};
}

static void decode(const struct block *b, unsigned i, struct isa_insn *out)
{
    const uint8_t *bytes = b->record->data + b->n_insns;
    uint64_t pc = block_insn_pc(b, i);
    bool opaque = b->record->flags & CFLOW_BLOCK_OPAQUE;

    isa_decode_exact(opaque ? NULL : recorder.isa, pc, bytes + (pc - block_pc(b)),
                     b->record->data[i], CFLOW_BLOCK_MODE(b->record->mode), out);
    cflow_kind_predicate(b->record, i, (uint32_t)(pc - block_pc(b)), out);
}

static bool leaves_freely(enum isa_class class)
{
    return class == ISA_UNKNOWN || class == ISA_RETURN || class == ISA_INDIRECT_CALL ||
           class == ISA_INDIRECT_JUMP || class == ISA_SYSTEM;
}

/* --- translation ----------------------------------------------------------- */

static void on_lidt(unsigned int index, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
    struct vcpu *v = recorder_vcpu_at(index);

    (void)data;
    /* It loads the limit, two bytes, and then the base. */
    if (v && qemu_plugin_mem_size_shift(info) == 1) {
        machine_load_idt(v, vaddr);
    }
}

/* Intel SDM volume 2, LGDT/LIDT: 0f 01 /3 with memory, after any prefixes. */
static bool is_lidt(const uint8_t *bytes, unsigned n)
{
    unsigned i = 0;

    while (i < n && (bytes[i] == 0x66 || bytes[i] == 0x67 || (bytes[i] & 0xf0) == 0x40 ||
                     (bytes[i] & 0xe7) == 0x26 || bytes[i] == 0x64 || bytes[i] == 0x65)) {
        i++;
    }
    return n - i >= 3 && bytes[i] == 0x0f && bytes[i + 1] == 0x01 &&
           (bytes[i + 2] & 0x38) == 0x18 && bytes[i + 2] < 0xc0;
}

void machine_watch(struct qemu_plugin_tb *tb)
{
    for (size_t i = 0; machine_kind == MACHINE_X86 && i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint8_t bytes[16];
        size_t n = qemu_plugin_insn_data(insn, bytes, sizeof(bytes));
        if (is_lidt(bytes, (unsigned)MIN(n, sizeof(bytes)))) {
            qemu_plugin_register_vcpu_mem_cb(insn, on_lidt, QEMU_PLUGIN_CB_R_REGS,
                                             QEMU_PLUGIN_MEM_R, NULL);
        }
    }
}

bool machine_takes_to(uint64_t pc)
{
    const struct vcpu *v = recorder_vcpu_at(this_vcpu);

    return !announced && (machine_kind == MACHINE_ARM_M || (v && machine_is_vector(v, pc)));
}

void machine_translate(struct qemu_plugin_tb *tb, struct block *b)
{
    machine_watch(tb);
    if ((machine_kind == MACHINE_X86 && (block_pc(b) & 0xffff) == 0x8000) ||
        machine_kind == MACHINE_ARM_M || machine_takes_to(block_pc(b))) {
        b->handler |= BLOCK_HANDLER;
    }
    struct isa_insn insn;
    decode(b, b->n_insns - 1u, &insn);
    until_translate(b, insn.class);
    block_more(b)->free_exit =
        leaves_freely(insn.class) || insn.class == ISA_TRAP || insn.class == ISA_SYSCALL;
    if (!announced && machine_kind != MACHINE_X86 &&
        (insn.class == ISA_TRAP || insn.class == ISA_SYSCALL)) {
        b->handler |= BLOCK_CALLS;
    }
}

/* --- the same code at several addresses ------------------------------------- */

const struct block *machine_actual(struct vcpu *v, struct block *b)
{
    uint64_t pc;

    if (!machine_pc(&pc) || pc == block_pc(b) || ((pc ^ block_pc(b)) & 0xfff) ||
        !machine_pc_is_address()) {
        return b;
    }
    unsigned slot = cflow_arena_hash(pc ^ b->id) % G_N_ELEMENTS(v->machine->aliases);
    const struct block *alias = v->machine->aliases[slot].alias;
    if (v->machine->aliases[slot].block != b || block_pc(alias) != pc) {
        alias = recorder_alias(b, pc);
        if (!alias) {
            recorder.process->lost++;
            return b;
        }
        v->machine->aliases[slot].block = b;
        v->machine->aliases[slot].alias = alias;
    }
    return alias;
}

/* --- what QEMU announces --------------------------------------------------- */

void machine_slept(struct vcpu *v)
{
    v->pending |= PENDING_IDLE;
}

bool machine_announce(struct vcpu *v, int type, uint64_t from, uint64_t to)
{
    bool x86 = machine_kind == MACHINE_X86;
    unsigned kind = type == QAPI_INTERRUPT   ? CFLOW_INTERRUPT
                    : type == QAPI_HOST_CALL ? CFLOW_HOST_CALL
                                             : CFLOW_EXCEPTION;

    /*
     * x86 announces an exception first when it is raised, with a stale address,
     * and then when it is delivered, as an interrupt.  If it is never delivered
     * (another exception in between, a triple fault) only the first is there.
     */
    bool stale = x86 && kind == CFLOW_EXCEPTION;
    if (x86 && v->n_discon && v->discon[v->n_discon - 1].stale) {
        v->n_discon--;
        kind = CFLOW_EXCEPTION;
    }
    if (v->n_discon == G_N_ELEMENTS(v->discon)) {
        recorder.process->lost++;
        return false;
    }
    v->discon[v->n_discon].cause = stale ? 0 : (uint16_t)machine_cause(v, to, &kind);
    v->discon[v->n_discon].kind = (uint8_t)kind;
    v->discon[v->n_discon].privilege = (uint8_t)privilege_now();
    v->discon[v->n_discon].stale = stale;
    v->discon[v->n_discon].from = from;
    v->discon[v->n_discon].to = to;
    v->discon[v->n_discon].framed = machine_kind == MACHINE_ARM_M && kind != CFLOW_HOST_CALL &&
                                    machine_m_frame(&v->discon[v->n_discon].frame) &&
                                    v->discon[v->n_discon].frame.pc == from;
    if (recorder.framed && !stale) {
        const uint8_t *host;
        v->discon[v->n_discon].from = frames_find(from, &v->discon[v->n_discon].host);
        v->discon[v->n_discon].to = frames_find(to, &host);
    }
    v->n_discon++;
    v->pending |= PENDING_DISCON;
    return !stale;
}

/* --- where control can be -------------------------------------------------- */

/* hlt: goes on to the next instruction, or does not go on. */
static bool is_hlt(const struct block *b)
{
    const uint8_t *bytes = b->record->data + b->n_insns;

    return machine_kind == MACHINE_X86 && bytes[block_last_pc(b) - block_pc(b)] == 0xf4;
}

/* Could @v have gone from where it is to @pc by itself? */
static bool can_go(const struct vcpu *v, uint64_t pc, enum isa_class *class)
{
    const struct block *at = v->at;
    struct isa_insn insn;

    *class = ISA_PLAIN;
    if (!at->n_insns) {
        return block_pc(at) == pc;
    }
    uint64_t reached = block_insn_pc(at, v->insn), next = reached + at->record->data[v->insn];
    if (!v->completed) {
        return pc == reached || pc == next;
    }
    decode(at, at->n_insns - 1u, &insn);
    *class = insn.class;
    if (is_hlt(at)) {
        return pc == next;
    }
    return cflow_kind_of(&insn, recorder.isa != NULL, reached, pc) != CFLOW_UNEXPLAINED;
}

/* No instruction but these takes control to where other rights are. */
static bool keeps_privilege(enum isa_class class)
{
    switch (class) {
    case ISA_COND:
    case ISA_JUMP:
    case ISA_CALL:
        return true;
    case ISA_INDIRECT_JUMP:
    case ISA_INDIRECT_CALL:
    case ISA_RETURN:
        return machine_kind != MACHINE_ARM_M; /* there, it may return from an exception */
    case ISA_PLAIN:                           /* Arm: may write the status register */
    case ISA_REPEAT:
        return machine_kind != MACHINE_ARM_M && machine_kind != MACHINE_ARM;
    default:
        return false;
    }
}

unsigned machine_privilege(const struct vcpu *v)
{
    struct isa_insn insn;

    if (!recorder.system) {
        return CFLOW_PRIVILEGE_USER;
    }
    if (v->at && v->at->n_insns && v->completed) {
        decode(v->at, v->insn, &insn);
        if (!keeps_privilege(insn.class)) {
            return CFLOW_PRIVILEGE_UNKNOWN;
        }
    }
    return v->at ? CFLOW_BLOCK_PRIVILEGE(v->at->record->flags) : CFLOW_PRIVILEGE_UNKNOWN;
}

/* Some exceptions are taken when their instruction has completed. */
static bool retires(const struct vcpu *v, unsigned kind)
{
    struct isa_insn insn;

    if (kind == CFLOW_HOST_CALL) {
        return true;
    }
    decode(v->at, v->insn, &insn);
    return kind == CFLOW_EXCEPTION && (insn.class == ISA_SYSCALL || insn.class == ISA_TRAP);
}

/* Did the instruction that @v reached itself make control leave at @from? */
static bool raised_here(const struct vcpu *v, unsigned kind, uint64_t from)
{
    const struct block *at = v->at;

    if (!at || !at->n_insns || kind == CFLOW_INTERRUPT) {
        return false;
    }
    uint64_t pc = block_insn_pc(at, v->insn), next = pc + at->record->data[v->insn];
    return from == pc || (v->completed && from == next && retires(v, kind));
}

void machine_take(struct vcpu *v, unsigned kind, unsigned cause, uint64_t from,
                  const struct block *to)
{
    bool here = raised_here(v, kind, from);

    if (!here && !(v->at && !v->at->n_insns && block_pc(v->at) == from)) {
        arrival_at_point(v, from);
    }
    region_go(v, to, kind, cause, here);
}

/* --- restarts -------------------------------------------------------------- */

static void begin(struct vcpu *v, const struct block *to)
{
    if (!v->machine->begun) {
        v->machine->begun = true;
        v->machine->first_pc = block_pc(to);
        g_mutex_lock(&recorder.lock);
        recorder_mark_handler(block_pc(to)); /* to see a reset */
        g_mutex_unlock(&recorder.lock);
    }
}

bool machine_began_at(const struct vcpu *v, uint64_t pc)
{
    return v->machine->begun && v->machine->first_pc == pc;
}

/*
 * A reset, or a processor started anew by another: nothing announces either.
 * Control then is where @v once began, or somewhere after it slept, and where
 * its last instruction could not have gone.
 */
static bool restarted(const struct vcpu *v, const struct block *to)
{
    bool slept = v->pending & PENDING_IDLE, first = block_pc(to) == v->machine->first_pc;
    enum isa_class class;

    if (!v->at || !(slept || first)) {
        return false;
    }
    return !can_go(v, block_pc(to), &class) || (slept && first && block_more(v->at)->free_exit);
}

static void leave(struct vcpu *v, bool fatal)
{
    recorder_count_event(v, NULL, CFLOW_EXIT, 0, fatal);
    until_forget(v);
    v->at = NULL;
    v->n_stacked = 0;
    v->machine->n_active = 0;
}

/* --- arriving -------------------------------------------------------------- */

static void deliver_announced(struct vcpu *v, const struct block *to)
{
    unsigned n = v->n_discon;

    v->pending &= (uint8_t)~PENDING_DISCON;
    v->n_discon = 0;
    for (unsigned i = 0; i < n; i++) {
        if (v->discon[i].stale) { /* raised and not delivered */
            if (v->at && to && block_pc(to) != v->machine->first_pc) {
                recorder_count_event(v, to, CFLOW_EXCEPTION, 0, true);
                until_leave(v, false);
                v->at = to;
            } else if (v->at) {
                leave(v, true); /* a triple fault: reset */
            }
            continue;
        }
        bool there = to && i + 1 == n && v->discon[i].to == block_pc(to);
        const struct block *next =
            there ? to : recorder_point(v->discon[i].to, v->discon[i].privilege);
        if (next) {
            if (v->discon[i].framed) {
                machine_m_settle(v, &v->discon[i].frame);
            }
            machine_take(v, v->discon[i].kind, v->discon[i].cause, v->discon[i].from, next);
            machine_m_begins(v, v->discon[i].kind == CFLOW_HOST_CALL ? 0 : v->discon[i].cause,
                             block_pc(next));
        } else {
            recorder.process->lost++;
        }
    }
}

/* x86: `int` pushes the address behind it, yet it is what raised the exception. */
static uint64_t source_of(const struct vcpu *v, uint64_t from)
{
    if (machine_kind == MACHINE_X86 && v->at && v->at->n_insns && v->completed) {
        uint64_t pc = block_insn_pc(v->at, v->insn);
        struct isa_insn insn;
        decode(v->at, v->insn, &insn);
        if ((insn.class == ISA_TRAP || insn.class == ISA_SYSCALL) &&
            from == pc + v->at->record->data[v->insn]) {
            return pc;
        }
    }
    return from;
}

/* A call of the emulator goes on behind the instruction, as if it were plain. */
static bool is_host_call(const struct vcpu *v, uint64_t to)
{
    struct isa_insn insn;

    if (!v->at || !v->at->n_insns || !v->completed || machine_kind == MACHINE_X86) {
        return false;
    }
    decode(v->at, v->insn, &insn);
    return (insn.class == ISA_TRAP || insn.class == ISA_SYSCALL) && !(insn.flags & ISA_MAY_SKIP) &&
           to == block_last_pc(v->at) + insn.size;
}

/* --- handlers that were interrupted before they began ------------------------ */

static void remember_early(struct vcpu *v, uint64_t pc, uint64_t sp)
{
    if (v->n_stacked == G_N_ELEMENTS(v->stacked)) { /* long left, without a return */
        memmove(v->stacked, v->stacked + 1, sizeof(v->stacked) - sizeof(v->stacked[0]));
        v->n_stacked--;
    }
    v->stacked[v->n_stacked].pc = pc;
    v->stacked[v->n_stacked++].sp = sp;
}

/* Does a handler wait to begin at @pc, with @sp?  The number that wait longer; -1: no. */
static int find_early(const struct vcpu *v, uint64_t pc, uint64_t sp)
{
    int i = v->n_stacked;

    while (i-- > 0 && (v->stacked[i].pc != pc || v->stacked[i].sp != sp)) {
    }
    return i;
}

/* Does @v end with what may be a return from an exception? */
static bool ends_with_return(const struct vcpu *v)
{
    struct isa_insn insn;

    if (!v->at || !v->at->n_insns || !v->completed) {
        return false;
    }
    decode(v->at, v->at->n_insns - 1u, &insn);
    return insn.class == ISA_SYSTEM;
}

/* Control is at the vector @pc: has a return from an exception led there? */
static bool returned_to(struct vcpu *v, uint64_t pc)
{
    if (!ends_with_return(v)) {
        return false;
    }
    const struct cflow_arena_block *r = v->at->record;
    const uint8_t *last = r->data + v->at->n_insns + (block_last_pc(v->at) - block_pc(v->at));
    int waited = find_early(v, pc, machine_stack());
    if (machine_kind == MACHINE_X86 ? waited < 0
                                    : !machine_returned_to(pc, last, r->data[v->at->n_insns - 1u],
                                                           CFLOW_BLOCK_PRIVILEGE(r->flags))) {
        return false;
    }
    if (waited >= 0) {
        v->n_stacked = (uint8_t)waited;
    }
    return true;
}

/* Could @v have branched to the vector @pc, with an instruction that means just that? */
static bool branched_to(const struct vcpu *v, uint64_t pc)
{
    enum isa_class class;

    return v->completed && can_go(v, pc, &class) && !leaves_freely(class) && class != ISA_SYSCALL &&
           class != ISA_TRAP;
}

/*
 * Something took control to the vector @to from @at, which is a vector itself: if @v
 * was not there by itself, count what took it there.
 */
static void settle_early(struct vcpu *v, uint64_t to, uint64_t at)
{
    struct machine_taken before;

    if (!machine_taken_before(v, to, at, &before) || branched_to(v, at) ||
        (ends_with_return(v) && find_early(v, at, before.sp) >= 0)) {
        return;
    }
    const struct block *point = recorder_point(at, CFLOW_PRIVILEGE_UNKNOWN);
    uint64_t from = source_of(v, before.from);
    if (point) {
        machine_take(v, from == before.from ? before.kind : CFLOW_EXCEPTION, before.cause, from,
                     point);
        remember_early(v, at, before.sp);
    }
}

/* Without announcements: is @to a vector that something took control to? */
static bool taken_unannounced(struct vcpu *v, const struct block *to)
{
    uint64_t from;
    unsigned kind;

    if (!v->at || !machine_is_vector(v, block_pc(to)) ||
        !machine_taken_from(v, block_pc(to), &from, &kind)) {
        return false;
    }
    if (branched_to(v, block_pc(to))) {
        return false;
    }
    if (returned_to(v, block_pc(to))) {
        return false; /* the end of what interrupted it there, or a return like a jump */
    }
    if (machine_kind == MACHINE_ARM_M &&
        machine_m_handles(v->machine, machine_active_exception())) {
        return false;
    }
    unsigned cause = machine_cause(v, block_pc(to), &kind);
    if (machine_is_vector(v, from)) {
        settle_early(v, block_pc(to), from);
    }
    uint64_t source = source_of(v, from);
    if (source != from) {
        kind = CFLOW_EXCEPTION;
        from = source;
    }
    if (kind == CFLOW_INTERRUPT && is_host_call(v, from)) { /* and then an interrupt at once */
        const struct block *next = recorder_point(from, machine_privilege(v));
        if (next) {
            machine_take(v, CFLOW_HOST_CALL, 0, block_last_pc(v->at), next);
        }
    }
    machine_take(v, kind, cause, from, to);
    machine_m_begins(v, cause, block_pc(to));
    return true;
}

static bool came_to_handler(struct vcpu *v, const struct block *to)
{
    uint64_t from;

    if (machine_kind == MACHINE_X86 && (block_pc(to) & 0xffff) == 0x8000 && (v->at || v->silent) &&
        machine_is_smi(block_pc(to), &from)) {
        const uint8_t *host;
        from = recorder.framed ? frames_find(from, &host) : from;
        machine_take(v, CFLOW_INTERRUPT, CFLOW_CAUSE_KNOWN | CFLOW_CAUSE_OTHER, from, to);
        return true;
    }
    if (machine_kind == MACHINE_ARM_M) {
        if (!announced) {
            machine_m_catch_up(v);
        }
        if (machine_m_returned(v, to, announced)) {
            return true;
        }
    }
    return !announced && taken_unannounced(v, to);
}

bool machine_arrive(struct vcpu *v, const struct block *to)
{
    bool there = false;

    if (v->pending & PENDING_DISCON) {
        deliver_announced(v, to);
        there = v->at == to && v->at;
    }
    if (!there) {
        there = (to->handler & BLOCK_HANDLER) && came_to_handler(v, to);
    }
    if (!there && !announced && is_host_call(v, block_pc(to))) {
        machine_take(v, CFLOW_HOST_CALL, 0, block_last_pc(v->at), to);
        there = true;
    }
    if (!there && restarted(v, to)) {
        leave(v, false);
    }
    v->pending &= (uint8_t) ~(PENDING_IDLE | PENDING_CALL);
    if (to->handler & BLOCK_CALLS) {
        v->pending |= PENDING_CALL; /* to see where it goes on */
    }
    if (!v->at && !v->silent && !v->outside && !to->outside) {
        begin(v, to);
    }
    return there;
}

void machine_leave_region(struct vcpu *v)
{
    v->n_discon = v->n_stacked = 0;
    v->machine->n_active = 0;
}

void machine_enter_region(struct vcpu *v, const struct block *to)
{
    unsigned active = machine_kind == MACHINE_ARM_M ? machine_active_exception() : 0;

    machine_leave_region(v);
    machine_m_begins(v, active, 0);
    if (to->handler & BLOCK_CALLS) {
        v->pending |= PENDING_CALL; /* to see where it goes on */
    }
}

void machine_finish(struct vcpu *v)
{
    if (v->pending & PENDING_DISCON) {
        deliver_announced(v, NULL);
    }
}
