/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RISC-V, after "The RISC-V Instruction Set Manual", volumes I (unprivileged:
 * chapters "RV32I", "RV64I", "C" and "RV32/64G Instruction Set Listings") and II
 * (privileged).
 *
 * - Calls and returns are told from jumps by the table of return-address
 *   prediction hints (volume I, "Unconditional Jumps"): x1 and x5 are link
 *   registers.
 * - The code-size extensions Zcmp and Zcmt (cm.popret, cm.jt, ...) reuse the
 *   encodings of c.fsdsp.  The bytes cannot tell which is meant; c.fsdsp is in
 *   every binary for the usual RV64GC, so these are ISA_PLAIN.  A CPU with Zcmp
 *   or Zcmt needs an engine that does not trust that.
 * - A jump to an address that is no multiple of 4 traps at the jump unless the C
 *   extension is there (volume I, "Control Transfer Instructions").
 */
#include "isa.h"

#include "isa-internal.h"

static uint32_t bits(uint32_t w, unsigned low, unsigned count)
{
    return (w >> low) & ((1u << count) - 1);
}

static uint64_t sign_extend(uint64_t value, unsigned width)
{
    uint64_t sign = UINT64_C(1) << (width - 1);

    return (value ^ sign) - sign;
}

static void plain(struct isa_insn *out, bool no_fault)
{
    out->class = ISA_PLAIN;
    out->flags = no_fault ? ISA_NO_FAULT : 0;
}

static void direct(struct isa_insn *out, enum isa_class class, uint64_t pc, uint64_t offset)
{
    out->class = class;
    out->flags = ISA_HAS_TARGET | (class == ISA_COND ? ISA_MAY_SKIP : 0);
    out->target = pc + offset;
    /* Where 2-byte alignment is seen to work, no target can be misaligned. */
    if (out->size == 2 || pc & 2 || !(out->target & 2)) {
        out->flags |= ISA_NO_FAULT;
    }
}

static bool is_link(unsigned reg)
{
    return reg == 1 || reg == 5;
}

static void indirect(struct isa_insn *out, unsigned rd, unsigned rs1)
{
    if (is_link(rd)) {
        out->class = ISA_INDIRECT_CALL;
    } else {
        out->class = is_link(rs1) ? ISA_RETURN : ISA_INDIRECT_JUMP;
    }
}

/* ---- compressed: "RVC Instruction Set Listings" ---- */

static void quadrant0(uint32_t w, struct isa_insn *out)
{
    switch (bits(w, 13, 3)) {
    case 0:
        if (w == 0) { /* defined to be illegal; c.unimp */
            out->class = ISA_TRAP;
        } else if (bits(w, 5, 8) != 0) { /* c.addi4spn */
            plain(out, true);
        }
        break;
    case 4: /* Zcb: c.lbu, c.lhu, c.lh, c.sb, c.sh */
        if (bits(w, 10, 3) < 4) {
            plain(out, false);
        }
        break;
    default: /* loads and stores */
        plain(out, false);
        break;
    }
}

/* MISC-ALU */
static void compressed_alu(uint32_t w, bool rv64, struct isa_insn *out)
{
    bool high = bits(w, 12, 1);
    unsigned op = bits(w, 5, 2);

    switch (bits(w, 10, 2)) {
    case 0: /* c.srli, c.srai */
    case 1:
        if (rv64 || !high) {
            plain(out, true);
        }
        break;
    case 2: /* c.andi */
        plain(out, true);
        break;
    default:
        if (!high) { /* c.sub, c.xor, c.or, c.and */
            plain(out, true);
        } else if (op < 2) { /* c.subw, c.addw */
            if (rv64) {
                plain(out, true);
            }
        } else if (op == 2 || bits(w, 2, 3) < 6) { /* Zcb: c.mul; c.zext.b to c.not */
            plain(out, false);
        }
        break;
    }
}

static void quadrant1(uint64_t pc, uint32_t w, bool rv64, struct isa_insn *out)
{
    unsigned rd = bits(w, 7, 5);
    unsigned imm = bits(w, 12, 1) << 5 | bits(w, 2, 5);
    uint64_t jump = sign_extend(bits(w, 12, 1) << 11 | bits(w, 8, 1) << 10 | bits(w, 9, 2) << 8 |
                                    bits(w, 6, 1) << 7 | bits(w, 7, 1) << 6 | bits(w, 2, 1) << 5 |
                                    bits(w, 11, 1) << 4 | bits(w, 3, 3) << 1,
                                12);
    uint64_t branch = sign_extend(bits(w, 12, 1) << 8 | bits(w, 5, 2) << 6 | bits(w, 2, 1) << 5 |
                                      bits(w, 10, 2) << 3 | bits(w, 3, 2) << 1,
                                  9);

    switch (bits(w, 13, 3)) {
    case 0: /* c.addi, c.nop */
    case 2: /* c.li */
        plain(out, true);
        break;
    case 1:
        if (!rv64) { /* c.jal */
            direct(out, ISA_CALL, pc, jump);
        } else if (rd != 0) { /* c.addiw */
            plain(out, true);
        }
        break;
    case 3:
        if (imm != 0) { /* c.addi16sp, c.lui */
            plain(out, true);
        } else if (rd < 16 && rd & 1) { /* c.mop, among them the shadow stack's, which fault */
            plain(out, false);
        }
        break;
    case 4:
        compressed_alu(w, rv64, out);
        break;
    case 5: /* c.j */
        direct(out, ISA_JUMP, pc, jump);
        break;
    default: /* c.beqz, c.bnez */
        direct(out, ISA_COND, pc, branch);
        break;
    }
}

