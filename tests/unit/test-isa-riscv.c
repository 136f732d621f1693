/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../isa/isa-internal.h"
#include "tests/unit/isa-atomic.h"

enum {
    T = ISA_HAS_TARGET,
    S = ISA_MAY_SKIP,
    N = ISA_NO_FAULT,
};

struct test_case {
    uint32_t code;
    enum isa_class class;
    unsigned flags;
    uint64_t target; /* from pc 0x1000 */
};

static uint8_t *guard; /* nothing from here on can be read */

static struct isa_insn decode(const struct isa *isa, uint64_t pc, uint32_t code)
{
    size_t n = (code & 3) == 3 ? 4 : 2;
    struct isa_insn out;

    for (size_t i = 0; i < n; i++) {
        guard[i - n] = (uint8_t)(code >> (8 * i));
    }
    memset(&out, 0xa5, sizeof(out));
    isa->decode(pc, guard - n, n, ISA_MODE_DEFAULT, &out);
    return out;
}

static int set_up(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) {
        return -1;
    }
    guard = pages + page;
    return 0;
}

/* The same for both sizes. */
static const struct test_case cases[] = {
    {0x0080006f, ISA_JUMP, T | N, 0x1008},     /* j */
    {0x0000006f, ISA_JUMP, T | N, 0x1000},     /* j . */
    {0x0060006f, ISA_JUMP, T, 0x1006},         /* j, perhaps misaligned */
    {0x7ffff06f, ISA_JUMP, T, 0x100ffe},       /* j, furthest */
    {0x008000ef, ISA_CALL, T | N, 0x1008},     /* jal ra */
    {0x008002ef, ISA_CALL, T | N, 0x1008},     /* jal t0 */
    {0x0080036f, ISA_JUMP, T | N, 0x1008},     /* jal t1 */
    {0x00b50463, ISA_COND, T | S | N, 0x1008}, /* beq a0, a1 */
    {0x00b51463, ISA_COND, T | S | N, 0x1008}, /* bne */
    {0x00b54463, ISA_COND, T | S | N, 0x1008}, /* blt */
    {0x00b57463, ISA_COND, T | S | N, 0x1008}, /* bgeu */
    {0x00b57363, ISA_COND, T | S, 0x1006},     /* bgeu, perhaps misaligned */
    {0x7eb50fe3, ISA_COND, T | S, 0x1ffe},     /* beq, furthest */
    {0x80b50063, ISA_COND, T | S | N, 0x0},    /* beq, furthest back */
    {0x00b52463, ISA_UNKNOWN, 0, 0},           /* branch, reserved */
    {0x00008067, ISA_RETURN, 0, 0},            /* ret */
    {0x00028067, ISA_RETURN, 0, 0},            /* jr t0 */
    {0x00808067, ISA_RETURN, 0, 0},            /* jr 8(ra) */
    {0x00008567, ISA_RETURN, 0, 0},            /* jalr a0, ra */
    {0x00050067, ISA_INDIRECT_JUMP, 0, 0},     /* jr a0 */
    {0x000e0367, ISA_INDIRECT_JUMP, 0, 0},     /* jalr t1, t3: the PLT's header */
    {0x000500e7, ISA_INDIRECT_CALL, 0, 0},     /* jalr a0 */
    {0x000502e7, ISA_INDIRECT_CALL, 0, 0},     /* jalr t0, a0 */
    {0x000080e7, ISA_INDIRECT_CALL, 0, 0},     /* jalr ra, ra: call after auipc ra */
    {0x000280e7, ISA_INDIRECT_CALL, 0, 0},     /* jalr ra, t0: coroutines */
    {0x00009067, ISA_UNKNOWN, 0, 0},           /* jalr with funct3 */
    {0x00000073, ISA_SYSCALL, 0, 0},           /* ecall */
    {0x00100073, ISA_TRAP, 0, 0},              /* ebreak */
    {0xc0001073, ISA_TRAP, 0, 0},              /* unimp */
    {0x00200073, ISA_SYSTEM, 0, 0},            /* uret */
    {0x10200073, ISA_SYSTEM, 0, 0},            /* sret */
    {0x30200073, ISA_SYSTEM, 0, 0},            /* mret */
    {0x70200073, ISA_SYSTEM, 0, 0},            /* mnret */
    {0x7b200073, ISA_SYSTEM, 0, 0},            /* dret */
    {0x10500073, ISA_SYSTEM, 0, 0},            /* wfi */
    {0x00d00073, ISA_SYSTEM, 0, 0},            /* wrs.nto */
    {0x0100000f, ISA_SYSTEM, 0, 0},            /* pause */
    {0x0ff0000f, ISA_PLAIN, 0, 0},             /* fence */
    {0x0000100f, ISA_PLAIN, 0, 0},             /* fence.i */
    {0x12000073, ISA_PLAIN, 0, 0},             /* sfence.vma */
    {0x30529073, ISA_PLAIN, 0, 0},             /* csrw mtvec, t0 */
    {0x7ff00073, ISA_UNKNOWN, 0, 0},           /* SYSTEM, reserved */
    {0x00150513, ISA_PLAIN, N, 0},             /* addi */
    {0x00b50533, ISA_PLAIN, N, 0},             /* add */
    {0x40b50533, ISA_PLAIN, N, 0},             /* sub */
    {0x02b54533, ISA_PLAIN, N, 0},             /* div */
    {0x00155513, ISA_PLAIN, N, 0},             /* srli */
    {0x40155513, ISA_PLAIN, N, 0},             /* srai */
    {0x000017b7, ISA_PLAIN, N, 0},             /* lui */
    {0x00000517, ISA_PLAIN, N, 0},             /* auipc a0 */
    {0x00000017, ISA_PLAIN, 0, 0},             /* lpad */
    {0x20b52533, ISA_PLAIN, 0, 0},             /* sh1add */
    {0x60051513, ISA_PLAIN, 0, 0},             /* clz */
    {0x00052503, ISA_PLAIN, 0, 0},             /* lw */
    {0x00a52023, ISA_PLAIN, 0, 0},             /* sw */
    {0x00053507, ISA_PLAIN, 0, 0},             /* fld */
    {0x02b57553, ISA_PLAIN, 0, 0},             /* fadd.d */
    {0x00b5252f, ISA_PLAIN, 0, 0},             /* amoadd.w */
    {0x0d007057, ISA_PLAIN, 0, 0},             /* vsetvli */
    {0x0000000b, ISA_UNKNOWN, 0, 0},           /* custom-0 */
    {0x0000007b, ISA_UNKNOWN, 0, 0},           /* custom-3 */
    {0xa001, ISA_JUMP, T | N, 0x1000},         /* c.j . */
    {0xa009, ISA_JUMP, T | N, 0x1002},         /* c.j */
    {0xaffd, ISA_JUMP, T | N, 0x17fe},         /* c.j, furthest */
    {0xb001, ISA_JUMP, T | N, 0x800},          /* c.j, furthest back */
    {0xc101, ISA_COND, T | S | N, 0x1000},     /* c.beqz a0 */
    {0xed7d, ISA_COND, T | S | N, 0x10fe},     /* c.bnez a0, furthest */
    {0xf101, ISA_COND, T | S | N, 0xf00},      /* c.bnez a0, furthest back */
    {0x8082, ISA_RETURN, 0, 0},                /* ret */
    {0x8282, ISA_RETURN, 0, 0},                /* c.jr t0 */
    {0x8502, ISA_INDIRECT_JUMP, 0, 0},         /* c.jr a0 */
    {0x9502, ISA_INDIRECT_CALL, 0, 0},         /* c.jalr a0 */
    {0x9082, ISA_INDIRECT_CALL, 0, 0},         /* c.jalr ra */
    {0x9002, ISA_TRAP, 0, 0},                  /* c.ebreak */
    {0x0000, ISA_TRAP, 0, 0},                  /* c.unimp */
    {0x0004, ISA_UNKNOWN, 0, 0},               /* c.addi4spn of 0 */
    {0x8002, ISA_UNKNOWN, 0, 0},               /* c.jr x0 */
    {0x0001, ISA_PLAIN, N, 0},                 /* c.nop */
    {0x0505, ISA_PLAIN, N, 0},                 /* c.addi a0, 1 */
    {0x4505, ISA_PLAIN, N, 0},                 /* c.li a0, 1 */
    {0x6505, ISA_PLAIN, N, 0},                 /* c.lui a0, 1 */
    {0x6501, ISA_UNKNOWN, 0, 0},               /* c.lui a0, 0 */
    {0x6081, ISA_PLAIN, 0, 0},                 /* c.mop.1: c.sspush */
    {0x1141, ISA_PLAIN, N, 0},                 /* c.addi sp, -16 */
    {0x850a, ISA_PLAIN, N, 0},                 /* c.mv a0, sp */
    {0x952e, ISA_PLAIN, N, 0},                 /* c.add a0, a1 */
    {0x8d0d, ISA_PLAIN, N, 0},                 /* c.sub */
    {0x4108, ISA_PLAIN, 0, 0},                 /* c.lw */
    {0x4502, ISA_PLAIN, 0, 0},                 /* c.lwsp a0, 0 */
    {0x4002, ISA_UNKNOWN, 0, 0},               /* c.lwsp x0 */
    {0xbe42, ISA_PLAIN, 0, 0},                 /* c.fsdsp; cm.popret */
    {0xbc42, ISA_PLAIN, 0, 0},                 /* c.fsdsp; cm.popretz */
    {0xa002, ISA_PLAIN, 0, 0},                 /* c.fsdsp; cm.jt */
    {0xa082, ISA_PLAIN, 0, 0},                 /* c.fsdsp; cm.jalt */
    {0x8100, ISA_PLAIN, 0, 0},                 /* c.lbu */
    {0x9c00, ISA_UNKNOWN, 0, 0},
    {0x9d45, ISA_PLAIN, 0, 0}, /* c.mul */
    {0x9d61, ISA_PLAIN, 0, 0}, /* c.zext.b */
};

