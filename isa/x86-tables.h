/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The opcode maps of x86.c, after the Intel SDM, volume 2, appendix A.  Only
 * x86.c includes this.
 */
#ifndef CFLOW_ISA_X86_TABLES_H
#define CFLOW_ISA_X86_TABLES_H

#include "isa.h"

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

#endif
