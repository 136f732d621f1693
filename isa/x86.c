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
#include "isa-internal.h"

#define MAX_SIZE 15

/* What follows an opcode, and what it may do; the class is in the high half. */
enum {
    M = 1 << 0,     /* ModRM, with what it brings along */
    IB = 1 << 1,    /* immediate of 1 byte */
    IW = 1 << 2,    /* of 2 */
    IZ = 1 << 3,    /* of 2 or 4, by the operand size */
    IV = 1 << 4,    /* of 2, 4 or 8 */
    MOFFS = 1 << 5, /* bare address, by the address size */
    FAR = 1 << 6,   /* offset by the operand size, then a selector */
    JB = 1 << 7,    /* relative target of 1 byte */
    JZ = 1 << 8,    /* of 2 or 4 */
    NEAR = 1 << 9,  /* a near branch with no relative target */
    NF = 1 << 10,   /* cannot fault if no operand is in memory */
    NFM = 1 << 11,  /* and not even if one seems to be: lea, nop */
    I86 = 1 << 12,  /* not in 64-bit mode */
    LK = 1 << 13,   /* may be locked if its operand is in memory */
    MEM = 1 << 14,  /* register form undefined */
    GRP = 1 << 15,  /* group() knows more */
};
#define C(class)        ((uint32_t)(class) << 16)
#define P               C(ISA_PLAIN)
#define STR             C(ISA_REPEAT) /* string instruction: plain without rep */
#define CLASS_OF(entry) ((enum isa_class)((entry) >> 16))

/* An arithmetic operation's six forms; those that write the r/m can be locked. */
#define ALU(op, lock)                                                                              \
    [(op)...(op) + 1] = P | M | NF | (lock), [(op) + 2 ...(op) + 3] = P | M | NF,                  \
                   [(op) + 4] = P | IB | NF, [(op) + 5] = P | IZ | NF

/* Zero is an opcode that does not exist (or a prefix, or an escape). */
static const uint32_t one_byte[256] = {
    ALU(0x00, LK),
    ALU(0x08, LK),
    ALU(0x10, LK),
    ALU(0x18, LK),
    ALU(0x20, LK),
    ALU(0x28, LK),
    ALU(0x30, LK),
    ALU(0x38, 0),
    [0x06 ... 0x07] = P | I86,
    [0x0e] = P | I86,
    [0x16 ... 0x17] = P | I86,
    [0x1e ... 0x1f] = P | I86,
    [0x27] = P | I86,
    [0x2f] = P | I86,
    [0x37] = P | I86,
    [0x3f] = P | I86,
    [0x40 ... 0x4f] = P | NF | I86, /* inc, dec; in 64-bit mode REX */
    [0x50 ... 0x5f] = P,            /* push, pop */
    [0x60 ... 0x61] = P | I86,
    [0x62] = P | M | I86 | MEM,
    [0x63] = P | M | NF | GRP, /* movsxd, arpl */
    [0x68] = P | IZ,
    [0x69] = P | M | IZ | NF,
    [0x6a] = P | IB,
    [0x6b] = P | M | IB | NF,
    [0x6c ... 0x6f] = STR,
    [0x70 ... 0x7f] = C(ISA_COND) | JB | NF,
    [0x80] = P | M | IB | NF | LK | GRP,
    [0x81] = P | M | IZ | NF | LK | GRP,
    [0x82] = P | M | IB | NF | LK | GRP | I86,
    [0x83] = P | M | IB | NF | LK | GRP,
    [0x84 ... 0x85] = P | M | NF,
    [0x86 ... 0x87] = P | M | NF | LK,
    [0x88 ... 0x8b] = P | M | NF,
    [0x8c] = P | M | GRP,
    [0x8d] = P | M | NFM | MEM,
    [0x8e] = P | M | GRP,
    [0x8f] = P | M | GRP,
    [0x90 ... 0x99] = P | NF,
    [0x9a] = C(ISA_SYSTEM) | FAR | I86,
    [0x9b ... 0x9f] = P,
    [0xa0 ... 0xa3] = P | MOFFS,
    [0xa4 ... 0xa7] = STR,
    [0xa8] = P | IB | NF,
    [0xa9] = P | IZ | NF,
    [0xaa ... 0xaf] = STR,
    [0xb0 ... 0xb7] = P | IB | NF,
    [0xb8 ... 0xbf] = P | IV | NF,
    [0xc0 ... 0xc1] = P | M | IB | NF,
    [0xc2] = C(ISA_RETURN) | IW | NEAR,
    [0xc3] = C(ISA_RETURN) | NEAR,
    [0xc4 ... 0xc5] = P | M | I86 | MEM, /* les, lds; else VEX */
    [0xc6] = P | M | IB | NF | GRP,
    [0xc7] = P | M | IZ | NF | GRP,
    [0xc8] = P | IW | IB,
    [0xc9] = P,
    [0xca] = C(ISA_SYSTEM) | IW,
    [0xcb] = C(ISA_SYSTEM),
    [0xcc] = C(ISA_TRAP),
    [0xcd] = C(ISA_TRAP) | IB,
    [0xce] = C(ISA_TRAP) | I86,
    [0xcf] = C(ISA_SYSTEM),
    [0xd0 ... 0xd3] = P | M | NF,
    [0xd4 ... 0xd5] = P | IB | I86,
    [0xd6] = P | I86, /* salc, which QEMU knows */
    [0xd7] = P,
    [0xd8 ... 0xdf] = P | M,
    [0xe0 ... 0xe3] = C(ISA_COND) | JB | NF, /* loop*, jcxz */
    [0xe4 ... 0xe7] = P | IB,
    [0xe8] = C(ISA_CALL) | JZ,
    [0xe9] = C(ISA_JUMP) | JZ | NF,
    [0xea] = C(ISA_SYSTEM) | FAR | I86,
    [0xeb] = C(ISA_JUMP) | JB | NF,
    [0xec ... 0xef] = P,
    [0xf1] = C(ISA_TRAP),
    [0xf4] = C(ISA_SYSTEM), /* hlt: resumes after itself */
    [0xf5] = P | NF,
    [0xf6 ... 0xf7] = P | M | GRP,
    [0xf8 ... 0xf9] = P | NF,
    [0xfa ... 0xfb] = P,
    [0xfc ... 0xfd] = P | NF,
    [0xfe ... 0xff] = P | M | GRP,
};