static void quadrant2(uint32_t w, bool rv64, struct isa_insn *out)
{
    bool high = bits(w, 12, 1);
    unsigned rd = bits(w, 7, 5);
    unsigned rs2 = bits(w, 2, 5);

    switch (bits(w, 13, 3)) {
    case 0: /* c.slli */
        if (rv64 || !high) {
            plain(out, true);
        }
        break;
    case 2: /* c.lwsp */
        if (rd != 0) {
            plain(out, false);
        }
        break;
    case 3: /* c.ldsp; c.flwsp */
        if (!rv64 || rd != 0) {
            plain(out, false);
        }
        break;
    case 4:
        if (rs2 != 0) { /* c.mv, c.add */
            plain(out, true);
        } else if (rd != 0) { /* c.jr, c.jalr */
            indirect(out, high ? 1 : 0, rd);
        } else if (high) { /* c.ebreak */
            out->class = ISA_TRAP;
        }
        break;
    default: /* c.fldsp, stores: see above about Zcmp and Zcmt */
        plain(out, false);
        break;
    }
}

/* ---- 32 bits ---- */

/*
 * Is the operation of OP, OP-32, OP-IMM or OP-IMM-32 one of I or M?  Others are
 * of optional extensions, or none, and then illegal.  Division does not trap.
 */
static bool alu_certain(uint32_t w, bool rv64)
{
    bool immediate = !bits(w, 5, 1);
    bool word = bits(w, 3, 1);
    unsigned funct3 = bits(w, 12, 3);
    unsigned funct7 = bits(w, 25, 7);

    if (immediate) {
        if (funct3 != 1 && funct3 != 5) {
            return !word || funct3 == 0;
        }
        if (rv64 && !word) {
            funct7 &= ~1u; /* the shift amount's sixth bit */
        }
        return funct7 == 0 || (funct7 == 0x20 && funct3 == 5);
    }
    switch (funct7) {
    case 0:
        return !word || funct3 == 0 || funct3 == 1 || funct3 == 5;
    case 1:
        return !word || funct3 == 0 || funct3 >= 4;
    case 0x20:
        return funct3 == 0 || funct3 == 5;
    default:
        return false;
    }
}

/* Funct3 = 0 of SYSTEM: volume II, "RISC-V Privileged Instruction Set Listings". */
static void privileged(uint32_t w, struct isa_insn *out)
{
    switch (w) {
    case 0x00000073: /* ecall */
        out->class = ISA_SYSCALL;
        return;
    case 0x00100073: /* ebreak */
        out->class = ISA_TRAP;
        return;
    case 0x00200073: /* uret */
    case 0x10200073: /* sret */
    case 0x30200073: /* mret */
    case 0x70200073: /* mnret */
    case 0x7b200073: /* dret */
    case 0x10500073: /* wfi */
    case 0x00d00073: /* wrs.nto, wrs.sto: QEMU's CPU loop is left as for wfi */
    case 0x01d00073:
        out->class = ISA_SYSTEM;
        return;
    default:
        break;
    }
    if (bits(w, 7, 5) != 0) {
        return;
    }
    switch (bits(w, 25, 7)) {
    case 0x09: /* sfence.vma */
    case 0x0b: /* sinval.vma */
    case 0x0c: /* sfence.w.inval, sfence.inval.ir */
    case 0x11: /* hfence.vvma */
    case 0x13: /* hinval.vvma */
    case 0x31: /* hfence.gvma */
    case 0x33: /* hinval.gvma */
        plain(out, false);
        break;
    default:
        break;
    }
}

