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

static uint8_t *guard; /* nothing from here on can be read */

static struct isa_insn decode(uint64_t pc, uint32_t word)
{
    struct isa_insn out;

    for (int i = 0; i < 4; i++) {
        guard[i - 4] = (uint8_t)(word >> (8 * i));
    }
    memset(&out, 0xa5, sizeof(out));
    isa_aarch64.decode(pc, guard - 4, 4, ISA_MODE_DEFAULT, &out);
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

static const struct {
    uint32_t word;
    enum isa_class class;
    unsigned flags;
    uint64_t target; /* from pc 0x1000 */
} cases[] = {
    {0x14000001, ISA_JUMP, T | N, 0x1004},    /* b */
    {0x17ffffff, ISA_JUMP, T | N, 0xffc},     /* b, back */
    {0x15ffffff, ISA_JUMP, T | N, 0x8000ffc}, /* b, furthest */
    {0x16000000, ISA_JUMP, T | N, 0xfffffffff8001000},
    {0x94000002, ISA_CALL, T, 0x1008},                     /* bl */
    {0x54000040, ISA_COND, T | S | N, 0x1008},             /* b.eq */
    {0x5400004d, ISA_COND, T | S | N, 0x1008},             /* b.le */
    {0x5400004e, ISA_JUMP, T | N, 0x1008},                 /* b.al */
    {0x5400004f, ISA_JUMP, T | N, 0x1008},                 /* b.nv */
    {0x54000050, ISA_COND, T | S, 0x1008},                 /* bc.eq */
    {0x54800000, ISA_COND, T | S | N, 0xfffffffffff01000}, /* b.eq, furthest back */
    {0xb4000043, ISA_COND, T | S | N, 0x1008},             /* cbz x3 */
    {0x35ffffe3, ISA_COND, T | S | N, 0xffc},              /* cbnz w3 */
    {0xb6f80040, ISA_COND, T | S | N, 0x1008},             /* tbz x0, #63 */
    {0x3707ffe0, ISA_COND, T | S | N, 0xffc},              /* tbnz w0, #0 */
    {0x36040000, ISA_COND, T | S | N, 0xffffffffffff9000}, /* tbz, furthest back */
    {0xd61f0200, ISA_INDIRECT_JUMP, 0, 0},                 /* br x16 */
    {0xd61f03c0, ISA_INDIRECT_JUMP, 0, 0},                 /* br x30 */
    {0xd71f0a11, ISA_INDIRECT_JUMP, 0, 0},                 /* braa x16, x17 */
    {0xd71f0e11, ISA_INDIRECT_JUMP, 0, 0},                 /* brab */
    {0xd61f0a1f, ISA_INDIRECT_JUMP, 0, 0},                 /* braaz x16 */
    {0xd63f0100, ISA_INDIRECT_CALL, 0, 0},                 /* blr x8 */
    {0xd73f0909, ISA_INDIRECT_CALL, 0, 0},                 /* blraa x8, x9 */
    {0xd63f0d1f, ISA_INDIRECT_CALL, 0, 0},                 /* blrabz x8 */
    {0xd65f03c0, ISA_RETURN, 0, 0},                        /* ret */
    {0xd65f00a0, ISA_RETURN, 0, 0},                        /* ret x5 */
    {0xd65f0bff, ISA_RETURN, 0, 0},                        /* retaa */
    {0xd65f0fff, ISA_RETURN, 0, 0},                        /* retab */
    {0xd4000001, ISA_SYSCALL, 0, 0},                       /* svc #0 */
    {0xd41fffe1, ISA_SYSCALL, 0, 0},                       /* svc #0xffff */
    {0xd4000002, ISA_SYSCALL, 0, 0},                       /* hvc */
    {0xd4000003, ISA_SYSCALL, 0, 0},                       /* smc */
    {0xd4207d00, ISA_TRAP, 0, 0},                          /* brk #1000 */
    {0xd45e0000, ISA_TRAP, 0, 0},                          /* hlt #0xf000 */
    {0xd4a00001, ISA_TRAP, 0, 0},                          /* dcps1 */
    {0xd4a00003, ISA_TRAP, 0, 0},                          /* dcps3 */
    {0x00000000, ISA_TRAP, 0, 0},                          /* udf #0 */
    {0x0000ffff, ISA_TRAP, 0, 0},                          /* udf #0xffff */
    {0xd69f03e0, ISA_SYSTEM, 0, 0},                        /* eret */
    {0xd69f0bff, ISA_SYSTEM, 0, 0},                        /* eretaa */
    {0xd6bf03e0, ISA_SYSTEM, 0, 0},                        /* drps */
    {0xd503203f, ISA_SYSTEM, 0, 0},                        /* yield */
    {0xd503205f, ISA_SYSTEM, 0, 0},                        /* wfe */
    {0xd503207f, ISA_SYSTEM, 0, 0},                        /* wfi */
    {0xd5031005, ISA_SYSTEM, 0, 0},                        /* wfet x5 */
    {0xd5031025, ISA_SYSTEM, 0, 0},                        /* wfit x5 */
    {0xd503201f, ISA_PLAIN, N, 0},                         /* nop */
    {0xd503209f, ISA_PLAIN, 0, 0},                         /* sev */
    {0xd503245f, ISA_PLAIN, 0, 0},                         /* bti c */
    {0xd503233f, ISA_PLAIN, 0, 0},                         /* paciasp */
    {0xd5033fdf, ISA_PLAIN, 0, 0},                         /* isb */
    {0xd5033bbf, ISA_PLAIN, 0, 0},                         /* dmb ish */
    {0xd50330ff, ISA_PLAIN, 0, 0},                         /* sb */
    {0xd5033f5f, ISA_PLAIN, 0, 0},                         /* clrex */
    {0xd50342df, ISA_PLAIN, 0, 0},                         /* msr daifset, #2 */
    {0xd51b4200, ISA_PLAIN, 0, 0},                         /* msr nzcv, x0 */
    {0xd53bd041, ISA_PLAIN, 0, 0},                         /* mrs x1, tpidr_el0 */
    {0xd508871f, ISA_PLAIN, 0, 0},                         /* tlbi vmalle1 */
    {0xd50b7420, ISA_PLAIN, 0, 0},                         /* dc zva, x0 */
    {0x91000400, ISA_PLAIN, N, 0},                         /* add x0, x0, #1 */
    {0x90000000, ISA_PLAIN, N, 0},                         /* adrp x0 */
    {0x92401c00, ISA_PLAIN, N, 0},                         /* and x0, x0, #0xff */
    {0x927ffc00, ISA_PLAIN, 0, 0},                         /* and, reserved immediate */
    {0x12401c00, ISA_PLAIN, 0, 0},                         /* and w, N set */
    {0xd2800020, ISA_PLAIN, N, 0},                         /* mov x0, #1 */
    {0x52c00020, ISA_PLAIN, 0, 0},                         /* movz w0, #1, lsl #32 */
    {0xd340fc00, ISA_PLAIN, N, 0},                         /* lsr x0, x0, #0 */
    {0x93c10800, ISA_PLAIN, N, 0},                         /* extr x0, x0, x1, #2 */
    {0x91800000, ISA_PLAIN, 0, 0},                         /* addg */
    {0x8b010000, ISA_PLAIN, N, 0},                         /* add x0, x0, x1 */
    {0xaa0103e0, ISA_PLAIN, N, 0},                         /* mov x0, x1 */
    {0x9ac10c00, ISA_PLAIN, N, 0},                         /* sdiv x0, x0, x1 */
    {0x9b017c00, ISA_PLAIN, N, 0},                         /* mul x0, x0, x1 */
    {0x9a811000, ISA_PLAIN, N, 0},                         /* csel x0, x0, x1, ne */
    {0xfa401800, ISA_PLAIN, N, 0},                         /* ccmp x0, #0, #0, ne */
    {0xdac00c00, ISA_PLAIN, N, 0},                         /* rev x0, x0 */
    {0xdac10000, ISA_PLAIN, 0, 0},                         /* pacia x0, x0 */
    {0x9ac14c00, ISA_PLAIN, 0, 0},                         /* crc32x */
    {0xf9400000, ISA_PLAIN, 0, 0},                         /* ldr x0, [x0] */
    {0xa9bf7bfd, ISA_PLAIN, 0, 0},                         /* stp x29, x30, [sp, #-16]! */
    {0xc85f7c00, ISA_PLAIN, 0, 0},                         /* ldxr x0, [x0] */
    {0x1e602800, ISA_PLAIN, 0, 0},                         /* fadd d0, d0, d0 */
    {0x4ea08400, ISA_PLAIN, 0, 0},                         /* add v0.4s, v0.4s, v0.4s */
    {0x04200000, ISA_PLAIN, 0, 0},                         /* add z0.b, z0.b, z0.b */
    {0xd503477f, ISA_PLAIN, 0, 0},                         /* smstart */
    {0x02000000, ISA_UNKNOWN, 0, 0},                       /* unallocated */
    {0x00010000, ISA_UNKNOWN, 0, 0},                       /* reserved beside udf */
    {0x74000000, ISA_UNKNOWN, 0, 0},                       /* cbgt, of FEAT_CMPBR */
    {0x5500001f, ISA_UNKNOWN, 0, 0},                       /* retaasppc */
    {0xd65f0bfe, ISA_UNKNOWN, 0, 0},                       /* retaasppcr */
    {0xd4600000, ISA_UNKNOWN, 0, 0},                       /* tcancel */
    {0xd5233060, ISA_UNKNOWN, 0, 0},                       /* tstart x0 */
    {0xd503307f, ISA_UNKNOWN, 0, 0},                       /* tcommit */
    {0xd61e0200, ISA_UNKNOWN, 0, 0},                       /* br with a wrong fixed field */
    {0xd4000000, ISA_UNKNOWN, 0, 0},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct isa_insn out = decode(0x1000, cases[i].word);

        if (out.class != cases[i].class || (out.flags & ~(unsigned)ISA_ATOMIC) != cases[i].flags ||
            out.size != 4 || out.target != cases[i].target) {
            fail_msg("%08x: %s, flags %#x, size %u, target %#llx", cases[i].word,
                     isa_class_name(out.class), out.flags, out.size,
                     (unsigned long long)out.target);
        }
    }
}

