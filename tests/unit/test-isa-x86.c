/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The x86 decoder, case by case, and what must hold for any bytes at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../isa/isa-internal.h"
#include "tests/unit/isa-atomic.h"

#define PC 0x401000

/* Flags as the cases below abbreviate them. */
enum {
    T = ISA_HAS_TARGET,
    S = ISA_MAY_SKIP,
    N = ISA_NO_FAULT
};
enum {
    ON_64 = 1,
    ON_32 = 2,
    BOTH = 3
};

struct insn_case {
    int on; /* which decoders */
    const char *hex;
    enum isa_class class;
    unsigned flags;
    int size;    /* -1: all of hex */
    int64_t rel; /* with T: target less PC */
};

static const struct insn_case cases[] = {
    /* Conditional. */
    {BOTH, "74 10", ISA_COND, T | S | N, -1, 0x12},
    {BOTH, "7f fe", ISA_COND, T | S | N, -1, 0},
    {BOTH, "0f 84 00 01 00 00", ISA_COND, T | S | N, -1, 0x106},
    {BOTH, "0f 8f fa ff ff ff", ISA_COND, T | S | N, -1, 0},
    {BOTH, "2e 75 02", ISA_COND, T | S | N, -1, 5}, /* jne,pn */
    {BOTH, "f2 75 02", ISA_COND, T | S | N, -1, 5}, /* bnd */
    {BOTH, "e0 02", ISA_COND, T | S | N, -1, 4},    /* loopne */
    {BOTH, "e1 02", ISA_COND, T | S | N, -1, 4},    /* loope */
    {BOTH, "e2 fe", ISA_COND, T | S | N, -1, 0},    /* loop to itself */
    {BOTH, "e3 02", ISA_COND, T | S | N, -1, 4},    /* jrcxz, jecxz */
    {BOTH, "67 e3 02", ISA_COND, T | S | N, -1, 5}, /* jecxz, jcxz */
    /* Jumps and calls. */
    {BOTH, "eb 00", ISA_JUMP, T | N, -1, 2},
    {BOTH, "e9 fb ff ff ff", ISA_JUMP, T | N, -1, 0},
    {BOTH, "f2 e9 00 00 00 00", ISA_JUMP, T | N, -1, 6},
    {BOTH, "e8 00 00 00 00", ISA_CALL, T, -1, 5},
    {ON_64, "66 66 48 e8 00 00 00 00", ISA_CALL, T, -1, 8}, /* of __tls_get_addr */
    {BOTH, "ff e0", ISA_INDIRECT_JUMP, 0, -1, 0},
    {BOTH, "3e ff e0", ISA_INDIRECT_JUMP, 0, -1, 0}, /* notrack */
    {BOTH, "f2 ff 25 00 00 00 00", ISA_INDIRECT_JUMP, 0, -1, 0},
    {BOTH, "ff 24 c5 00 00 00 00", ISA_INDIRECT_JUMP, 0, -1, 0},
    {BOTH, "ff 64 24 08", ISA_INDIRECT_JUMP, 0, -1, 0},
    {ON_64, "41 ff d3", ISA_INDIRECT_CALL, 0, -1, 0},
    {BOTH, "ff 90 00 01 00 00", ISA_INDIRECT_CALL, 0, -1, 0},
    {ON_32, "65 ff 15 10 00 00 00", ISA_INDIRECT_CALL, 0, -1, 0},
    {ON_32, "67 ff 16 34 12", ISA_INDIRECT_CALL, 0, -1, 0}, /* 16-bit address */
    {ON_32, "67 ff 57 12", ISA_INDIRECT_CALL, 0, -1, 0},
    {BOTH, "c3", ISA_RETURN, 0, -1, 0},
    {BOTH, "f3 c3", ISA_RETURN, 0, -1, 0},
    {BOTH, "f2 c3", ISA_RETURN, 0, -1, 0},
    {BOTH, "c2 08 00", ISA_RETURN, 0, -1, 0},
    /* Near branches with a 16-bit operand: where to is anyone's guess. */
    {ON_64, "66 e9 00 00 00 00", ISA_UNKNOWN, 0, -1, 0},
    {ON_64, "66 e8 00 00 00 00", ISA_UNKNOWN, 0, -1, 0},
    {ON_64, "66 0f 84 00 00 00 00", ISA_UNKNOWN, 0, -1, 0},
    {ON_64, "48 66 e8 00 00 00 00", ISA_UNKNOWN, 0, -1, 0}, /* a REX too early */
    {ON_32, "66 e9 00 00", ISA_UNKNOWN, 0, -1, 0},
    {ON_32, "66 0f 84 00 00", ISA_UNKNOWN, 0, -1, 0},
    {BOTH, "66 eb 00", ISA_UNKNOWN, 0, -1, 0},
    {BOTH, "66 e2 00", ISA_UNKNOWN, 0, -1, 0},
    {BOTH, "66 c3", ISA_UNKNOWN, 0, -1, 0},
    {BOTH, "66 ff e0", ISA_UNKNOWN, 0, -1, 0},
    {BOTH, "66 ff 10", ISA_UNKNOWN, 0, -1, 0},
    /* The supervisor, traps, and what follows their rules. */
    {BOTH, "0f 05", ISA_SYSCALL, 0, -1, 0},
    {BOTH, "0f 34", ISA_SYSCALL, 0, -1, 0},
    {BOTH, "cd 80", ISA_SYSCALL, 0, -1, 0},
    {BOTH, "cd 21", ISA_TRAP, 0, -1, 0},
    {BOTH, "cc", ISA_TRAP, 0, -1, 0},
    {BOTH, "f1", ISA_TRAP, 0, -1, 0},
    {ON_32, "ce", ISA_TRAP, S, -1, 0},
    {BOTH, "0f 0b", ISA_TRAP, 0, -1, 0},
    {BOTH, "0f b9 c0", ISA_TRAP, 0, -1, 0},
    {BOTH, "67 0f b9 40 05", ISA_TRAP, 0, -1, 0},
    {BOTH, "0f ff c0", ISA_TRAP, 0, -1, 0},
    {BOTH, "f4", ISA_SYSTEM, 0, -1, 0},
    {ON_64, "48 cf", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "cf", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "cb", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "ca 10 00", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "0f 07", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "0f 35", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "0f aa", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "ff 28", ISA_SYSTEM, 0, -1, 0},    /* ljmp *(%rax) */
    {BOTH, "ff 1c 24", ISA_SYSTEM, 0, -1, 0}, /* lcall */
    {ON_32, "ea 00 00 00 00 08 00", ISA_SYSTEM, 0, -1, 0},
    {ON_32, "9a 00 00 00 00 08 00", ISA_SYSTEM, 0, -1, 0},
    {ON_32, "66 ea 00 00 08 00", ISA_SYSTEM, 0, -1, 0},
    {BOTH, "c7 f8 00 01 00 00", ISA_SYSTEM, 0, -1, 0}, /* xbegin */
    {BOTH, "c6 f8 01", ISA_SYSTEM, 0, -1, 0},          /* xabort */
    {BOTH, "0f 01 d5", ISA_SYSTEM, 0, -1, 0},          /* xend */
    {BOTH, "0f 01 c1", ISA_SYSTEM, 0, -1, 0},          /* vmcall */
    {BOTH, "0f 01 c9", ISA_SYSTEM, 0, -1, 0},          /* mwait */
    {ON_64, "f3 0f 01 ca", ISA_SYSTEM, 0, -1, 0},      /* eretu */
    {BOTH, "0f 01 ca", ISA_PLAIN, 0, -1, 0},           /* clac */
    {ON_64, "0f 01 f8", ISA_PLAIN, 0, -1, 0},          /* swapgs */
    {BOTH, "0f 01 10", ISA_PLAIN, 0, -1, 0},           /* lgdt */
    /* Strings. */
    {BOTH, "f3 a4", ISA_REPEAT, 0, -1, 0},
    {ON_64, "f3 48 ab", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f3 66 a5", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f2 ae", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f3 a6", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f3 6c", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f3 6f", ISA_REPEAT, 0, -1, 0},
    {BOTH, "f3 ac", ISA_REPEAT, 0, -1, 0},
    {BOTH, "a4", ISA_PLAIN, 0, -1, 0},
    {BOTH, "aa", ISA_PLAIN, 0, -1, 0},
    /* Plain, and what can fault in it. */
    {BOTH, "90", ISA_PLAIN, N, -1, 0},
    {BOTH, "f3 90", ISA_PLAIN, 0, -1, 0}, /* pause */
    {BOTH, "66 2e 0f 1f 84 00 00 00 00 00", ISA_PLAIN, N, -1, 0},
    {BOTH, "f3 0f 1e fa", ISA_PLAIN, N, -1, 0}, /* endbr64 */
    {ON_64, "48 89 e5", ISA_PLAIN, N, -1, 0},
    {BOTH, "8b 45 08", ISA_PLAIN, 0, -1, 0},
    {BOTH, "8d 45 08", ISA_PLAIN, N, -1, 0}, /* lea */
    {BOTH, "01 c8", ISA_PLAIN, N, -1, 0},
    {BOTH, "83 c0 01", ISA_PLAIN, N, -1, 0},
    {BOTH, "81 c0 01 00 00 00", ISA_PLAIN, N, -1, 0},
    {BOTH, "66 81 c0 01 00", ISA_PLAIN, N, -1, 0},
    {ON_64, "66 48 81 c0 01 00 00 00", ISA_PLAIN, N, -1, 0}, /* W beats 66 */
    {ON_64, "48 b8 01 02 03 04 05 06 07 08", ISA_PLAIN, N, -1, 0},
    {ON_64, "48 66 b8 01 02", ISA_PLAIN, N, -1, 0}, /* and a REX too early */
    {BOTH, "b8 01 02 03 04", ISA_PLAIN, N, -1, 0},
    {ON_64, "a1 01 02 03 04 05 06 07 08", ISA_PLAIN, 0, -1, 0},
    {ON_64, "67 a1 01 02 03 04", ISA_PLAIN, 0, -1, 0},
    {ON_32, "a1 01 02 03 04", ISA_PLAIN, 0, -1, 0},
    {ON_32, "67 a1 01 02", ISA_PLAIN, 0, -1, 0},
    {BOTH, "f7 d8", ISA_PLAIN, N, -1, 0},             /* neg */
    {BOTH, "f7 e1", ISA_PLAIN, N, -1, 0},             /* mul */
    {BOTH, "f7 f1", ISA_PLAIN, 0, -1, 0},             /* div */
    {BOTH, "f6 f9", ISA_PLAIN, 0, -1, 0},             /* idiv */
    {BOTH, "f7 c1 01 00 00 00", ISA_PLAIN, N, -1, 0}, /* test */
    {BOTH, "f6 c1 01", ISA_PLAIN, N, -1, 0},
    {BOTH, "66 f7 c1 01 00", ISA_PLAIN, N, -1, 0},
    {BOTH, "0f af c1", ISA_PLAIN, N, -1, 0},
    {BOTH, "0f 94 c0", ISA_PLAIN, N, -1, 0},
    {BOTH, "0f 94 00", ISA_PLAIN, 0, -1, 0},
    {ON_64, "0f 44 c1", ISA_PLAIN, N, -1, 0},
    {ON_32, "0f 44 c1", ISA_PLAIN, 0, -1, 0}, /* not on a 486 */
    {BOTH, "0f a2", ISA_PLAIN, 0, -1, 0},
    {BOTH, "0f 31", ISA_PLAIN, 0, -1, 0},
    {BOTH, "fa", ISA_PLAIN, 0, -1, 0},
    {BOTH, "e4 60", ISA_PLAIN, 0, -1, 0},
    {BOTH, "55", ISA_PLAIN, 0, -1, 0},
    {BOTH, "c9", ISA_PLAIN, 0, -1, 0},
    {BOTH, "8e d8", ISA_PLAIN, 0, -1, 0},
    {BOTH, "9b", ISA_PLAIN, 0, -1, 0},
    {BOTH, "d9 c0", ISA_PLAIN, 0, -1, 0},
    {BOTH, "f0 0f b1 0a", ISA_PLAIN, 0, -1, 0},
    {BOTH, "f0 ff 00", ISA_PLAIN, 0, -1, 0},
    {BOTH, "c8 10 00 00", ISA_PLAIN, 0, -1, 0}, /* enter */
    {BOTH, "0f 22 d8", ISA_PLAIN, 0, -1, 0},
    {BOTH, "0f 22 1c", ISA_PLAIN, 0, -1, 0}, /* mod is ignored: no SIB */
    {ON_32, "40", ISA_PLAIN, N, -1, 0},
    {ON_32, "60", ISA_PLAIN, 0, -1, 0},
    {ON_32, "c4 00", ISA_PLAIN, 0, -1, 0}, /* les */
    {ON_32, "62 00", ISA_PLAIN, 0, -1, 0}, /* bound */
    {ON_32, "67 8b 06 34 12", ISA_PLAIN, 0, -1, 0},
    {ON_32, "67 8b 46 12", ISA_PLAIN, 0, -1, 0},
    {ON_32, "67 8b 80 34 12", ISA_PLAIN, 0, -1, 0},
    {ON_32, "67 8b 04", ISA_PLAIN, 0, -1, 0}, /* no SIB either */
    /* SSE, AVX, AVX-512, XOP, 3DNow!. */
    {BOTH, "f3 0f 10 05 00 00 00 00", ISA_PLAIN, 0, -1, 0},
    {BOTH, "66 0f 70 c1 1b", ISA_PLAIN, 0, -1, 0},
    {BOTH, "66 0f 38 00 c1", ISA_PLAIN, 0, -1, 0},
    {BOTH, "66 0f 3a 0f c1 08", ISA_PLAIN, 0, -1, 0},
    {BOTH, "f3 0f b8 c1", ISA_PLAIN, 0, -1, 0},
    {BOTH, "66 0f 78 c1 01 02", ISA_PLAIN, 0, -1, 0}, /* extrq */
    {BOTH, "c5 f8 77", ISA_PLAIN, 0, -1, 0},
    {BOTH, "c5 f9 70 c1 1b", ISA_PLAIN, 0, -1, 0},
    {BOTH, "c4 e2 71 00 c2", ISA_PLAIN, 0, -1, 0},
    {BOTH, "c4 e3 71 0f 04 24 08", ISA_PLAIN, 0, -1, 0},
    {BOTH, "62 f1 7c 48 28 c1", ISA_PLAIN, 0, -1, 0},
    {BOTH, "62 f1 7c 48 28 44 24 01", ISA_PLAIN, 0, -1, 0},
    {BOTH, "62 f3 75 48 25 c2 ff", ISA_PLAIN, 0, -1, 0},
    {BOTH, "62 f5 7c 48 58 c1", ISA_PLAIN, 0, -1, 0},          /* AVX512-FP16 */
    {BOTH, "8f e9 78 01 c8", ISA_PLAIN, 0, -1, 0},             /* XOP blcfill */
    {BOTH, "8f e8 78 c0 c1 02", ISA_PLAIN, 0, -1, 0},          /* XOP vprotb */
    {BOTH, "8f ea 78 10 c1 01 02 03 04", ISA_PLAIN, 0, -1, 0}, /* XOP bextr */
    {BOTH, "8f c0", ISA_PLAIN, 0, -1, 0},                      /* but pop */
    {BOTH, "0f 0f c1 9e", ISA_PLAIN, 0, -1, 0},                /* pfadd */
    /* No such instruction. */
    {ON_64, "ce", ISA_UNKNOWN, 0, 0, 0},
    {ON_64, "ea 00 00 00 00 08 00", ISA_UNKNOWN, 0, 0, 0},
    {ON_64, "06", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "ff f8", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "ff d8", ISA_UNKNOWN, 0, 0, 0}, /* far, of a register */
    {BOTH, "8d c0", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "8e c8", ISA_UNKNOWN, 0, 0, 0},       /* mov to cs */
    {BOTH, "f0 eb 00", ISA_UNKNOWN, 0, 0, 0},    /* locked jump */
    {BOTH, "f0 01 c8", ISA_UNKNOWN, 0, 0, 0},    /* locked register */
    {BOTH, "f0 83 38 00", ISA_UNKNOWN, 0, 0, 0}, /* locked cmp */
    {BOTH, "0f 04", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "0f b8 00", ISA_UNKNOWN, 0, 0, 0}, /* jmpe */
    {BOTH, "0f 3f", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "0f 0f c1 00", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "66 c5 f8 77", ISA_UNKNOWN, 0, 0, 0},                       /* 66 before VEX */
    {ON_64, "d5 00 a1 01 02 03 04 05 06 07 08", ISA_UNKNOWN, 0, 0, 0}, /* APX jmpabs */
    {ON_64, "62 f4 7c 18 ff f0", ISA_UNKNOWN, 0, 0, 0},                /* APX push2 */
    /* 15 bytes are the most. */
    {BOTH, "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e eb 00", ISA_JUMP, T | N, -1, 15},
    {BOTH, "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e eb 00", ISA_UNKNOWN, 0, 0, 0},
    /* Cut short, or nothing at all. */
    {BOTH, "", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "e8 00 00 00", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "0f", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "66", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "ff", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "c4", ISA_UNKNOWN, 0, 0, 0},
    {BOTH, "cd", ISA_UNKNOWN, 0, 0, 0},
};

static size_t from_hex(const char *hex, uint8_t bytes[16])
{
    size_t n = 0;

    while (*hex != '\0') {
        char *end;

        assert_true(n < 16);
        bytes[n++] = (uint8_t)strtoul(hex, &end, 16);
        hex = end + strspn(end, " ");
    }
    return n;
}

static void decode(const struct isa *isa, uint64_t pc, const uint8_t *bytes, size_t n,
                   struct isa_insn *out)
{
    memset(out, 0xa5, sizeof(*out)); /* all of it must be filled in */
    isa->decode(pc, bytes, n, ISA_MODE_DEFAULT, out);
}

static void check_case(const struct isa *isa, const struct insn_case *c)
{
    uint8_t bytes[16];
    size_t n = from_hex(c->hex, bytes);
    struct isa_insn got;

    decode(isa, PC, bytes, n, &got);
    if (got.class != c->class || (got.flags & ~(unsigned)ISA_ATOMIC) != c->flags ||
        got.size != (c->size < 0 ? n : (size_t)c->size) ||
        ((c->flags & T) && got.target != PC + (uint64_t)c->rel)) {
        fail_msg("%s \"%s\": class %s, flags %#x, size %u, target %#llx", isa->name, c->hex,
                 isa_class_name(got.class), got.flags, got.size, (unsigned long long)got.target);
    }
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].on & ON_64) {
            check_case(&isa_x86_64, &cases[i]);
        }
        if (cases[i].on & ON_32) {
            check_case(&isa_i386, &cases[i]);
        }
    }
}