/* After 0f.  SSE is everywhere here; a missing form faults, which is plain. */
static const uint32_t two_byte[256] = {
    [0x00 ... 0x01] = P | M | GRP,
    [0x02 ... 0x03] = P | M,
    [0x05] = C(ISA_SYSCALL),
    [0x06] = P,
    [0x07] = C(ISA_SYSTEM),
    [0x08 ... 0x09] = P,
    [0x0b] = C(ISA_TRAP),
    [0x0d] = P | M,
    [0x0e] = P,
    [0x0f] = P | M | IB | GRP,
    [0x10 ... 0x1d] = P | M,
    [0x1e ... 0x1f] = P | M | NFM,
    [0x20 ... 0x23] = P | M,
    [0x28 ... 0x2f] = P | M,
    [0x30 ... 0x33] = P,
    [0x34] = C(ISA_SYSCALL),
    [0x35] = C(ISA_SYSTEM),
    [0x37] = C(ISA_SYSTEM), /* getsec */
    [0x40 ... 0x4f] = P | M | NF | GRP,
    [0x50 ... 0x6f] = P | M,
    [0x70 ... 0x73] = P | M | IB,
    [0x74 ... 0x76] = P | M,
    [0x77] = P,
    [0x78] = P | M | GRP,
    [0x79] = P | M,
    [0x7c ... 0x7f] = P | M,
    [0x80 ... 0x8f] = C(ISA_COND) | JZ | NF,
    [0x90 ... 0x9f] = P | M | NF,
    [0xa0 ... 0xa2] = P,
    [0xa3] = P | M | NF,
    [0xa4] = P | M | IB | NF,
    [0xa5] = P | M | NF,
    [0xa8 ... 0xa9] = P,
    [0xaa] = C(ISA_SYSTEM),
    [0xab] = P | M | NF | LK,
    [0xac] = P | M | IB | NF,
    [0xad] = P | M | NF,
    [0xae] = P | M | GRP,
    [0xaf] = P | M | NF,
    [0xb0 ... 0xb1] = P | M | LK,
    [0xb2] = P | M | MEM,
    [0xb3] = P | M | NF | LK,
    [0xb4 ... 0xb5] = P | M | MEM,
    [0xb6 ... 0xb7] = P | M | NF,
    [0xb8] = P | M | GRP,
    [0xb9] = C(ISA_TRAP) | M,
    [0xba] = P | M | IB | NF | GRP,
    [0xbb] = P | M | NF | LK,
    [0xbc ... 0xbf] = P | M | NF,
    [0xc0 ... 0xc1] = P | M | LK,
    [0xc2] = P | M | IB,
    [0xc3] = P | M | MEM,
    [0xc4 ... 0xc6] = P | M | IB,
    [0xc7] = P | M | GRP,
    [0xc8 ... 0xcf] = P | NF,
    [0xd0 ... 0xfe] = P | M,
    [0xff] = C(ISA_TRAP) | M,
};