static void decode32(uint64_t pc, uint32_t w, bool rv64, struct isa_insn *out)
{
    unsigned funct3 = bits(w, 12, 3);
    unsigned rd = bits(w, 7, 5);
    uint64_t jump = sign_extend(bits(w, 31, 1) << 20 | bits(w, 12, 8) << 12 | bits(w, 20, 1) << 11 |
                                    bits(w, 21, 10) << 1,
                                21);
    uint64_t branch = sign_extend(
        bits(w, 31, 1) << 12 | bits(w, 7, 1) << 11 | bits(w, 25, 6) << 5 | bits(w, 8, 4) << 1, 13);

    switch (bits(w, 2, 5)) { /* "RISC-V base opcode map" */
    case 0x00:               /* LOAD */
    case 0x01:               /* LOAD-FP, vector loads */
    case 0x08:               /* STORE */
    case 0x09:               /* STORE-FP, vector stores */
    case 0x10:               /* MADD */
    case 0x11:               /* MSUB */
    case 0x12:               /* NMSUB */
    case 0x13:               /* NMADD */
    case 0x14:               /* OP-FP */
    case 0x15:               /* OP-V */
    case 0x1d:               /* OP-VE */
        plain(out, false);
        break;
    case 0x0b: /* AMO, lr, sc */
        plain(out, false);
        out->flags |= ISA_ATOMIC;
        break;
    case 0x03: /* MISC-MEM: fence, fence.i, cbo.* */
        if (w == 0x0100000f) {
            out->class = ISA_SYSTEM; /* pause: QEMU's CPU loop is left as for wfi */
        } else if (funct3 < 3) {
            plain(out, false);
        }
        break;
    case 0x05: /* AUIPC; rd = x0 is Zicfilp's lpad, which can trap */
        plain(out, rd != 0);
        break;
    case 0x0d: /* LUI */
        plain(out, true);
        break;
    case 0x06: /* OP-IMM-32, OP-32 */
    case 0x0e:
        if (rv64) {
            plain(out, alu_certain(w, rv64));
        }
        break;
    case 0x04: /* OP-IMM, OP */
    case 0x0c:
        plain(out, alu_certain(w, rv64));
        break;
    case 0x18: /* BRANCH */
        if (funct3 != 2 && funct3 != 3) {
            direct(out, ISA_COND, pc, branch);
        }
        break;
    case 0x19: /* JALR, also after auipc */
        if (funct3 == 0) {
            indirect(out, rd, bits(w, 15, 5));
        }
        break;
    case 0x1b: /* JAL */
        direct(out, is_link(rd) ? ISA_CALL : ISA_JUMP, pc, jump);
        break;
    case 0x1c: /* SYSTEM */
        if (funct3 == 0) {
            privileged(w, out);
        } else if (w == 0xc0001073) { /* the assemblers' unimp: writes a read-only register */
            out->class = ISA_TRAP;
        } else if (funct3 != 4) { /* csrrw, ... */
            plain(out, false);
        } else if (bits(w, 28, 4) == 6 || (bits(w, 31, 1) && bits(w, 28, 2) == 0)) {
            plain(out, false); /* hlv, hsv; Zimop */
        }
        break;
    default: /* custom, reserved */
        break;
    }
}

/*
 * "Expanded Instruction-Length Encoding".  0: reserved for 192 bits and more.
 */
static unsigned length(uint32_t first)
{
    if ((first & 3) != 3) {
        return 2;
    }
    if ((first & 0x1f) != 0x1f) {
        return 4;
    }
    if ((first & 0x3f) == 0x1f) {
        return 6;
    }
    if ((first & 0x7f) == 0x3f) {
        return 8;
    }
    return bits(first, 12, 3) == 7 ? 0 : 10 + 2 * bits(first, 12, 3);
}

static void decode(uint64_t pc, const uint8_t *bytes, size_t n, bool rv64, struct isa_insn *out)
{
    uint32_t w;
    unsigned size;

    *out = (struct isa_insn){.class = ISA_UNKNOWN};
    if (n < 2) {
        return;
    }
    w = bytes[0] | bytes[1] << 8;
    size = length(w);
    if (n < size) {
        return;
    }
    out->size = size;
    if (size == 4) {
        decode32(pc, w | bytes[2] << 16 | (uint32_t)bytes[3] << 24, rv64, out);
    } else if (size == 2) {
        switch (w & 3) {
        case 0:
            quadrant0(w, out);
            break;
        case 1:
            quadrant1(pc, w, rv64, out);
            break;
        default:
            quadrant2(w, rv64, out);
            break;
        }
    }
    if (!rv64) {
        out->target = (uint32_t)out->target;
    }
}

static void decode_rv64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                        struct isa_insn *out)
{
    (void)mode;
    decode(pc, bytes, n, true, out);
}

static void decode_rv32(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                        struct isa_insn *out)
{
    (void)mode;
    decode(pc, bytes, n, false, out);
}

const struct isa isa_riscv64 = {
    .name = "riscv64",
    .address_bits = 64,
    .max_size = 22,
    .decode = decode_rv64,
};

const struct isa isa_riscv32 = {
    .name = "riscv32",
    .address_bits = 32,
    .max_size = 22,
    .decode = decode_rv32,
};
