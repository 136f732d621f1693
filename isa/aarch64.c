/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A64, after the Arm Architecture Reference Manual for A-profile (DDI 0487),
 * chapter C4 "A64 Instruction Set Encoding"; section titles below are its.
 *
 * Every A64 instruction that can branch lies in the one group "Branches,
 * Exception Generating and System instructions" (op1 = x101x in C4.1), so all
 * other allocated groups are ISA_PLAIN without looking further.  What is not
 * recognised inside that group is ISA_UNKNOWN: new branches (FEAT_CMPBR,
 * FEAT_PAuth_LR's retaasppc, the transactional memory instructions) land there.
 */
#include "isa.h"

#include "isa-internal.h"

static uint32_t bits(uint32_t w, unsigned low, unsigned count)
{
    return (w >> low) & ((1u << count) - 1);
}

static bool is(uint32_t w, uint32_t mask, uint32_t value)
{
    return (w & mask) == value;
}

/* A signed immediate of @count bits at @low, in instructions (words). */
static uint64_t offset(uint32_t w, unsigned low, unsigned count)
{
    uint64_t value = bits(w, low, count);
    uint64_t sign = UINT64_C(1) << (count - 1);

    return ((value ^ sign) - sign) * 4;
}

static void plain(struct isa_insn *out, bool no_fault)
{
    out->class = ISA_PLAIN;
    out->flags = no_fault ? ISA_NO_FAULT : 0;
}

static void direct(struct isa_insn *out, enum isa_class class, unsigned flags, uint64_t target)
{
    out->class = class;
    out->flags = ISA_HAS_TARGET | flags;
    out->target = target;
}

/* DecodeBitMasks() of the shared pseudocode: some bitmask immediates are unallocated. */
static bool bitmask_valid(uint32_t w)
{
    unsigned sf = bits(w, 31, 1);
    unsigned n = bits(w, 22, 1);
    unsigned imms = bits(w, 10, 6);
    unsigned element = n << 6 | (~imms & 0x3f);
    unsigned levels = 0x3f;

    if (n > sf || element < 2) {
        return false;
    }
    /* The highest bit set gives the element size; its all-ones run is reserved. */
    while (levels >= element) {
        levels >>= 1;
    }
    return (imms & levels) != levels;
}

/* "Data Processing -- Immediate": is @w allocated in Armv8.0, so that it cannot be undefined? */
static bool dp_immediate_certain(uint32_t w)
{
    unsigned sf = bits(w, 31, 1);
    unsigned opc = bits(w, 29, 2);
    unsigned n = bits(w, 22, 1);

    switch (bits(w, 23, 3)) {
    case 0: /* PC-rel. addressing */
    case 1:
    case 2: /* Add/subtract (immediate) */
        return true;
    case 4: /* Logical (immediate) */
        return bitmask_valid(w);
    case 5: /* Move wide (immediate) */
        return opc != 1 && (sf || n == 0);
    case 6: /* Bitfield */
        return opc != 3 && n == sf && (sf || !(w & (1u << 21 | 1u << 15)));
    case 7: /* Extract */
        return opc == 0 && !bits(w, 21, 1) && n == sf && (sf || !bits(w, 15, 1));
    default: /* tags, min/max: optional extensions */
        return false;
    }
}

/* "Data Processing -- Register": likewise.  Pointer authentication can trap. */
static bool dp_register_certain(uint32_t w)
{
    unsigned sf = bits(w, 31, 1);
    unsigned op = bits(w, 10, 6);

    if (!bits(w, 28, 1)) {
        if (!bits(w, 24, 1)) { /* Logical (shifted register) */
            return sf || !bits(w, 15, 1);
        }
        if (!bits(w, 21, 1)) { /* Add/subtract (shifted register) */
            return bits(w, 22, 2) != 3 && (sf || !bits(w, 15, 1));
        }
        /* Add/subtract (extended register) */
        return bits(w, 22, 2) == 0 && bits(w, 10, 3) <= 4;
    }
    if (bits(w, 24, 1)) { /* Data-processing (3 source) */
        unsigned op31 = bits(w, 21, 3);

        if (bits(w, 29, 2) != 0) {
            return false;
        }
        if (op31 == 0) { /* madd, msub */
            return true;
        }
        if (op31 == 1 || op31 == 5) { /* smaddl, umaddl, ... */
            return sf;
        }
        return (op31 == 2 || op31 == 6) && sf && !bits(w, 15, 1); /* smulh, umulh */
    }
    switch (bits(w, 21, 4)) {
    case 0: /* Add/subtract (with carry) */
        return op == 0;
    case 2: /* Conditional compare */
        return bits(w, 29, 1) && !bits(w, 10, 1) && !bits(w, 4, 1);
    case 4: /* Conditional select */
        return !bits(w, 29, 1) && !bits(w, 11, 1);
    case 6:
        if (bits(w, 29, 1)) {
            return false;
        }
        if (!bits(w, 30, 1)) { /* (2 source): division, which never traps, and shifts */
            return op == 2 || op == 3 || (op >= 8 && op <= 11);
        }
        /* (1 source): rbit, rev16, rev32, rev, clz, cls */
        return bits(w, 16, 5) == 0 && op <= 5 && (sf || op != 3);
    default:
        return false;
    }
}

/* "Exception generation" */
static void exception(uint32_t w, struct isa_insn *out)
{
    unsigned opc = bits(w, 21, 3);
    unsigned ll = bits(w, 0, 2);

    if (bits(w, 2, 3) != 0) {
        return;
    }
    if (opc == 0 && ll != 0) { /* svc, hvc, smc */
        out->class = ISA_SYSCALL;
    } else if ((opc == 1 || opc == 2) && ll == 0) { /* brk, hlt */
        out->class = ISA_TRAP;
    } else if (opc == 5 && ll != 0) { /* dcps1 to dcps3 */
        out->class = ISA_TRAP;
    }
}

/*
 * "Hints", "Barriers", "PSTATE", "System instructions with register argument",
 * "System register move" and the like: 1101 0101 00.
 *
 * msr, tlbi, isb, ... end a block in QEMU, but control goes on to the next
 * instruction.  Waiting does not: QEMU leaves its CPU loop with the pc moved on.
 */
static void system(uint32_t w, struct isa_insn *out)
{
    unsigned op2 = bits(w, 5, 3);

    if (bits(w, 22, 2) != 0) { /* sysp, msrr, mrrs: not known to objdump 2.40 */
        return;
    }
    if (bits(w, 19, 2) != 0) { /* sys, sysl, msr, mrs */
        plain(out, false);
    } else if (is(w, 0xfffff01f, 0xd503201f)) {
        unsigned hint = bits(w, 5, 7);

        if (hint >= 1 && hint <= 3) { /* yield, wfe, wfi */
            out->class = ISA_SYSTEM;
        } else {
            plain(out, hint == 0);
        }
    } else if (is(w, 0xfffff01f, 0xd503301f)) { /* barriers; op2 = 3 is tcommit */
        if (op2 == 1 || op2 == 2 || op2 >= 4) {
            plain(out, false);
        }
    } else if (is(w, 0xffffffc0, 0xd5031000)) { /* wfet, wfit */
        out->class = ISA_SYSTEM;
    } else if (is(w, 0xfff8f01f, 0xd500401f)) { /* msr (immediate), cfinv, ... */
        plain(out, false);
    }
}

/* "Unconditional branch (register)": 1101 011 */
static void branch_register(uint32_t w, struct isa_insn *out)
{
    unsigned opc = bits(w, 21, 4);
    unsigned op3 = bits(w, 10, 6);
    unsigned rn = bits(w, 5, 5);
    unsigned op4 = bits(w, 0, 5);
    bool key = op3 == 2 || op3 == 3; /* signed with key A or B */

    if (bits(w, 16, 5) != 31) {
        return;
    }
    switch (opc) {
    case 0: /* br; braaz, brabz */
        if ((op3 == 0 && op4 == 0) || (key && op4 == 31)) {
            out->class = ISA_INDIRECT_JUMP;
        }
        break;
    case 1: /* blr; blraaz, blrabz */
        if ((op3 == 0 && op4 == 0) || (key && op4 == 31)) {
            out->class = ISA_INDIRECT_CALL;
        }
        break;
    case 2: /* ret, of whatever register; retaa, retab */
        if ((op3 == 0 && op4 == 0) || (key && op4 == 31 && rn == 31)) {
            out->class = ISA_RETURN;
        }
        break;
    case 4: /* eret; eretaa, eretab */
        if (rn == 31 && ((op3 == 0 && op4 == 0) || (key && op4 == 31))) {
            out->class = ISA_SYSTEM;
        }
        break;
    case 5: /* drps */
        if (rn == 31 && op3 == 0 && op4 == 0) {
            out->class = ISA_SYSTEM;
        }
        break;
    case 8: /* braa, brab */
        if (key) {
            out->class = ISA_INDIRECT_JUMP;
        }
        break;
    case 9: /* blraa, blrab */
        if (key) {
            out->class = ISA_INDIRECT_CALL;
        }
        break;
    default:
        break;
    }
}

/* "Branches, Exception Generating and System instructions" */
static void branch_group(uint64_t pc, uint32_t w, struct isa_insn *out)
{
    unsigned cond;

    switch (bits(w, 29, 3)) {
    case 0: /* b */
        direct(out, ISA_JUMP, ISA_NO_FAULT, pc + offset(w, 0, 26));
        break;
    case 4:
        /* bl pushes on the guarded control stack (FEAT_GCS), so it can fault. */
        direct(out, ISA_CALL, 0, pc + offset(w, 0, 26));
        break;
    case 1: /* cbz, cbnz; tbz, tbnz */
    case 5:
        direct(out, ISA_COND, ISA_MAY_SKIP | ISA_NO_FAULT,
               pc + (bits(w, 25, 1) ? offset(w, 5, 14) : offset(w, 5, 19)));
        break;
    case 2: /* b.cond; bc.cond, which a CPU without FEAT_HBC does not know */
        if (bits(w, 24, 2) != 0) {
            break;
        }
        cond = bits(w, 0, 4);
        /* Conditions 14 and 15 both mean "always". */
        direct(out, cond < 14 ? ISA_COND : ISA_JUMP,
               (cond < 14 ? ISA_MAY_SKIP : 0) | (bits(w, 4, 1) ? 0 : ISA_NO_FAULT),
               pc + offset(w, 5, 19));
        break;
    case 6:
        if (bits(w, 25, 1)) {
            branch_register(w, out);
        } else if (bits(w, 24, 1)) {
            system(w, out);
        } else {
            exception(w, out);
        }
        break;
    default:
        break;
    }
}

static void decode(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                   struct isa_insn *out)
{
    uint32_t w;

    (void)mode;
    *out = (struct isa_insn){.class = ISA_UNKNOWN};
    if (n < 4) {
        return;
    }
    out->size = 4;
    /* Instructions are little-endian whatever the data are. */
    w = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;

    switch (bits(w, 25, 4)) { /* op1 of "A64 instruction set encoding" */
    case 0:
        if (bits(w, 31, 1)) { /* SME */
            plain(out, false);
        } else if (bits(w, 16, 16) == 0) { /* udf */
            out->class = ISA_TRAP;
        }
        break;
    case 1:
    case 3: /* unallocated */
        break;
    case 8:
    case 9:
        plain(out, dp_immediate_certain(w));
        break;
    case 10:
    case 11:
        branch_group(pc, w, out);
        break;
    case 5:
    case 13:
        plain(out, dp_register_certain(w));
        break;
    default: /* SVE, loads and stores, SIMD and floating point */
        plain(out, false);
        /* "Load/store exclusive, ordered, compare-and-swap" and "Atomic memory
         * operations". */
        if (bits(w, 24, 6) == 0x08 ||
            (bits(w, 24, 6) == 0x38 && bits(w, 21, 1) && bits(w, 10, 2) == 0)) {
            out->flags |= ISA_ATOMIC;
        }
        break;
    }
}

const struct isa isa_aarch64 = {
    .name = "aarch64",
    .address_bits = 64,
    .max_size = 4,
    .decode = decode,
};
