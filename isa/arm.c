/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A32 and T32, after the Arm Architecture Reference Manual for A-profile
 * (DDI 0487), chapters F3 "The AArch32 Instruction Sets Overview" and F4
 * "T32 and A32 instruction set encodings"; section titles below are its.
 *
 * - Many encodings with r15 where the manual wants another register are
 *   UNPREDICTABLE, and QEMU lets some of them branch.  All are ISA_UNKNOWN here:
 *   hence the many tests for register 15.
 * - In Thumb state an IT instruction can predicate up to four that follow, and
 *   their own bytes do not show it.  So whatever an IT block may hold and always
 *   transfers control has ISA_MAY_SKIP; a consumer that sees no ISA_OPENS_IT in
 *   the instructions before may clear it.  (bkpt and hlt ignore IT.)
 * - On CPUs before Thumb-2 QEMU translates the two halves of a bl apart when
 *   they lie on two pages.  Given 2 bytes, such a half has size 0 and is
 *   ISA_UNKNOWN.
 * - A Thumb write to sp may fault where M-profile has a stack limit, so it is
 *   not ISA_NO_FAULT.
 */
#include "arm-internal.h"
#include "isa-internal.h"

/* ---- A32 ---- */

/* "Unconditional instructions": condition field 1111. */
static void a32_unconditional(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    switch (bits(w, 24, 4)) {
    case 1: /* cps, setend, setpan */
        if (is(w, 0xfff1fe20, 0xf1000000) || is(w, 0xfffffdff, 0xf1010000) ||
            is(w, 0xfffffdff, 0xf1100000)) {
            plain(out);
        }
        break;
    case 2:
    case 3: /* Advanced SIMD data-processing */
        plain(out);
        break;
    case 4:
        if (!bit(w, 20)) {
            simd_load_store(w, out);
        } else if (is(w, 0xff70f000, 0xf450f000)) { /* pli */
            plain(out);
        }
        break;
    case 5: /* pld, pldw; barriers */
        if (is(w, 0xff30f000, 0xf510f000) || is(w, 0xffffff00, 0xf57ff000)) {
            plain(out);
        }
        break;
    case 6:
    case 7: /* pli, pld, pldw (register) */
        if (is(w, 0xff70f010, 0xf650f000) || is(w, 0xff30f010, 0xf710f000)) {
            plain(out);
        }
        break;
    case 8:
    case 9:
        if (is(w, 0xfe50ffff, 0xf8100a00)) { /* rfe */
            set(out, ISA_SYSTEM, 0);
        } else if (is(w, 0xfe5fffe0, 0xf84d0500)) { /* srs */
            plain(out);
        }
        break;
    case 10:
    case 11: /* blx: into Thumb state */
        direct(out, ISA_CALL, 0,
               pc + 8 + (sign_extend(bits(w, 0, 24), 24) << 2) + (bit(w, 24) << 1));
        break;
    case 12:
    case 13:
    case 14:
        coprocessor(w, 0, out);
        break;
    default:
        break;
    }
}

/* "Data-processing register" and "immediate": what is left when miscellany is taken out. */
static void a32_data_processing(uint32_t w, unsigned skip, struct isa_insn *out)
{
    unsigned opcode = bits(w, 21, 4);
    unsigned rd = bits(w, 12, 4);

    if (opcode >= 8 && opcode <= 11) {
        /* Comparisons.  Before Armv6, Rd = 15 loaded the flags ("cmpp"). */
        compute(out, rd == 0 ? 0 : PC, true);
    } else if (opcode >= 13 && opcode != 14 && bits(w, 16, 4) != 0) {
        return; /* mov, mvn have no Rn */
    } else if (rd != PC) {
        compute(out, rd, true);
    } else if (!bit(w, 25) && bit(w, 4)) {
        /* Shifted by register: UNPREDICTABLE. */
        return;
    } else if (bit(w, 20)) { /* subs pc, lr, #4 and the like: exception return */
        set(out, ISA_SYSTEM, skip);
    } else if (is(w, 0x0fffffff, 0x01a0f00e)) { /* mov pc, lr */
        set(out, ISA_RETURN, skip);
    } else {
        set(out, ISA_INDIRECT_JUMP, skip);
    }
}