/* Every class that x86 has is in the cases above: the list cannot rot. */
static void test_every_class(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        seen |= 1u << cases[i].class;
    }
    assert_int_equal(seen, (1u << ISA_N_CLASSES) - 1);
}

static void test_target_wraps(void **state)
{
    static const uint8_t back[] = {0xe9, 0x00, 0xff, 0xff, 0xff}, forth[] = {0xeb, 0x7f};
    struct isa_insn got;

    (void)state;
    decode(&isa_i386, 0x10, back, sizeof(back), &got);
    assert_true(got.target == 0xffffff15);
    decode(&isa_i386, 0xfffffff0, forth, sizeof(forth), &got);
    assert_true(got.target == 0x71);
    decode(&isa_x86_64, 0x10, back, sizeof(back), &got);
    assert_true(got.target == 0xffffffffffffff15);
    decode(&isa_x86_64, 0xfffffff0, forth, sizeof(forth), &got);
    assert_true(got.target == 0x100000071);
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(isa_find("x86_64"), &isa_x86_64);
    assert_ptr_equal(isa_find("i386"), &isa_i386);
    assert_null(isa_find("x86"));
    assert_int_equal(isa_x86_64.address_bits, 64);
    assert_int_equal(isa_i386.address_bits, 32);
    assert_int_equal(isa_x86_64.max_size, 15);
    assert_int_equal(isa_i386.max_size, 15);
}

