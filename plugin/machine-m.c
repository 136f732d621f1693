/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/machine-m.h"

#include "lib/profile/cause.h"
#include "plugin/machine.h"
#include "plugin/region.h"

enum {
    LR = 14
};

/* --- what is handled, innermost last ----------------------------------------- */

void machine_m_begins(struct vcpu *v, unsigned cause, uint64_t entry)
{
    struct machine_state *m = v->machine;

    if (machine_kind != MACHINE_ARM_M || !cause) {
        return;
    }
    if (m->n_active == G_N_ELEMENTS(m->active)) {
        m->n_active--;
        recorder.process->lost++; /* its return will not be seen as one */
    }
    m->active[m->n_active].number = cause & 0x1ff;
    m->active[m->n_active++].entry = entry;
}

bool machine_m_handles(const struct machine_state *m, unsigned number)
{
    for (unsigned i = 0; i < m->n_active; i++) {
        if (m->active[i].number == number) {
            return true;
        }
    }
    return false;
}

static unsigned innermost(const struct machine_state *m)
{
    return m->n_active ? m->active[m->n_active - 1].number : 0;
}

/* --- how control left --------------------------------------------------------- */

enum left {
    STAYED,  /* by nothing that ends a handler */
    PERHAPS, /* by what may have ended it */
    ENDED,   /* by loading EXC_RETURN into the pc */
};

/* Armv7-M ARM, "Exception return behavior"; in a handler such an address is nothing else. */
static bool is_exc_return(uint64_t value)
{
    return (value & 0xff000000) == 0xff000000;
}

