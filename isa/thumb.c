/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * T32, the Thumb instruction set: see arm.c for the sources and for what the
 * classes mean under predication.
 */
#include "arm-internal.h"

/* ---- T32, 16 bits ---- */

/* "Miscellaneous 16-bit instructions": 1011 */
static void t16_miscellaneous(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    unsigned hint = bits(w, 4, 4);

    if (is(w, 0xf500, 0xb100)) { /* cbz, cbnz */
        direct(out, ISA_COND, ISA_MAY_SKIP | ISA_NO_FAULT,
               pc + 4 + (bit(w, 9) << 6) + (bits(w, 3, 5) << 1));
        return;
    }
    switch (bits(w, 8, 4)) {
    case 0x0: /* add sp, sub sp */
    case 0x4: /* push */
    case 0x5:
    case 0xc: /* pop */
        plain(out);
        break;
    case 0xd: /* pop {..., pc} */
        set(out, ISA_RETURN, ISA_MAY_SKIP);
        break;
    case 0x2: /* sxth, sxtb, uxth, uxtb */
        compute(out, 0, true);
        break;
    case 0x6: /* setpan, setend, cps */
        if (is(w, 0xfff7, 0xb610) || is(w, 0xfff7, 0xb650) || is(w, 0xffe8, 0xb660)) {
            plain(out);
        }
        break;
    case 0xa:
        if (bits(w, 6, 2) == 2) { /* hlt; honours IT before Armv8 */
            set(out, ISA_TRAP, ISA_MAY_SKIP);
        } else { /* rev, rev16, revsh */
            compute(out, 0, true);
        }
        break;
    case 0xe: /* bkpt, even in an IT block */
        set(out, ISA_TRAP, 0);
        break;
    case 0xf:
        if (bits(w, 0, 4) != 0) {
            set(out, ISA_PLAIN, ISA_OPENS_IT | ISA_NO_FAULT);
        } else if (hint >= 1 && hint <= 3) { /* yield, wfe, wfi */
            set(out, ISA_SYSTEM, ISA_MAY_SKIP);
        } else {
            set(out, ISA_PLAIN, hint == 0 ? ISA_NO_FAULT : 0);
        }
        break;
    default:
        break;
    }
}

/* "Special data instructions and branch and exchange": 010001 */
static void t16_special(uint32_t w, struct isa_insn *out)
{
    unsigned rd = bit(w, 7) << 3 | bits(w, 0, 3);
    unsigned rm = bits(w, 3, 4);

    switch (bits(w, 8, 2)) {
    case 0: /* add */
    case 2: /* mov */
        if (rd != PC) {
            compute(out, rd, rd != SP);
        } else {
            set(out, bit(w, 9) && rm == LR ? ISA_RETURN : ISA_INDIRECT_JUMP, ISA_MAY_SKIP);
        }
        break;
    case 1: /* cmp */
        compute(out, 0, true);
        break;
    default: /* bx, blx; bit 2 makes M-profile's bxns and blxns */
        if (bits(w, 0, 3) != 0) {
            break;
        }
        if (!bit(w, 7)) {
            set(out, rm == LR ? ISA_RETURN : ISA_INDIRECT_JUMP, ISA_MAY_SKIP);
        } else if (rm != PC) {
            set(out, ISA_INDIRECT_CALL, ISA_MAY_SKIP);
        }
        break;
    }
}

void isa_thumb16(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    switch (bits(w, 12, 4)) {
    case 0x0: /* shift, add, subtract, move and compare */
    case 0x1:
    case 0x2:
    case 0x3:
    case 0xa: /* adr; add to sp */
        compute(out, 0, true);
        break;
    case 0x4:
        if (bits(w, 10, 2) == 0) { /* data-processing */
            compute(out, 0, true);
        } else if (bits(w, 10, 2) == 1) {
            t16_special(w, out);
        } else {
            plain(out);
        }
        break;
    case 0xb:
        t16_miscellaneous(pc, w, out);
        break;
    case 0xd:
        if (bits(w, 8, 4) == 14) { /* udf */
            set(out, ISA_TRAP, ISA_MAY_SKIP);
        } else if (bits(w, 8, 4) == 15) { /* svc */
            set(out, ISA_SYSCALL, ISA_MAY_SKIP);
        } else {
            direct(out, ISA_COND, ISA_MAY_SKIP | ISA_NO_FAULT,
                   pc + 4 + (sign_extend(bits(w, 0, 8), 8) << 1));
        }
        break;
    case 0xe: /* b; the other half of this space is 32 bits wide */
        direct(out, ISA_JUMP, ISA_MAY_SKIP | ISA_NO_FAULT,
               pc + 4 + (sign_extend(bits(w, 0, 11), 11) << 1));
        break;
    default: /* loads and stores into low registers */
        plain(out);
        break;
    }
}