static const struct test_case rv64_cases[] = {
    {0x2505, ISA_PLAIN, N, 0},     /* c.addiw a0, 1 */
    {0x2001, ISA_UNKNOWN, 0, 0},   /* c.addiw x0 */
    {0x9d0d, ISA_PLAIN, N, 0},     /* c.subw */
    {0x9101, ISA_PLAIN, N, 0},     /* c.srli a0, 32 */
    {0x1502, ISA_PLAIN, N, 0},     /* c.slli a0, 32 */
    {0x6002, ISA_UNKNOWN, 0, 0},   /* c.ldsp x0 */
    {0x0015051b, ISA_PLAIN, N, 0}, /* addiw */
    {0x02b5453b, ISA_PLAIN, N, 0}, /* divw */
    {0x02051513, ISA_PLAIN, N, 0}, /* slli a0, a0, 32 */
};

static const struct test_case rv32_cases[] = {
    {0x2001, ISA_CALL, T | N, 0x1000}, /* c.jal . */
    {0x2505, ISA_CALL, T | N, 0x1620}, /* c.jal */
    {0x9d0d, ISA_UNKNOWN, 0, 0},       /* c.subw */
    {0x9101, ISA_UNKNOWN, 0, 0},       /* c.srli a0, 32 */
    {0x1502, ISA_UNKNOWN, 0, 0},       /* c.slli a0, 32 */
    {0x6002, ISA_PLAIN, 0, 0},         /* c.flwsp ft0 */
    {0x0015051b, ISA_UNKNOWN, 0, 0},   /* addiw */
    {0x02b5453b, ISA_UNKNOWN, 0, 0},   /* divw */
    {0x02051513, ISA_PLAIN, 0, 0},     /* slli a0, a0, 32 */
};

