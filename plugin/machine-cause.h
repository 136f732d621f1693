/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine's registers say of an exception or interrupt that has just
 * been taken.  In callbacks that may read registers.
 */
#ifndef CFLOW_MACHINE_CAUSE_H
#define CFLOW_MACHINE_CAUSE_H

#include "plugin/machine-regs.h"
#include "plugin/recorder.h"

/* What is kept of each vCPU. */
struct machine_state {
    uint64_t first_pc; /* where it began; valid with begun */
    bool begun;
    uint64_t idt_base; /* x86: the interrupt table */
    uint16_t idt_limit;
    struct {
        uint64_t to;
        uint8_t vector;
    } known[32]; /* x86: vectors found in it */
    struct {
        const struct block *block, *alias;
    } aliases[256]; /* code at another address than it was translated at */
    struct {
        uint16_t number;
        uint64_t entry;
    } active[32]; /* M-profile: exceptions being handled, innermost last */
    unsigned n_active;
};

/*
 * Control is at the vector @to: the cause, as lib/profile/cause.h has it, 0 if
 * not known.  *@kind, as QEMU gave it, is put right where the cause knows better.
 */
unsigned machine_cause(struct vcpu *v, uint64_t to, unsigned *kind);

/*
 * Without announcements.  Is @pc a vector, as this vCPU's registers are now?
 * And control has arrived there: from which address, and was it an interrupt?
 * False if what the registers say is no entry to a vector.
 */
bool machine_is_vector(const struct vcpu *v, uint64_t pc);
bool machine_taken_from(struct vcpu *v, uint64_t pc, uint64_t *from, unsigned *kind);

/* An exception or interrupt that took control to a vector. */
struct machine_taken {
    uint64_t from;
    unsigned kind, cause;
    uint64_t sp; /* x86: the stack as its handler finds it; else 0 */
};

/*
 * Control has just arrived at the vector @pc out of another one, @at: what took it
 * there, if no instruction ran there in between?  False if that cannot be known.
 */
bool machine_taken_before(const struct vcpu *v, uint64_t pc, uint64_t at,
                          struct machine_taken *out);

/*
 * Control is at @pc.  Did the instruction of @n @bytes, run with @privilege, return there
 * from an exception?  False as well if the machine does not keep where it returned to.
 */
bool machine_returned_to(uint64_t pc, const uint8_t *bytes, unsigned n, unsigned privilege);

/* x86: the top of the stack; else 0. */
uint64_t machine_stack(void);

/* The pc as a register; and whether that is an address now, without a segment's base. */
bool machine_pc(uint64_t *pc);
bool machine_pc_is_address(void);

/* M-profile: the number of the exception being handled, 0 if none. */
unsigned machine_active_exception(void);

/* M-profile: its kind (enum cflow_kind) and its cause as machine_cause() has it. */
unsigned machine_m_kind(unsigned number);
unsigned machine_m_cause(unsigned number);

/* M-profile: lr; one of r0 to r12; and the word @distance bytes below a handler's
 * stack pointer.  The latter two are false if it cannot be read. */
uint64_t machine_m_lr(void);
bool machine_m_register(unsigned number, uint64_t *value);
bool machine_m_popped(unsigned distance, uint64_t *value);

/*
 * M-profile, at the start of a handler: the frame pushed last; and the one pushed
 * before @frame, if @frame was pushed at the start of a handler, too.  False if
 * this is not the start of one, or the frame cannot be read.
 */
bool machine_m_frame(struct m_frame *frame);
bool machine_m_outer_frame(const struct m_frame *frame, struct m_frame *outer);

/* x86: @v loads its interrupt table's address and limit from @vaddr. */
void machine_load_idt(struct vcpu *v, uint64_t vaddr);

/*
 * x86: has a system management interrupt just taken control to @pc?  Then *@from
 * is what it interrupted.
 */
bool machine_is_smi(uint64_t pc, uint64_t *from);

#endif