/* ---- T32, 32 bits ---- */

/* "Load/store dual, load/store exclusive, table branch": 1110 100x x1xx */
static void t32_dual_exclusive(uint32_t w, struct isa_insn *out)
{
    unsigned rt = bits(w, 12, 4);
    unsigned rt2 = bits(w, 8, 4);
    unsigned op = bits(w, 4, 4);
    bool load = bit(w, 20);
    bool known;

    if (bit(w, 24) || bit(w, 21)) { /* ldrd, strd; M-profile's sg */
        known = (!load || (rt != PC && rt2 != PC)) && (!bit(w, 21) || bits(w, 16, 4) != PC);
        known = known || w == 0xe97fe97f;
    } else if (!bit(w, 23)) { /* ldrex, strex, tt */
        known = load ? rt != PC : rt2 != PC;
    } else if (load && op < 2) { /* tbb, tbh */
        if (is(w, 0xff00, 0xf000)) {
            set(out, ISA_INDIRECT_JUMP, ISA_MAY_SKIP);
        }
        return;
    } else if (op < 4 || op == 6) {
        known = false;
    } else if (load) { /* lda, ldaex, ldrexb, ldrexd, ... */
        known = rt != PC && ((op & 7) != 7 || rt2 != PC);
    } else { /* stl, stlex, strexb, ...: status in Rd, which stl does not have */
        known = (op >= 8 && op <= 10) || bits(w, 0, 4) != PC;
    }
    if (known) {
        plain(out);
        if (!bit(w, 24) && !bit(w, 21)) {
            out->flags |= ISA_ATOMIC;
        }
    }
}

/*
 * "Data-processing (shifted register)" and "(modified immediate)", which share
 * opcodes.  @certain is false where M-profile extensions have other ideas.
 */
static void t32_data_processing(uint32_t w, bool certain, struct isa_insn *out)
{
    unsigned opcode = bits(w, 21, 4);
    unsigned rd = bits(w, 8, 4);
    bool defined = 0x6d1f >> opcode & 1; /* and bic orr orn eor; add adc sbc; sub rsb */

    if (opcode == 6 && !bit(w, 28)) { /* pkh */
        defined = true;
        certain = false;
    }
    if (!defined) {
        return;
    }
    if (rd == PC && bit(w, 20) && (opcode == 0 || opcode == 4 || opcode == 8 || opcode == 13)) {
        rd = 0; /* tst, teq, cmn, cmp */
    }
    compute(out, rd, certain && rd != SP);
}

/* "Data-processing (plain binary immediate)" */
static void t32_plain_immediate(uint32_t w, struct isa_insn *out)
{
    unsigned rd = bits(w, 8, 4);
    unsigned lsb = bits(w, 12, 3) << 2 | bits(w, 6, 2);
    unsigned width = bits(w, 0, 5);

    switch (bits(w, 20, 5)) {
    case 0:  /* addw, adr */
    case 4:  /* movw */
    case 10: /* subw, adr */
    case 12: /* movt */
        compute(out, rd, rd != SP);
        break;
    case 20: /* sbfx */
    case 28: /* ubfx */
        compute(out, rd, lsb + width < 32);
        break;
    case 22: /* bfi, bfc: the field is the last bit, not the width */
        compute(out, rd, width >= lsb);
        break;
    case 16: /* ssat, usat, ssat16, usat16 */
    case 18:
    case 24:
    case 26:
        compute(out, rd, false);
        break;
    default:
        break;
    }
}