/*
 * The other maps have no branch, and what follows the opcode is the same for
 * all of a map or nearly so: it is enough to know which opcodes exist.
 */
enum {
    MAP_38,
    MAP_3A,
    VEX_1,
    VEX_2,
    VEX_3,
    EVEX_1,
    EVEX_2,
    EVEX_3,
    EVEX_5,
    EVEX_6,
    XOP_8,
    XOP_9,
    XOP_A,
    N_MAPS
};
static const struct {
    uint32_t follows;
    uint32_t exists[8]; /* bit n of word w: opcode 32 w + n */
} maps[N_MAPS] = {
    [MAP_38] = {M,
                {0x70b10fff, 0xffbf0f3f, 0x00000003, 0x00000000, 0x00000007, 0x00000000, 0xf900bf00,
                 0x1f630000}},
    [MAP_3A] = {M | IB,
                {0x00f0ff00, 0x00000007, 0x00000017, 0x0000000f, 0x00000000, 0x00000000, 0x8000d000,
                 0x00010000}},
    [VEX_1] = {M,
               {0x00ff0000, 0x0000ff00, 0xffff0cf6, 0xf0ffffff, 0x030f0000, 0x00004000, 0xffff0074,
                0x7fffffff}},
    [VEX_2] = {M,
               {0x77c8ffff, 0xffffff3f, 0x570f0ae3, 0x03040000, 0xffcf5000, 0xfff3ffc0, 0xf8008000,
                0x00ecffff}},
    [VEX_3] = {M | IB,
               {0x23f0ff77, 0x030f0007, 0xf0001f57, 0xff00ff0f, 0x00000000, 0x00000000, 0x8000c000,
                0x00010000}},
    [EVEX_1] = {M,
                {0x00ff0000, 0x0000ff00, 0xfff20000, 0xcf7fffff, 0x00000000, 0x00000000, 0xff7e0074,
                 0x7f7effff}},
    [EVEX_2] = {M,
                {0xff7f3811, 0xffff3fff, 0x0f3ff0fd, 0xffef017c, 0xffcfaf08, 0xfff0ffcf, 0xf000bdd0,
                 0x00000000}},
    [EVEX_3] = {M | IB,
                {0xeff08f3b, 0xcf0000ef, 0x00f3001c, 0x000f00c0, 0x00000000, 0x00000000, 0x0000c004,
                 0x00000000}},
    [EVEX_5] = {M,
                {0x20030000, 0x0000f400, 0xff020000, 0x7f004000, 0x00000000, 0x00000000, 0x00000000,
                 0x00000000}},
    [EVEX_6] = {M,
                {0x00080000, 0x00003000, 0x00c0f00c, 0x00000000, 0xffc00000, 0xffc0ffc0, 0x00c00000,
                 0x00000000}},
    [XOP_8] = {M | IB,
               {0x00000000, 0x00000000, 0x00000000, 0x00000000, 0xc0e0c0e0, 0x0040004c, 0x0000f00f,
                0x0000f000}},
    [XOP_9] = {M,
               {0x00040006, 0x00000000, 0x00000000, 0x00000000, 0x0fff000f, 0x00000000, 0x08ce08ce,
                0x0000000e}},
    /* Its immediate has 4 bytes whatever the prefixes, but none can precede. */
    [XOP_A] = {M | IZ,
               {0x00050000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
                0x00000000}},
};

/* 3DNow!: the operation is in a byte after the operands. */
static const uint32_t three_d_now[8] = {
    0x30003000, 0x00000000, 0x00000000, 0x00000000, 0x44d14400, 0x88d144d1, 0x00000000, 0x00000000,
};

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

const struct isa isa_x86_64 = {
    .name = "x86_64",
    .address_bits = 64,
    .max_size = MAX_SIZE,
    .decode = decode_x86_64,
};

const struct isa isa_i386 = {
    .name = "i386",
    .address_bits = 32,
    .max_size = MAX_SIZE,
    .decode = decode_i386,
};