static void check(const struct isa *isa, const struct test_case *c, size_t n)
{
    for (; n > 0; n--, c++) {
        struct isa_insn out = decode(isa, 0x1000, c->code);

        if (out.class != c->class || (out.flags & ~(unsigned)ISA_ATOMIC) != c->flags ||
            out.size != ((c->code & 3) == 3 ? 4 : 2) || out.target != c->target) {
            fail_msg("%s %08x: %s, flags %#x, size %u, target %#llx", isa->name, c->code,
                     isa_class_name(out.class), out.flags, out.size,
                     (unsigned long long)out.target);
        }
    }
}

static void test_cases(void **state)
{
    (void)state;
    check(&isa_riscv64, cases, sizeof(cases) / sizeof(cases[0]));
    check(&isa_riscv32, cases, sizeof(cases) / sizeof(cases[0]));
    check(&isa_riscv64, rv64_cases, sizeof(rv64_cases) / sizeof(rv64_cases[0]));
    check(&isa_riscv32, rv32_cases, sizeof(rv32_cases) / sizeof(rv32_cases[0]));
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(decode(&isa_riscv64, 0, 0xffdff06f).target, UINT64_MAX - 3); /* j .-4 */
    assert_int_equal(decode(&isa_riscv32, 0, 0xffdff06f).target, UINT32_MAX - 3);
    assert_int_equal(decode(&isa_riscv32, 0xfffffffc, 0x0080006f).target, 4);
    /* At such a pc there must be a C extension. */
    assert_int_equal(decode(&isa_riscv64, 0x1002, 0x0040006f).flags, T | N);
}