/* xorshift: the same bytes on every run and every C library. */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Random bytes, half of them steered to where the maps branch. */
static void random_insn(uint8_t bytes[16])
{
    static const uint8_t steer[] = {
        0x0f, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x48, 0x41, 0x2e, 0x65, 0x38, 0x3a,
        0xc4, 0xc5, 0x62, 0x8f, 0xff, 0xe8, 0xe9, 0x01, 0xc7, 0xf8, 0xae, 0xf7,
    };

    for (int i = 0; i < 16; i++) {
        uint64_t r = random_bits();

        bytes[i] = r & 0x100 && i < 5 ? steer[(r >> 16) % sizeof(steer)] : (uint8_t)r;
    }
}

static void check_sane(const struct isa *isa, size_t n, const struct isa_insn *insn)
{
    unsigned flags = insn->flags;

    assert_true((unsigned)insn->class < ISA_N_CLASSES);
    assert_true(insn->size <= n && insn->size <= isa->max_size);
    assert_true(insn->size > 0 || insn->class == ISA_UNKNOWN);
    assert_true(insn->class != ISA_UNKNOWN || flags == 0);
    assert_int_equal(flags & ~(unsigned)(T | S | N | ISA_ATOMIC), 0);
    assert_int_equal((flags & T) != 0,
                     insn->class == ISA_COND || insn->class == ISA_JUMP || insn->class == ISA_CALL);
    assert_true(!(flags & S) || insn->class == ISA_COND || insn->class == ISA_TRAP);
    assert_true(!(flags & N) || insn->class == ISA_PLAIN || insn->class == ISA_COND ||
                insn->class == ISA_JUMP);
    assert_true(isa->address_bits == 64 || !(flags & T) || insn->target <= UINT32_MAX);
}

