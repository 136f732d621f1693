/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 in 64-bit and in 32-bit mode: how long is it, where does it go?
 *
 * The tables follow the opcode maps of the Intel SDM (vol. 2, appendix A, and
 * chapter 2 for VEX and EVEX) and, for XOP and 3DNow!, of the AMD APM (vol. 3,
 * appendix A).  They hold only what length and flow need, so most of a map is
 * a few ranges.
 *
 * The mode comes from the target's name alone.  Where QEMU runs 16-bit code
 * (or 32-bit code in a 64-bit machine) the size found here need not be the
 * real one: a caller that knows the real size must take a class that comes
 * with another size for ISA_UNKNOWN.
 */
#include <string.h>

#include "isa-internal.h"
#include "x86-tables.h"

#define MAX_SIZE 15

struct x86 {
    const uint8_t *bytes;
    size_t n, at;
    bool bits64;
    bool overrun; /* wanted bytes that are not there */
    bool opsize, addrsize, lock;
    uint8_t rep; /* the last of f2 and f3, or 0 */
    uint8_t rex;
    uint8_t modrm;
    bool mem; /* modrm names memory */
};

static uint8_t next(struct x86 *x)
{
    if (x->at >= x->n) {
        x->overrun = true;
        return 0;
    }
    return x->bytes[x->at++];
}

/* The next @size bytes as a signed number. */
static int64_t number(struct x86 *x, unsigned size)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)next(x) << (8 * i);
    }
    if (size > 0 && size < 8 && (v >> (8 * size - 1) & 1)) {
        v |= UINT64_MAX << (8 * size);
    }
    return (int64_t)v;
}

static bool in_set(const uint32_t set[8], uint8_t op)
{
    return set[op / 32] >> (op % 32) & 1;
}

static unsigned reg(const struct x86 *x)
{
    return x->modrm >> 3 & 7;
}

static void read_modrm(struct x86 *x)
{
    unsigned mod, base, disp;

    x->modrm = next(x);
    x->mem = x->modrm < 0xc0;
    if (!x->mem) {
        return;
    }
    mod = x->modrm >> 6;
    base = x->modrm & 7;
    if (!x->bits64 && x->addrsize) {
        disp = mod == 0 ? (base == 6 ? 2 : 0) : mod;
    } else {
        if (base == 4) {
            base = next(x) & 7;
        }
        disp = mod == 0 ? (base == 5 ? 4 : 0) : (mod == 1 ? 1 : 4);
    }
    number(x, disp);
}

/* 0f 01 with a register form: each ModRM byte is an instruction of its own. */
static uint32_t group_0f01(uint8_t modrm, uint8_t rep)
{
    switch (modrm) {
    case 0xc0 ... 0xc4: /* encl, vmcall, vmlaunch, vmresume, vmxoff */
    case 0xc9:          /* mwait */
    case 0xcc ... 0xcf: /* tdcall, seamret, seamops, encls */
    case 0xd4 ... 0xd5: /* vmfunc, xend */
    case 0xd7 ... 0xd9: /* enclu, vmrun, vmmcall */
    case 0xde:          /* skinit */
    case 0xec:          /* uiret */
    case 0xfb:          /* mwaitx */
        return C(ISA_SYSTEM);
    case 0xca: /* clac; else erets, eretu */
        return rep ? C(ISA_SYSTEM) : P;
    case 0xc5 ... 0xc6:
    case 0xc8:
    case 0xcb:
    case 0xd0 ... 0xd1:
    case 0xd6:
    case 0xda ... 0xdd:
    case 0xdf:
    case 0xe0 ... 0xe8:
    case 0xea:
    case 0xed ... 0xfa:
    case 0xfc ... 0xff:
        return P;
    case 0xe9:
        return rep ? P : 0;
    default:
        return 0;
    }
}

/*
 * Where the opcode alone does not tell: what its entry becomes with the ModRM
 * (and the prefixes) read; 0 if that does not exist.  @op has 0x100 added
 * after 0f.
 */