static void test_target_wraps(void **state)
{
    (void)state;
    assert_int_equal(decode(UINT64_MAX - 3, 0x14000001).target, 0);
    assert_int_equal(decode(0, 0x17ffffff).target, UINT64_MAX - 3);
}

static void test_short(void **state)
{
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        struct isa_insn out;

        memset(guard - 4, 0x14, 4);
        memset(&out, 0xa5, sizeof(out));
        isa_aarch64.decode(0, guard - n, n, ISA_MODE_DEFAULT, &out);
        assert_int_equal(out.class, ISA_UNKNOWN);
        assert_int_equal(out.size, 0);
        assert_int_equal(out.flags, 0);
    }
}

/* Marsaglia's xorshift: every word but 0, in a fixed order. */
static uint32_t next(uint32_t word)
{
    word ^= word << 13;
    word ^= word >> 17;
    return word ^ word << 5;
}

/* What holds of any word at all. */
static void test_any_word(void **state)
{
    uint32_t word = 1;

    (void)state;
    for (int i = 0; i < 20000000; i++) {
        struct isa_insn out;
        bool direct;

        word = next(word);
        out = decode(0x400000, i & 1 ? word : (word & ~(0xfu << 25)) | 0xau << 25);
        direct = out.class >= ISA_COND && out.class <= ISA_CALL;
        if (out.size != 4 || (unsigned)out.class >= ISA_N_CLASSES ||
            ((out.flags & ISA_HAS_TARGET) != 0) != direct ||
            ((out.flags & ISA_MAY_SKIP) != 0) != (out.class == ISA_COND) ||
            (out.flags & ISA_OPENS_IT) || (out.class == ISA_UNKNOWN && out.flags != 0) ||
            (direct && out.target % 4 != 0)) {
            fail_msg("%08x", word);
        }
    }
}

static void test_atomic(void **unused)
{
    static const struct isa_access accesses[] = {
        {{0x41, 0xfc, 0x5f, 0xc8}, 4, ISA_MODE_DEFAULT, true},
        {{0x41, 0xfc, 0x02, 0xc8}, 4, ISA_MODE_DEFAULT, true},
        {{0x41, 0x7c, 0xa0, 0xc8}, 4, ISA_MODE_DEFAULT, true},
        {{0x41, 0x00, 0x20, 0xf8}, 4, ISA_MODE_DEFAULT, true},
        {{0x41, 0x00, 0x40, 0xf9}, 4, ISA_MODE_DEFAULT, false},
        {{0x41, 0x68, 0x63, 0xf8}, 4, ISA_MODE_DEFAULT, false},
    };

    (void)unused;
    check_atomic(&isa_aarch64, accesses, sizeof(accesses) / sizeof(accesses[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atomic),       cmocka_unit_test(test_cases),
        cmocka_unit_test(test_target_wraps), cmocka_unit_test(test_short),
        cmocka_unit_test(test_any_word),
    };

    return cmocka_run_group_tests_name("isa aarch64", tests, set_up, NULL);
}