/*
 * Any bytes of any length, at the very end of a page that nothing may be read
 * behind: every answer is sane, and once an instruction fits, more bytes
 * change nothing.
 */
static void test_any_bytes(void **state)
{
    static const struct isa *const isas[] = {&isa_x86_64, &isa_i386};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
                mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            *end;

    (void)state;
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    end = pages + page;

    for (int round = 0; round < 200000; round++) {
        const struct isa *isa = isas[round & 1];
        uint64_t pc = random_bits() & (isa->address_bits == 64 ? UINT64_MAX : UINT32_MAX);
        uint8_t bytes[16];
        struct isa_insn whole, part;

        random_insn(bytes);
        decode(isa, pc, bytes, sizeof(bytes), &whole);
        check_sane(isa, sizeof(bytes), &whole);
        for (size_t n = 0; n <= isa->max_size; n++) {
            memcpy(end - n, bytes, n);
            decode(isa, pc, end - n, n, &part);
            check_sane(isa, n, &part);
            if (whole.size != 0 && n >= whole.size) {
                assert_int_equal(part.class, whole.class);
                assert_int_equal(part.flags, whole.flags);
                assert_int_equal(part.size, whole.size);
                assert_true(part.target == whole.target);
            } else {
                assert_int_equal(part.size, 0);
            }
        }
    }
    munmap(pages, 2 * page);
}

static void test_atomic(void **unused)
{
    static const struct isa_access accesses[] = {
        {{0xf0, 0x48, 0x0f, 0xb1, 0x0f}, 5, ISA_MODE_DEFAULT, true},
        {{0xf0, 0xff, 0x00}, 3, ISA_MODE_DEFAULT, true},
        {{0x87, 0x07}, 2, ISA_MODE_DEFAULT, true},
        {{0x87, 0xc8}, 2, ISA_MODE_DEFAULT, false},
        {{0xff, 0x00}, 2, ISA_MODE_DEFAULT, false},
        {{0x0f, 0xb1, 0x0f}, 3, ISA_MODE_DEFAULT, false},
        {{0x8b, 0x07}, 2, ISA_MODE_DEFAULT, false},
    };

    (void)unused;
    check_atomic(&isa_x86_64, accesses, sizeof(accesses) / sizeof(accesses[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atomic),      cmocka_unit_test(test_cases),
        cmocka_unit_test(test_every_class), cmocka_unit_test(test_target_wraps),
        cmocka_unit_test(test_find),        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests_name("isa-x86", tests, NULL, NULL);
}