static uint32_t group(struct x86 *x, unsigned op, uint32_t entry)
{
    unsigned r = reg(x);

    switch (op) {
    case 0x63: /* arpl faults in real mode */
        return x->bits64 ? entry : entry & ~NF;
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
        return r == 7 ? entry & ~LK : entry;
    case 0x8c:
        return r < 6 ? entry : 0;
    case 0x8e:
        return r < 6 && r != 1 ? entry : 0;
    case 0x8f:
        return r == 0 ? entry : 0;
    case 0xc6:
    case 0xc7:
        if (x->modrm == 0xf8) { /* xabort, xbegin: one may go to the other's */
            return C(ISA_SYSTEM) | (entry & (IB | IZ));
        }
        return r == 0 ? entry : 0;
    case 0xf6:
    case 0xf7:
        return r < 2   ? entry | NF | (op == 0xf6 ? IB : IZ)
               : r < 4 ? entry | NF | LK
               : r < 6 ? entry | NF
                       : entry; /* the others divide */
    case 0xfe:
        return r < 2 ? entry | NF | LK : 0;
    case 0xff:
        switch (r) {
        case 0:
        case 1:
            return entry | NF | LK;
        case 2:
            return C(ISA_INDIRECT_CALL) | M | NEAR;
        case 4:
            return C(ISA_INDIRECT_JUMP) | M | NEAR;
        case 3:
        case 5:
            return C(ISA_SYSTEM) | M | MEM;
        case 6:
            return entry;
        default:
            return 0;
        }
    case 0x100: /* 6 switches to another instruction set on Itanium */
        return r < 6 ? entry : 0;
    case 0x101:
        if (x->mem) {
            return r != 5 || x->rep == 0xf3 ? entry : 0;
        }
        return group_0f01(x->modrm, x->rep);
    case 0x140 ... 0x14f: /* a 486 has no cmov */
        return x->bits64 ? entry : entry & ~NF;
    case 0x178: /* extrq, insertq have two immediates; vmread has none */
        return x->opsize || x->rep == 0xf2 ? entry | IW : entry;
    case 0x1ae: /* tpause, umwait; fences and the like */
        return !x->mem && r == 6 && (x->opsize || x->rep == 0xf2) ? C(ISA_SYSTEM) : entry;
    case 0x1b8: /* popcnt; without the prefix another way to Itanium */
        return x->rep == 0xf3 ? entry : 0;
    case 0x1ba:
        return r < 4 ? 0 : r > 4 ? entry | LK : entry;
    case 0x1c7:
        if (x->mem) {
            return r == 1 ? entry | LK : r > 2 ? entry : 0;
        }
        return r > 5 ? entry : 0;
    default:
        return entry;
    }
}

/* VEX, EVEX and XOP: payload, opcode, and which of maps[] that is in. */
static uint32_t vector(struct x86 *x, uint8_t escape)
{
    uint8_t b = next(x), op;
    int map = -1;

    if (x->opsize || x->rep || x->lock || x->rex) {
        return 0;
    }
    switch (escape) {
    case 0xc5:
        map = VEX_1;
        break;
    case 0xc4:
        map = (b & 31) >= 1 && (b & 31) <= 3 ? VEX_1 + (b & 31) - 1 : -1;
        next(x);
        break;
    case 0x8f:
        map = (b & 31) >= 8 && (b & 31) <= 10 ? XOP_8 + (b & 31) - 8 : -1;
        next(x);
        break;
    case 0x62: {
        static const int8_t evex_maps[16] = {
            -1, EVEX_1, EVEX_2, EVEX_3, -1, EVEX_5, EVEX_6, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        };
        map = evex_maps[b & 15];
        if (!(next(x) & 4)) {
            map = -1;
        }
        next(x);
        break;
    }
    }
    op = next(x);
    if (x->overrun || map < 0 || !in_set(maps[map].exists, op)) {
        return 0;
    }
    if (map == VEX_1 && op == 0x77) { /* vzeroupper */
        return P;
    }
    if ((map == VEX_1 || map == EVEX_1) &&
        ((op >= 0x70 && op <= 0x73) || op == 0xc2 || (op >= 0xc4 && op <= 0xc6))) {
        return P | M | IB;
    }
    return P | maps[map].follows;
}

/* Is the opcode @op really a vector prefix?  The next byte, unread, tells. */
static bool is_vector(const struct x86 *x, uint8_t op)
{
    uint8_t b;

    if (x->at >= x->n) {
        return false; /* too short either way */
    }
    b = x->bytes[x->at];
    switch (op) {
    case 0x62:
    case 0xc4:
    case 0xc5:
        return x->bits64 || b >= 0xc0;
    case 0x8f:
        return (b & 31) >= 8;
    default:
        return false;
    }
}

/* Prefixes and opcode: the entry that describes it, 0 if there is none. */
static uint32_t read_opcode(struct x86 *x, unsigned *op)
{
    uint8_t b;
    int map;

    for (;;) {
        b = next(x);
        if (x->bits64 && (b & 0xf0) == 0x40) {
            x->rex = b;
            continue;
        }
        if (b == 0x66) {
            x->opsize = true;
        } else if (b == 0x67) {
            x->addrsize = true;
        } else if (b == 0xf0) {
            x->lock = true;
        } else if (b == 0xf2 || b == 0xf3) {
            x->rep = b;
        } else if (b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e && b != 0x64 && b != 0x65) {
            break;
        }
        x->rex = 0; /* only the last byte before the opcode can be a REX */
    }

    if (is_vector(x, b)) {
        *op = 0x200;
        return vector(x, b);
    }
    *op = b;
    if (b != 0x0f) {
        return one_byte[b];
    }
    b = next(x);
    *op = 0x100 + b;
    if (b != 0x38 && b != 0x3a) {
        return two_byte[b];
    }
    map = b == 0x38 ? MAP_38 : MAP_3A;
    b = next(x);
    *op = 0x200;
    return in_set(maps[map].exists, b) ? P | maps[map].follows : 0;
}