static unsigned halfword(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/*
 * How far above what it loaded into the pc is the stack pointer behind the
 * instruction at @p, of @size bytes?  0 if it loads nothing from there.
 */
static unsigned popped(const uint8_t *p, unsigned size)
{
    unsigned w = halfword(p), w2 = size == 4 ? halfword(p + 2) : 0;

    if (size == 2) {
        return (w & 0xff00) == 0xbd00 ? 4 : 0; /* pop {..., pc} */
    }
    if (w == 0xe8bd && (w2 & 0x8000)) { /* ldm sp!, {..., pc} */
        return 4;
    }
    return w == 0xf85d && (w2 & 0xff00) == 0xfb00 ? w2 & 0xff : 0; /* ldr pc, [sp], #n */
}

/*
 * The processor changes none of the registers from r0 to r12 and nothing on the
 * stack when a handler starts instead of a return, and so the value that the
 * last instruction loaded into the pc is still there.  @lr is that of the
 * handler that control is in now; @fresh: nothing was pushed since.
 */
static enum left operand(const uint8_t *p, unsigned size, uint64_t lr, bool fresh)
{
    unsigned w = halfword(p), rm = w >> 3 & 15;
    uint64_t value;

    if (!is_exc_return(lr)) {
        return STAYED;
    }
    if (size == 2 && (w & 0xff83) == 0x4700) { /* bx, bxns */
        if (rm == LR) {
            return ENDED;
        }
        return !fresh || !machine_m_register(rm, &value) ? PERHAPS
               : is_exc_return(value)                    ? ENDED
                                                         : STAYED;
    }
    if (size == 2 && (w & 0xff00) != 0xbd00) { /* arithmetic does not end a handler */
        return STAYED;
    }
    if (size == 4 && (w & 0xfff0) == 0xe8d0) { /* tbb, tbh */
        return STAYED;
    }
    unsigned distance = popped(p, size);
    return !fresh || !distance || !machine_m_popped(distance, &value) ? PERHAPS
           : is_exc_return(value)                                     ? ENDED
                                                                      : STAYED;
}

static enum left left_handler(const struct vcpu *v, uint64_t to, uint64_t lr, bool fresh)
{
    const struct block *at = v->at;
    struct isa_insn insn;

    if (!at || !at->n_insns || !v->completed || !block_more(at)->free_exit) {
        return STAYED;
    }
    unsigned size = at->record->data[at->n_insns - 1u];
    const uint8_t *bytes = at->record->data + at->n_insns + (block_last_pc(at) - block_pc(at));
    isa_decode_exact(at->record->flags & CFLOW_BLOCK_OPAQUE ? NULL : recorder.isa,
                     block_last_pc(at), bytes, size, CFLOW_BLOCK_MODE(at->record->mode), &insn);
    if (insn.class != ISA_RETURN && insn.class != ISA_INDIRECT_JUMP && insn.class != ISA_UNKNOWN) {
        return STAYED;
    }
    enum left left = operand(bytes, size, lr, fresh);
    /* It may have been skipped, or be a jump: would that have led to a handler's start? */
    bool start = to == v->machine->active[v->machine->n_active - 1].entry;
    if (to == block_last_pc(at) + size && left == ENDED) {
        left = PERHAPS;
    }
    return left == PERHAPS && !start ? STAYED : left;
}

/* --- going on ----------------------------------------------------------------- */

static void go_unexplained(struct vcpu *v, const struct block *to)
{
    region_go(v, to, CFLOW_UNEXPLAINED, 0, !v->completed);
}

/* The innermost handler ends; control goes on at @to, in exception @number. */
static void end_handler(struct vcpu *v, unsigned number, const struct block *to)
{
    struct machine_state *m = v->machine;

    m->n_active--;
    if (!number || machine_m_handles(m, number)) {
        m->n_active = 0;
        while (number && m->active[m->n_active++].number != number) {
        }
        region_go(v, to, CFLOW_SYSTEM, 0, false);
    } else {
        unsigned cause = machine_m_cause(number);
        region_go(v, to, machine_m_kind(number), cause, false);
        machine_m_begins(v, cause, block_pc(to));
    }
}

/* The point where @frame was pushed; NULL, and counted, without room. */
static const struct block *point_of(const struct m_frame *frame)
{
    const struct block *point = recorder_point(frame->pc, CFLOW_PRIVILEGE_UNKNOWN);

    recorder.process->lost += !point;
    return point;
}

bool machine_m_returned(struct vcpu *v, const struct block *to, bool announced)
{
    struct machine_state *m = v->machine;
    unsigned number = machine_active_exception(), top = innermost(m);
    struct m_frame frame;

    bool reset = (v->pending & PENDING_IDLE) && block_pc(to) == m->first_pc;
    if (!v->at || !m->n_active || reset) {
        return false;
    }
    if (number == top && !block_more(v->at)->free_exit) {
        return false;
    }
    if (number == top) { /* it may have ended, and started again */
        enum left left = left_handler(v, block_pc(to), machine_m_lr(), true);
        if (left == ENDED) {
            end_handler(v, number, to);
        } else if (left == PERHAPS) {
            go_unexplained(v, to);
        }
        return left != STAYED;
    }
    if (!announced && number && machine_m_frame(&frame) && frame.number == top &&
        !machine_m_handles(m, number)) {
        return false; /* it has interrupted the handler */
    }
    end_handler(v, number, to);
    return true;
}

void machine_m_settle(struct vcpu *v, const struct m_frame *frame)
{
    struct machine_state *m = v->machine;
    const struct block *point;

    if (!m->n_active || !v->at || !v->at->n_insns || !v->completed ||
        !block_more(v->at)->free_exit) {
        return;
    }
    enum left left =
        frame->number != innermost(m) ? ENDED : left_handler(v, frame->pc, frame->lr, false);
    if (left == STAYED || !(point = point_of(frame))) {
        return;
    }
    if (left == ENDED) {
        end_handler(v, frame->number, point);
    } else {
        go_unexplained(v, point);
    }
}

/* The handler that @frame was pushed in had been started, which pushed @outer. */
static void take(struct vcpu *v, const struct m_frame *frame, const struct m_frame *outer)
{
    const struct block *entry = point_of(frame);
    unsigned cause = machine_m_cause(frame->number);

    if (entry) {
        machine_take(v, machine_m_kind(frame->number), cause, outer->pc, entry);
        machine_m_begins(v, cause, block_pc(entry));
    }
}

/* As machine_m_settle(), but a handler may also have started unannounced. */
static void catch_up(struct vcpu *v, const struct m_frame *frame, unsigned depth)
{
    struct machine_state *m = v->machine;
    struct m_frame outer;

    if (frame->number == innermost(m)) {
        machine_m_settle(v, frame);
        return;
    }
    if (!frame->number || machine_m_handles(m, frame->number)) {
        return; /* a return, and a handler at once: no different from one instead of a return */
    }
    if (depth && machine_m_outer_frame(frame, &outer)) {
        catch_up(v, &outer, depth - 1);
        if (outer.number == innermost(m)) {
            take(v, frame, &outer);
            return;
        }
    }
    const struct block *point = point_of(frame);
    if (point && m->n_active) {
        end_handler(v, frame->number, point);
    } else if (point) {
        go_unexplained(v, point);
    }
}

void machine_m_catch_up(struct vcpu *v)
{
    unsigned number = machine_active_exception();
    struct m_frame frame;

    if (v->at && number && !machine_m_handles(v->machine, number) && machine_m_frame(&frame)) {
        catch_up(v, &frame, 8);
    }
}