static void test_lengths(void **state)
{
    static const struct {
        uint16_t first;
        unsigned size;
    } lengths[] = {
        {0x0001, 2},  {0x0013, 4},  {0x001f, 6},  {0xffdf, 6}, {0x003f, 8}, {0xffbf, 8},
        {0x007f, 10}, {0x107f, 12}, {0x6fff, 22}, {0x707f, 0}, /* reserved: 192 bits and more */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (size_t n = 0; n <= 24; n++) {
            struct isa_insn out;

            memset(guard - n, 0, n);
            if (n >= 1) {
                guard[-(ptrdiff_t)n] = (uint8_t)lengths[i].first;
            }
            if (n >= 2) {
                guard[1 - (ptrdiff_t)n] = (uint8_t)(lengths[i].first >> 8);
            }
            memset(&out, 0xa5, sizeof(out));
            isa_riscv64.decode(0, guard - n, n, ISA_MODE_DEFAULT, &out);
            assert_int_equal(out.size, n >= 2 && n >= lengths[i].size ? lengths[i].size : 0);
            if (out.size == 0 || out.size > 4) {
                assert_int_equal(out.class, ISA_UNKNOWN);
                assert_int_equal(out.flags, 0);
            }
        }
    }
}

/* What holds of any bytes at all. */
static bool sound(const struct isa_insn *out, bool rv32)
{
    bool direct = out->class >= ISA_COND && out->class <= ISA_CALL;

    return (unsigned)out->class < ISA_N_CLASSES && ((out->flags & T) != 0) == direct &&
           ((out->flags & S) != 0) == (out->class == ISA_COND) && !(out->flags & ISA_OPENS_IT) &&
           (out->class != ISA_UNKNOWN || out->flags == 0) && (!direct || out->target % 2 == 0) &&
           (!rv32 || out->target <= UINT32_MAX);
}

static void test_all_compressed(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x10000; code++) {
        if ((code & 3) != 3) {
            struct isa_insn a = decode(&isa_riscv64, 0x400000, code);
            struct isa_insn b = decode(&isa_riscv32, 0x400000, code);

            if (a.size != 2 || b.size != 2 || !sound(&a, false) || !sound(&b, true)) {
                fail_msg("%04x", code);
            }
        }
    }
}

/* Marsaglia's xorshift: every word but 0, in a fixed order. */
static uint32_t next(uint32_t word)
{
    word ^= word << 13;
    word ^= word >> 17;
    return word ^ word << 5;
}

static void test_any_word(void **state)
{
    uint32_t word = 1;

    (void)state;
    for (int i = 0; i < 10000000; i++) {
        uint32_t code;
        struct isa_insn a, b;

        word = next(word);
        code = word | 3;
        a = decode(&isa_riscv64, 0x400000, code);
        b = decode(&isa_riscv32, 0x400000, code);
        if (a.size != ((code & 0x1f) == 0x1f ? 0 : 4) || b.size != a.size || !sound(&a, false) ||
            !sound(&b, true)) {
            fail_msg("%08x", code);
        }
    }
}

static void test_atomic(void **unused)
{
    static const struct isa_access accesses[] = {
        {{0xaf, 0xa5, 0x05, 0x10}, 4, ISA_MODE_DEFAULT, true},
        {{0x2f, 0xa5, 0xc5, 0x18}, 4, ISA_MODE_DEFAULT, true},
        {{0xaf, 0x35, 0xb5, 0x00}, 4, ISA_MODE_DEFAULT, true},
        {{0x83, 0xa5, 0x05, 0x00}, 4, ISA_MODE_DEFAULT, false},
    };

    (void)unused;
    check_atomic(&isa_riscv64, accesses, sizeof(accesses) / sizeof(accesses[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atomic),         cmocka_unit_test(test_cases),
        cmocka_unit_test(test_targets),        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_all_compressed), cmocka_unit_test(test_any_word),
    };

    return cmocka_run_group_tests_name("isa riscv", tests, set_up, NULL);
}