/* "Miscellaneous": 00010xx0, bit 7 clear. */
static void a32_miscellaneous(uint32_t w, unsigned skip, struct isa_insn *out)
{
    unsigned op = bits(w, 21, 2);
    unsigned rd = bits(w, 12, 4);

    switch (bits(w, 4, 3)) {
    case 0: /* mrs, msr */
        if (op & 1 || rd != PC) {
            plain(out);
        }
        break;
    case 1:
        if (is(w, 0x0ffffff0, 0x012fff10)) { /* bx */
            set(out, bits(w, 0, 4) == LR ? ISA_RETURN : ISA_INDIRECT_JUMP, skip);
        } else if (is(w, 0x0fff0ff0, 0x016f0f10)) { /* clz */
            compute(out, rd, true);
        }
        break;
    case 2:
        if (is(w, 0x0ffffff0, 0x012fff20)) { /* bxj */
            set(out, ISA_INDIRECT_JUMP, skip);
        }
        break;
    case 3:
        if (is(w, 0x0ffffff0, 0x012fff30) && bits(w, 0, 4) != PC) { /* blx */
            set(out, ISA_INDIRECT_CALL, skip);
        }
        break;
    case 4: /* crc32 */
    case 5: /* qadd, ... */
        compute(out, rd, false);
        break;
    case 6:
        if (is(w, 0x0fffffff, 0x0160006e)) { /* eret */
            set(out, ISA_SYSTEM, skip);
        }
        break;
    default:
        if (op == 3) {
            if (is(w, 0x0ffffff0, 0x01600070)) { /* smc */
                set(out, ISA_SYSCALL, skip);
            }
        } else if (bits(w, 28, 4) == AL) { /* hvc; hlt, bkpt */
            set(out, op == 2 ? ISA_SYSCALL : ISA_TRAP, 0);
        }
        break;
    }
}

/* "Synchronization primitives": swp and exclusives. */
static void a32_exclusive(uint32_t w, struct isa_insn *out)
{
    unsigned rt = bits(w, 12, 4);
    bool load = bit(w, 20);
    bool doubleword = bits(w, 21, 3) == 5;

    if (is(w, 0x0f90fff0, 0x0180fc90)) { /* stl: no destination */
        plain(out);
    } else if (rt != PC && !(load && doubleword && rt == LR)) {
        plain(out);
    }
    if (out->class == ISA_PLAIN) {
        out->flags |= ISA_ATOMIC;
    }
}

/* "Extra load/store": halfwords, signed bytes, doublewords. */
static void a32_extra_load_store(uint32_t w, struct isa_insn *out)
{
    unsigned rt = bits(w, 12, 4);
    bool writeback = !bit(w, 24) || bit(w, 21);
    bool ldrd = !bit(w, 20) && bits(w, 5, 2) == 2;

    if (writeback && bits(w, 16, 4) == PC) {
        return;
    }
    if ((bit(w, 20) && rt == PC) || (ldrd && rt >= LR)) {
        return;
    }
    plain(out);
}

/* "Load/store word and unsigned byte" */
static void a32_load_store(uint32_t w, unsigned skip, struct isa_insn *out)
{
    bool writeback = !bit(w, 24) || bit(w, 21);

    if (writeback && bits(w, 16, 4) == PC) {
        return;
    }
    if (!bit(w, 20) || bits(w, 12, 4) != PC) {
        plain(out);
    } else if (bit(w, 22) || (!bit(w, 24) && bit(w, 21))) {
        /* ldrb, ldrt: UNPREDICTABLE. */
        return;
    } else if (is(w, 0x0fffffff, 0x049df004)) { /* pop {pc} */
        set(out, ISA_RETURN, skip);
    } else {
        set(out, ISA_INDIRECT_JUMP, skip);
    }
}

/* "Media instructions": 011, bit 4 set. */
static void a32_media(uint32_t w, struct isa_insn *out)
{
    unsigned op = bits(w, 20, 5);
    unsigned high = bits(w, 16, 4);
    unsigned low = bits(w, 12, 4);

    if (is(w, 0x0ff000f0, 0x07f000f0)) { /* udf */
        if (bits(w, 28, 4) == AL) {
            set(out, ISA_TRAP, 0);
        }
    } else if (op >= 16 && op <= 24) { /* multiplications, divisions, usad8 */
        compute(out, op == 20 && low == PC ? PC : high, false);
    } else {
        bool extend = op >= 8 && op < 16 && op != 9 && op != 13 && is(w, 0x3f0, 0x070);
        bool extract = (op & 26) == 26 && bits(w, 4, 3) == 5 &&
                       bits(w, 7, 5) + bits(w, 16, 5) < 32; /* sbfx, ubfx */
        bool insert =
            op >> 1 == 14 && bits(w, 4, 3) == 1 && bits(w, 16, 5) >= bits(w, 7, 5); /* bfi */

        compute(out, low, extend || extract || insert);
    }
}