static void decode(uint64_t pc, const uint8_t *bytes, size_t n, bool bits64, struct isa_insn *out)
{
    struct x86 x = {.bytes = bytes, .n = n < MAX_SIZE ? n : MAX_SIZE, .bits64 = bits64};
    unsigned op, z, near_z;
    uint32_t entry;
    int64_t rel = 0;
    enum isa_class class;

    *out = (struct isa_insn){.class = ISA_UNKNOWN};

    entry = read_opcode(&x, &op);
    if (x.overrun || entry == 0 || (bits64 && (entry & I86))) {
        return;
    }
    if (entry & M) {
        if (op >= 0x120 && op <= 0x123) {
            x.modrm = next(&x) | 0xc0; /* mov cr, dr: a register whatever mod says */
        } else {
            read_modrm(&x);
        }
    }
    if (entry & GRP) {
        entry = group(&x, op, entry);
    }
    if (x.overrun || entry == 0 || ((entry & MEM) && !x.mem) ||
        (x.lock && !((entry & LK) && x.mem))) {
        return;
    }

    /* A near branch of 64-bit mode has a 4-byte offset on Intel, and in QEMU,
     * whatever its prefixes. */
    z = x.opsize && !(x.rex & 8) ? 2 : 4;
    near_z = bits64 ? 4 : z;
    if (entry & IW) {
        number(&x, 2);
    }
    if (entry & IZ) {
        number(&x, z);
    }
    if (entry & IV) {
        number(&x, x.rex & 8 ? 8 : z);
    }
    if (entry & MOFFS) {
        number(&x, (bits64 ? 8 : 4) >> x.addrsize);
    }
    if (entry & FAR) {
        number(&x, z + 2);
    }
    if (entry & IB) {
        uint8_t imm = next(&x);

        if (op == 0xcd && imm == 0x80) {
            entry = C(ISA_SYSCALL);
        } else if (op == 0x10f && !in_set(three_d_now, imm)) {
            return;
        }
    }
    if (entry & (JB | JZ)) {
        rel = number(&x, entry & JB ? 1 : near_z);
    }
    if (x.overrun) {
        return;
    }

    out->size = (unsigned)x.at;
    if ((entry & (JB | JZ | NEAR)) && z == 2) {
        /* Intel and AMD differ, or the target is cut to 16 bits. */
        return;
    }
    class = CLASS_OF(entry);
    if (class == ISA_REPEAT && !x.rep) {
        class = ISA_PLAIN;
    }
    out->class = class;
    if (entry & (JB | JZ)) {
        out->flags |= ISA_HAS_TARGET;
        out->target = pc + x.at + (uint64_t)rel;
        if (!bits64) {
            out->target = (uint32_t)out->target;
        }
    }
    /* xchg with memory is locked without a prefix. */
    if (x.lock || (x.mem && (op == 0x86 || op == 0x87))) {
        out->flags |= ISA_ATOMIC;
    }
    if (class == ISA_COND || op == 0xce) {
        out->flags |= ISA_MAY_SKIP;
    }
    /* rep makes another instruction of some (pause, popcnt), which may be one
     * that this CPU lacks; branches ignore it, and endbr is a nop. */
    if (((entry & NFM) || ((entry & NF) && !x.mem)) &&
        (!x.rep || (entry & (JB | JZ)) || op == 0x11e)) {
        out->flags |= ISA_NO_FAULT;
    }
}

static void decode_x86_64(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                          struct isa_insn *out)
{
    (void)mode;
    decode(pc, bytes, n, true, out);
}

static void decode_i386(uint64_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode,
                        struct isa_insn *out)
{
    (void)mode;
    decode(pc, bytes, n, false, out);
}

/* Neither a lock prefix nor an xchg: not even as a part of another instruction. */
static bool may_be_atomic(const uint8_t *bytes, size_t n)
{
    return memchr(bytes, 0xf0, n) || memchr(bytes, 0x86, n) || memchr(bytes, 0x87, n);
}

const struct isa isa_x86_64 = {
    .name = "x86_64",
    .address_bits = 64,
    .max_size = MAX_SIZE,
    .decode = decode_x86_64,
    .may_be_atomic = may_be_atomic,
};

const struct isa isa_i386 = {
    .name = "i386",
    .address_bits = 32,
    .max_size = MAX_SIZE,
    .decode = decode_i386,
    .may_be_atomic = may_be_atomic,
};
