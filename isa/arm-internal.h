/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the A32 decoder (arm.c) and the T32 decoder (thumb.c) share. */
#ifndef CFLOW_ISA_ARM_INTERNAL_H
#define CFLOW_ISA_ARM_INTERNAL_H

#include "isa.h"

enum {
    SP = 13,
    LR = 14,
    PC = 15,
    AL = 14,
};

static inline uint32_t bits(uint32_t w, unsigned low, unsigned count)
{
    return (w >> low) & ((1u << count) - 1);
}

static inline bool bit(uint32_t w, unsigned at)
{
    return (w >> at) & 1;
}

static inline bool is(uint32_t w, uint32_t mask, uint32_t value)
{
    return (w & mask) == value;
}

static inline uint32_t sign_extend(uint32_t value, unsigned width)
{
    uint32_t sign = 1u << (width - 1);

    return (value ^ sign) - sign;
}

static inline void set(struct isa_insn *out, enum isa_class class, unsigned flags)
{
    out->class = class;
    out->flags = flags;
}

static inline void plain(struct isa_insn *out)
{
    set(out, ISA_PLAIN, 0);
}

static inline void direct(struct isa_insn *out, enum isa_class class, unsigned flags,
                          uint32_t target)
{
    set(out, class, flags | ISA_HAS_TARGET);
    out->target = target;
}

/* Where values are computed: into no special register, if it is to be certain. */
static inline void compute(struct isa_insn *out, unsigned rd, bool certain)
{
    if (rd != PC) {
        set(out, ISA_PLAIN, certain ? ISA_NO_FAULT : 0);
    }
}

/*
 * "System register access, Advanced SIMD, floating-point ...": the coprocessor
 * space, the same in A32 and T32 below the top four bits.  @skip is the flag
 * that a predicated instruction gets.
 */
static inline void coprocessor(uint32_t w, unsigned skip, struct isa_insn *out)
{
    unsigned cp = bits(w, 8, 4);
    unsigned rt = bits(w, 12, 4);
    unsigned rn = bits(w, 16, 4);
    bool simd = cp >= 8 && cp <= 13;

    if (bits(w, 28, 4) == 15 && simd) { /* no core register is ever written here */
        plain(out);
    } else if (!bit(w, 25)) {
        if (bits(w, 21, 4) == 2) { /* mcrr, mrrc: two core registers */
            if (!bit(w, 20) || (rt != PC && rn != PC)) {
                plain(out);
            }
        } else if (!bit(w, 21) || rn != PC) { /* ldc, vldm, ...: writeback to Rn */
            plain(out);
        }
    } else if (!bit(w, 4)) {
        /* cdp and floating point; MVE puts results into core registers. */
        if (simd || rt != PC) {
            plain(out);
        }
    } else if (is(w, 0x0fff0fff, 0x0e070f90) || is(w, 0x0fff0fff, 0x0e070f58)) {
        set(out, ISA_SYSTEM, skip); /* how Armv6 and Armv5 wait for an interrupt */
    } else if (!bit(w, 20) || rt != PC || cp >= 14 || is(w, 0x0fffffff, 0x0ef1fa10)) {
        /* For mrc and vmrs, Rt = 15 are the flags. */
        plain(out);
    }
}

/* "Advanced SIMD element or structure load/store" */
static inline void simd_load_store(uint32_t w, struct isa_insn *out)
{
    if (bits(w, 16, 4) != PC || bits(w, 0, 4) == PC) { /* Rm = 15: no writeback */
        plain(out);
    }
}

/* ldm and the like in both sets; writeback to r15 is UNPREDICTABLE. */
static inline void load_store_multiple(uint32_t w, unsigned skip, struct isa_insn *out)
{
    unsigned rn = bits(w, 16, 4);
    bool writeback = bit(w, 21);

    if (writeback && rn == PC) {
        return;
    }
    if (!bit(w, 20) || !bit(w, 15)) {
        plain(out);
    } else if (rn == SP && bits(w, 23, 2) == 1) { /* pop {..., pc}; ldm sp, {..., sp, pc} */
        set(out, ISA_RETURN, skip);
    } else {
        set(out, ISA_INDIRECT_JUMP, skip);
    }
}

/* Decode the 16-bit instruction @w, or the 32-bit one whose first half is on top. */
void isa_thumb16(uint32_t pc, uint32_t w, struct isa_insn *out);
void isa_thumb32(uint32_t pc, uint32_t w, struct isa_insn *out);

#endif