static void a32(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    unsigned cond = bits(w, 28, 4);
    unsigned skip = cond == AL ? 0 : ISA_MAY_SKIP;
    uint32_t target = pc + 8 + (sign_extend(bits(w, 0, 24), 24) << 2);

    if (cond == 15) {
        a32_unconditional(pc, w, out);
        return;
    }
    switch (bits(w, 25, 3)) {
    case 0:
        if (bit(w, 4) && bit(w, 7)) {
            if (bits(w, 5, 2) != 0) {
                a32_extra_load_store(w, out);
            } else if (bit(w, 24)) {
                a32_exclusive(w, out);
            } else if (bits(w, 12, 4) != PC) { /* "Multiply and Accumulate" */
                /* mla reads what umull writes: bits 15:12. */
                compute(out, bits(w, 16, 4), bits(w, 21, 3) < 2 || bit(w, 23));
            }
        } else if (bits(w, 23, 2) == 2 && !bit(w, 20)) {
            if (!bit(w, 7)) {
                a32_miscellaneous(w, skip, out);
            } else if (bits(w, 21, 2) != 2 || bits(w, 12, 4) != PC) {
                compute(out, bits(w, 16, 4), false); /* "Halfword Multiply and Accumulate" */
            }
        } else {
            a32_data_processing(w, skip, out);
        }
        break;
    case 1:
        if (bits(w, 23, 2) != 2 || bit(w, 20)) {
            a32_data_processing(w, skip, out);
        } else if (!bit(w, 21)) { /* movw, movt */
            compute(out, bits(w, 12, 4), true);
        } else if (is(w, 0x0fffff00, 0x0320f000)) { /* hints: 1 to 3 are yield, wfe, wfi */
            unsigned hint = bits(w, 0, 8);

            set(out, hint >= 1 && hint <= 3 ? ISA_SYSTEM : ISA_PLAIN,
                hint >= 1 && hint <= 3 ? skip : 0);
        } else if (bits(w, 12, 4) == PC) { /* msr */
            plain(out);
        }
        break;
    case 2:
        a32_load_store(w, skip, out);
        break;
    case 3:
        if (bit(w, 4)) {
            a32_media(w, out);
        } else {
            a32_load_store(w, skip, out);
        }
        break;
    case 4:
        if (!bit(w, 22)) {
            load_store_multiple(w, skip, out);
        } else if (bit(w, 20) && bit(w, 15)) { /* ldm with spsr: exception return */
            set(out, ISA_SYSTEM, skip);
        } else if (!bit(w, 21)) { /* user mode's registers */
            plain(out);
        }
        break;
    case 5:
        if (bit(w, 24)) {
            direct(out, ISA_CALL, skip | ISA_NO_FAULT, target);
        } else {
            direct(out, cond == AL ? ISA_JUMP : ISA_COND, skip | ISA_NO_FAULT, target);
        }
        break;
    case 6:
        coprocessor(w, skip, out);
        break;
    default:
        if (bit(w, 24)) {
            set(out, ISA_SYSCALL, skip);
        } else {
            coprocessor(w, skip, out);
        }
        break;
    }
}

static void decode(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                   struct isa_insn *out)
{
    uint32_t first;
    uint32_t second;

    *out = (struct isa_insn){.class = ISA_UNKNOWN};
    if (n < 2) {
        return;
    }
    first = bytes[0] | bytes[1] << 8;
    if (mode == ISA_MODE_THUMB && first < 0xe800) {
        out->size = 2;
        isa_thumb16((uint32_t)pc, first, out);
        return;
    }
    if (n < 4) {
        return;
    }
    second = bytes[2] | bytes[3] << 8;
    out->size = 4;
    if (mode == ISA_MODE_THUMB) {
        isa_thumb32((uint32_t)pc, first << 16 | second, out);
    } else {
        a32((uint32_t)pc, second << 16 | first, out);
    }
}

const struct isa isa_arm = {
    .name = "arm",
    .address_bits = 32,
    .max_size = 4,
    .decode = decode,
};