/* "Branches and miscellaneous control" where it is no branch with an offset. */
static void t32_control(uint32_t w, struct isa_insn *out)
{
    if (is(w, 0xffe0f000, 0xf3808000)) { /* msr */
        plain(out);
    } else if (is(w, 0xfffff800, 0xf3af8000)) { /* hints, cps */
        unsigned hint = bits(w, 0, 11);

        if (hint >= 1 && hint <= 3) { /* yield, wfe, wfi */
            set(out, ISA_SYSTEM, ISA_MAY_SKIP);
        } else {
            set(out, ISA_PLAIN, hint == 0 ? ISA_NO_FAULT : 0);
        }
    } else if (is(w, 0xffffff00, 0xf3bf8f00)) { /* clrex, barriers */
        plain(out);
    } else if (is(w, 0xfff0ffff, 0xf3c08f00)) { /* bxj */
        set(out, ISA_INDIRECT_JUMP, ISA_MAY_SKIP);
    } else if (is(w, 0xffffff00, 0xf3de8f00)) { /* subs pc, lr; eret */
        set(out, ISA_SYSTEM, ISA_MAY_SKIP);
    } else if (is(w, 0xffe0f000, 0xf3e08000)) { /* mrs */
        compute(out, bits(w, 8, 4), false);
    } else if (is(w, 0xfff0f000, 0xf7e08000) || is(w, 0xfff0ffff, 0xf7f08000)) { /* hvc, smc */
        set(out, ISA_SYSCALL, ISA_MAY_SKIP);
    } else if (is(w, 0xfff0f000, 0xf7f0a000)) { /* udf */
        set(out, ISA_TRAP, ISA_MAY_SKIP);
    } else if (is(w, 0xfffffffc, 0xf78f8000) && bits(w, 0, 2) != 0) { /* dcps */
        set(out, ISA_TRAP, ISA_MAY_SKIP);
    }
}

/*
 * Armv8.1-M's low-overhead branches (DDI 0553, "Low overhead loops"), where
 * A-profile has an undefined blx.  The bf family branches later, at another
 * instruction, and so stays unknown, as does what sets up a tail-predicated loop.
 */
static void t32_loop(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    uint32_t distance = bits(w, 1, 10) << 2 | bit(w, 11) << 1;
    unsigned rn = bits(w, 16, 4);

    if (is(w, 0xffcff001, 0xf00fc001)) { /* le, letp; 0xf02f: le without a count */
        if (!is(w, 0x00300000, 0x00300000)) {
            direct(out, ISA_COND, ISA_MAY_SKIP, pc + 4 - distance);
        }
    } else if (rn == SP || rn == PC) {
        return;
    } else if (is(w, 0xfff0f001, 0xf040c001)) { /* wls */
        direct(out, ISA_COND, ISA_MAY_SKIP, pc + 4 + distance);
    } else if (is(w, 0xfff0ffff, 0xf040e001)) { /* dls */
        plain(out);
    }
}

static void t32_branch(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    uint32_t s = bit(w, 26);
    uint32_t j1 = bit(w, 13);
    uint32_t j2 = bit(w, 11);
    uint32_t i1 = j1 ^ s ^ 1;
    uint32_t i2 = j2 ^ s ^ 1;
    uint32_t low = bits(w, 0, 11) << 1;
    uint32_t far = sign_extend(s << 24 | i1 << 23 | i2 << 22 | bits(w, 16, 10) << 12 | low, 25);

    switch (bit(w, 14) << 1 | bit(w, 12)) {
    case 0:
        if (bits(w, 23, 3) == 7) {
            t32_control(w, out);
        } else {
            uint32_t near =
                sign_extend(s << 20 | j2 << 19 | j1 << 18 | bits(w, 16, 6) << 12 | low, 21);

            direct(out, ISA_COND, ISA_MAY_SKIP | ISA_NO_FAULT, pc + 4 + near);
        }
        break;
    case 1:
        direct(out, ISA_JUMP, ISA_MAY_SKIP | ISA_NO_FAULT, pc + 4 + far);
        break;
    case 2:
        if (bit(w, 0)) {
            t32_loop(pc, w, out);
        } else { /* blx: into Arm state, so from an aligned pc */
            direct(out, ISA_CALL, ISA_MAY_SKIP, ((pc + 4) & ~3u) + far);
        }
        break;
    default:
        direct(out, ISA_CALL, ISA_MAY_SKIP | ISA_NO_FAULT, pc + 4 + far);
        break;
    }
}

/* "Load/store single": 1111 100x */
static void t32_load_store(uint32_t w, struct isa_insn *out)
{
    unsigned size = bits(w, 21, 2);
    unsigned rn = bits(w, 16, 4);
    bool is_signed = bit(w, 24);
    bool writeback = false;
    bool unprivileged = false;

    if (is_signed && !bit(w, 20)) {
        simd_load_store(w, out);
        return;
    }
    if (size == 3 || (is_signed && size == 2) || (!bit(w, 20) && rn == PC)) {
        return; /* undefined */
    }
    if (!bit(w, 23) && rn != PC) {
        unsigned form = bits(w, 6, 6);

        writeback = (form & 0x24) == 0x24;    /* 1..1 */
        unprivileged = (form & 0x3c) == 0x38; /* 1110 */
        if (!writeback && !unprivileged && form != 0 && (form & 0x3c) != 0x30) {
            return;
        }
    }
    if (!bit(w, 20) || bits(w, 12, 4) != PC) {
        plain(out);
    } else if (writeback && size != 2) {
        return;
    } else if (unprivileged) {
        return;
    } else if (size != 2) { /* pld, pli and hints not allocated */
        plain(out);
    } else if (w == 0xf85dfb04) { /* pop {pc} */
        set(out, ISA_RETURN, ISA_MAY_SKIP);
    } else {
        set(out, ISA_INDIRECT_JUMP, ISA_MAY_SKIP);
    }
}

/* "Data-processing (register)": 1111 1010, and the multiplications: 1111 1011 */
static void t32_register(uint32_t w, struct isa_insn *out)
{
    unsigned rd = bits(w, 8, 4);
    unsigned op1 = bits(w, 20, 4);
    unsigned op2 = bits(w, 4, 4);
    bool certain;

    if (!bit(w, 24)) {
        if (bits(w, 12, 4) != 15) {
            return;
        }
        if (op1 < 8) { /* lsl, lsr, asr, ror; sxth, uxtb, ... */
            certain = op2 == 0 || (op2 >= 8 && op2 < 12 && op1 < 6);
        } else { /* rev, rev16, rbit, revsh; clz */
            certain = (op1 == 9 && op2 >= 8 && op2 < 12) || (op1 == 11 && op2 == 8);
        }
        compute(out, rd, certain && rd != SP);
    } else if (op1 < 8) { /* mul, mla, mls, ... */
        compute(out, rd, op1 == 0 && op2 < 2 && rd != SP);
    } else if (op1 == 9 || op1 == 11 || bits(w, 12, 4) != PC) { /* sdiv, udiv; smull, ... */
        compute(out, rd, !(op1 & 1) && op2 == 0 && rd != SP && bits(w, 12, 4) != SP);
    }
}

void isa_thumb32(uint32_t pc, uint32_t w, struct isa_insn *out)
{
    switch (bits(w, 25, 4)) { /* op1 and the top of op2 in "32-bit T32 instruction encoding" */
    case 4:
        if (bit(w, 22)) {
            t32_dual_exclusive(w, out);
        } else if (bit(w, 24) == bit(w, 23)) {
            if (is(w, 0xffd0ffff, 0xe810c000) || is(w, 0xffd0ffff, 0xe990c000)) { /* rfe */
                set(out, ISA_SYSTEM, ISA_MAY_SKIP);
            } else if (is(w, 0xffdfffe0, 0xe80dc000) || is(w, 0xffdfffe0, 0xe98dc000)) {
                plain(out); /* srs */
            }
        } else if (bits(w, 16, 4) != PC) { /* else M-profile's clrm */
            load_store_multiple(w, ISA_MAY_SKIP, out);
        }
        break;
    case 5: { /* v8.1-M: csel, csinc, ... and, with Rm = 13 or 15, MVE's long shifts */
        unsigned rm = bits(w, 0, 4);

        if (!bit(w, 15)) {
            t32_data_processing(w, rm != SP && rm != PC, out);
        } else if (is(w, 0xfff0c000, 0xea508000)) {
            compute(out, bits(w, 8, 4), false);
        }
        break;
    }
    case 8:
    case 9:
    case 10:
    case 11:
        if (bit(w, 15)) {
            t32_branch(pc, w, out);
        } else if (!bit(w, 25)) {
            t32_data_processing(w, true, out);
        } else {
            t32_plain_immediate(w, out);
        }
        break;
    case 12:
        t32_load_store(w, out);
        break;
    case 13:
        t32_register(w, out);
        break;
    default:
        if (bits(w, 24, 2) == 3) { /* Advanced SIMD data-processing */
            plain(out);
        } else {
            coprocessor(w, ISA_MAY_SKIP, out);
        }
        break;
    }
}
