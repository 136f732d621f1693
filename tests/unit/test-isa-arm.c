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
    I = ISA_OPENS_IT,
};

struct test_case {
    uint32_t code; /* Thumb, 32 bits: the first halfword is the upper one */
    enum isa_class class;
    unsigned flags;
    uint32_t target; /* from pc 0x1000 */
};

static uint8_t *guard; /* nothing from here on can be read */

static struct isa_insn decode(uint32_t pc, const uint8_t *bytes, size_t n, enum isa_mode mode)
{
    struct isa_insn out;

    memcpy(guard - n, bytes, n);
    memset(&out, 0xa5, sizeof(out));
    isa_arm.decode(pc, guard - n, n, mode, &out);
    return out;
}

static struct isa_insn a32(uint32_t pc, uint32_t w)
{
    uint8_t bytes[] = {(uint8_t)w, (uint8_t)(w >> 8), (uint8_t)(w >> 16), (uint8_t)(w >> 24)};

    return decode(pc, bytes, 4, ISA_MODE_DEFAULT);
}

static struct isa_insn thumb(uint32_t pc, uint32_t code)
{
    uint8_t bytes[] = {(uint8_t)(code >> 16), (uint8_t)(code >> 24), (uint8_t)code,
                       (uint8_t)(code >> 8)};

    return code < 0x10000 ? decode(pc, bytes + 2, 2, ISA_MODE_THUMB)
                          : decode(pc, bytes, 4, ISA_MODE_THUMB);
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

static const struct test_case a32_cases[] = {
    {0xea000000, ISA_JUMP, T | N, 0x1008},     /* b */
    {0xeafffffe, ISA_JUMP, T | N, 0x1000},     /* b . */
    {0xea7fffff, ISA_JUMP, T | N, 0x2001004},  /* b, furthest */
    {0xea800000, ISA_JUMP, T | N, 0xfe001008}, /* b, furthest back */
    {0x0a000001, ISA_COND, T | S | N, 0x100c}, /* beq */
    {0xda000001, ISA_COND, T | S | N, 0x100c}, /* ble */
    {0xeb000001, ISA_CALL, T | N, 0x100c},     /* bl */
    {0x1b000001, ISA_CALL, T | S | N, 0x100c}, /* blne */
    {0xfa000001, ISA_CALL, T, 0x100c},         /* blx */
    {0xfb000001, ISA_CALL, T, 0x100e},         /* blx, to a halfword */
    {0xe12fff1e, ISA_RETURN, 0, 0},            /* bx lr */
    {0x012fff1e, ISA_RETURN, S, 0},            /* bxeq lr */
    {0xe12fff13, ISA_INDIRECT_JUMP, 0, 0},     /* bx r3 */
    {0xe12fff1f, ISA_INDIRECT_JUMP, 0, 0},     /* bx pc */
    {0xe12fff23, ISA_INDIRECT_JUMP, 0, 0},     /* bxj r3 */
    {0xe12fff33, ISA_INDIRECT_CALL, 0, 0},     /* blx r3 */
    {0x112fff33, ISA_INDIRECT_CALL, S, 0},     /* blxne r3 */
    {0xe1a0f00e, ISA_RETURN, 0, 0},            /* mov pc, lr */
    {0x31a0f00e, ISA_RETURN, S, 0},            /* movcc pc, lr */
    {0xe1a0f003, ISA_INDIRECT_JUMP, 0, 0},     /* mov pc, r3 */
    {0xe08ff003, ISA_INDIRECT_JUMP, 0, 0},     /* add pc, pc, r3 */
    {0xe24ef004, ISA_INDIRECT_JUMP, 0, 0},     /* sub pc, lr, #4 */
    {0xe25ef004, ISA_SYSTEM, 0, 0},            /* subs pc, lr, #4 */
    {0xe1b0f00e, ISA_SYSTEM, 0, 0},            /* movs pc, lr */
    {0x01b0f00e, ISA_SYSTEM, S, 0},            /* movseq pc, lr */
    {0xe8bd8010, ISA_RETURN, 0, 0},            /* pop {r4, pc} */
    {0x08bd8010, ISA_RETURN, S, 0},            /* popeq {r4, pc} */
    {0xe49df004, ISA_RETURN, 0, 0},            /* pop {pc} */
    {0xe89da800, ISA_RETURN, 0, 0},            /* ldm sp, {fp, sp, pc} */
    {0xe8908003, ISA_INDIRECT_JUMP, 0, 0},     /* ldm r0, {r0, r1, pc} */
    {0xe8fd8001, ISA_SYSTEM, 0, 0},            /* ldm sp!, {r0, pc}^ */
    {0xe8d00003, ISA_PLAIN, 0, 0},             /* ldm r0, {r0, r1}^ */
    {0xe59ff000, ISA_INDIRECT_JUMP, 0, 0},     /* ldr pc, [pc] */
    {0x979ff103, ISA_INDIRECT_JUMP, S, 0},     /* ldrls pc, [pc, r3, lsl #2] */
    {0xef000000, ISA_SYSCALL, 0, 0},           /* svc */
    {0x0f000000, ISA_SYSCALL, S, 0},           /* svceq */
    {0xe1400070, ISA_SYSCALL, 0, 0},           /* hvc */
    {0xe1600070, ISA_SYSCALL, 0, 0},           /* smc */
    {0x11600070, ISA_SYSCALL, S, 0},           /* smcne */
    {0xe1200070, ISA_TRAP, 0, 0},              /* bkpt */
    {0xe1000070, ISA_TRAP, 0, 0},              /* hlt */
    {0xe7f000f0, ISA_TRAP, 0, 0},              /* udf */
    {0xe7ffffff, ISA_TRAP, 0, 0},              /* udf #0xffff */
    {0xe160006e, ISA_SYSTEM, 0, 0},            /* eret */
    {0xf8bd0a00, ISA_SYSTEM, 0, 0},            /* rfeia sp! */
    {0xe320f001, ISA_SYSTEM, 0, 0},            /* yield */
    {0xe320f002, ISA_SYSTEM, 0, 0},            /* wfe */
    {0xe320f003, ISA_SYSTEM, 0, 0},            /* wfi */
    {0x0320f003, ISA_SYSTEM, S, 0},            /* wfieq */
    {0xee070f90, ISA_SYSTEM, 0, 0},            /* mcr p15, 0, r0, c7, c0, 4 */
    {0xee070f58, ISA_SYSTEM, 0, 0},            /* mcr p15, 0, r0, c7, c8, 2 */
    {0xe320f000, ISA_PLAIN, 0, 0},             /* nop */
    {0xe0810002, ISA_PLAIN, N, 0},             /* add r0, r1, r2 */
    {0x00810002, ISA_PLAIN, N, 0},             /* addeq r0, r1, r2 */
    {0xe0810312, ISA_PLAIN, N, 0},             /* add r0, r1, r2, lsl r3 */
    {0xe24dd008, ISA_PLAIN, N, 0},             /* sub sp, sp, #8 */
    {0xe3500000, ISA_PLAIN, N, 0},             /* cmp r0, #0 */
    {0xe3001234, ISA_PLAIN, N, 0},             /* movw r1, #0x234 */
    {0xe0010392, ISA_PLAIN, N, 0},             /* mul r1, r2, r3 */
    {0xe0812493, ISA_PLAIN, N, 0},             /* umull r2, r1, r3, r4 */
    {0xe6ef1071, ISA_PLAIN, N, 0},             /* uxtb r1, r1 */
    {0xe7e71051, ISA_PLAIN, N, 0},             /* ubfx r1, r1, #0, #8 */
    {0xe16f1f11, ISA_PLAIN, N, 0},             /* clz r1, r1 */
    {0xe731f211, ISA_PLAIN, 0, 0},             /* udiv r1, r1, r2 */
    {0xe5910000, ISA_PLAIN, 0, 0},             /* ldr r0, [r1] */
    {0xe8bd4010, ISA_PLAIN, 0, 0},             /* pop {r4, lr} */
    {0xe92d4010, ISA_PLAIN, 0, 0},             /* push {r4, lr} */
    {0xe1910f9f, ISA_PLAIN, 0, 0},             /* ldrex r0, [r1] */
    {0xe181fc90, ISA_PLAIN, 0, 0},             /* stl r0, [r1] */
    {0xee1d0f70, ISA_PLAIN, 0, 0},             /* mrc p15, 0, r0, c13, c0, 3 */
    {0xee17ff7a, ISA_PLAIN, 0, 0},             /* mrc p15, 0, r15, c7, c10, 3 */
    {0xeef1fa10, ISA_PLAIN, 0, 0},             /* vmrs APSR_nzcv, fpscr */
    {0xe121f000, ISA_PLAIN, 0, 0},             /* msr CPSR_c, r0 */
    {0xf1080080, ISA_PLAIN, 0, 0},             /* cpsie i */
    {0xf57ff05f, ISA_PLAIN, 0, 0},             /* dmb sy */
    {0xf5d0f000, ISA_PLAIN, 0, 0},             /* pld [r0] */
    {0xf2000840, ISA_PLAIN, 0, 0},             /* vadd.i8 q0, q0, q0 */
    {0xf4200a8f, ISA_PLAIN, 0, 0},             /* vld1.32 {d0, d1}, [r0] */
    {0xe151f002, ISA_UNKNOWN, 0, 0},           /* cmpp r1, r2 */
    {0xe08ff312, ISA_UNKNOWN, 0, 0},           /* add pc, pc, r2, lsl r3 */
    {0xe300f234, ISA_UNKNOWN, 0, 0},           /* movw pc */
    {0xe5d1f000, ISA_UNKNOWN, 0, 0},           /* ldrb pc, [r1] */
    {0xe1d1f0b0, ISA_UNKNOWN, 0, 0},           /* ldrh pc, [r1] */
    {0xe49f0004, ISA_UNKNOWN, 0, 0},           /* ldr r0, [pc], #4 */
    {0xe8bf0003, ISA_UNKNOWN, 0, 0},           /* ldm pc!, {r0, r1} */
    {0xe12fff3f, ISA_UNKNOWN, 0, 0},           /* blx pc */
    {0x01200070, ISA_UNKNOWN, 0, 0},           /* bkpteq */
    {0xff000000, ISA_UNKNOWN, 0, 0},
};

static const struct test_case thumb_cases[] = {
    {0xe000, ISA_JUMP, T | S | N, 0x1004},         /* b */
    {0xe7fe, ISA_JUMP, T | S | N, 0x1000},         /* b . */
    {0xd0fe, ISA_COND, T | S | N, 0x1000},         /* beq . */
    {0xdd7f, ISA_COND, T | S | N, 0x1102},         /* ble, furthest */
    {0xb101, ISA_COND, T | S | N, 0x1004},         /* cbz r1 */
    {0xbbf9, ISA_COND, T | S | N, 0x1082},         /* cbnz r1, furthest */
    {0xf000b800, ISA_JUMP, T | S | N, 0x1004},     /* b.w */
    {0xf7ffbffe, ISA_JUMP, T | S | N, 0x1000},     /* b.w . */
    {0xf3ff97ff, ISA_JUMP, T | S | N, 0x1001002},  /* b.w, furthest */
    {0xf0008001, ISA_COND, T | S | N, 0x1006},     /* beq.w */
    {0xf43faffe, ISA_COND, T | S | N, 0x1000},     /* beq.w . */
    {0xf5008000, ISA_COND, T | S | N, 0xfff01004}, /* bpl.w, furthest back */
    {0xf7fffffe, ISA_CALL, T | S | N, 0x1000},     /* bl . */
    {0xf000f801, ISA_CALL, T | S | N, 0x1006},     /* bl */
    {0xf000e802, ISA_CALL, T | S, 0x1008},         /* blx */
    {0x4770, ISA_RETURN, S, 0},                    /* bx lr */
    {0x4718, ISA_INDIRECT_JUMP, S, 0},             /* bx r3 */
    {0x4778, ISA_INDIRECT_JUMP, S, 0},             /* bx pc */
    {0x4798, ISA_INDIRECT_CALL, S, 0},             /* blx r3 */
    {0x46f7, ISA_RETURN, S, 0},                    /* mov pc, lr */
    {0x469f, ISA_INDIRECT_JUMP, S, 0},             /* mov pc, r3 */
    {0x449f, ISA_INDIRECT_JUMP, S, 0},             /* add pc, r3 */
    {0x44f7, ISA_INDIRECT_JUMP, S, 0},             /* add pc, lr */
    {0xbd10, ISA_RETURN, S, 0},                    /* pop {r4, pc} */
    {0xe8bd8010, ISA_RETURN, S, 0},                /* pop.w {r4, pc} */
    {0xf85dfb04, ISA_RETURN, S, 0},                /* ldr pc, [sp], #4 */
    {0xf85df00c, ISA_INDIRECT_JUMP, S, 0},         /* ldr pc, [sp, ip] */
    {0xf8dff004, ISA_INDIRECT_JUMP, S, 0},         /* ldr pc, [pc, #4] */
    {0xf853f020, ISA_INDIRECT_JUMP, S, 0},         /* ldr pc, [r3, r0, lsl #2] */
    {0xe8908003, ISA_INDIRECT_JUMP, S, 0},         /* ldm r0, {r0, r1, pc} */
    {0xe8dff003, ISA_INDIRECT_JUMP, S, 0},         /* tbb [pc, r3] */
    {0xe8dff013, ISA_INDIRECT_JUMP, S, 0},         /* tbh [pc, r3, lsl #1] */
    {0xf3c38f00, ISA_INDIRECT_JUMP, S, 0},         /* bxj r3 */
    {0xdf00, ISA_SYSCALL, S, 0},                   /* svc */
    {0xf7e08000, ISA_SYSCALL, S, 0},               /* hvc */
    {0xf7f08000, ISA_SYSCALL, S, 0},               /* smc */
    {0xbe00, ISA_TRAP, 0, 0},                      /* bkpt */
    {0xba80, ISA_TRAP, S, 0},                      /* hlt */
    {0xde00, ISA_TRAP, S, 0},                      /* udf */
    {0xf7f0a000, ISA_TRAP, S, 0},                  /* udf.w */
    {0xf78f8001, ISA_TRAP, S, 0},                  /* dcps1 */
    {0xf3de8f00, ISA_SYSTEM, S, 0},                /* eret */
    {0xf3de8f04, ISA_SYSTEM, S, 0},                /* subs pc, lr, #4 */
    {0xe9bdc000, ISA_SYSTEM, S, 0},                /* rfeia sp! */
    {0xbf10, ISA_SYSTEM, S, 0},                    /* yield */
    {0xbf20, ISA_SYSTEM, S, 0},                    /* wfe */
    {0xbf30, ISA_SYSTEM, S, 0},                    /* wfi */
    {0xf3af8003, ISA_SYSTEM, S, 0},                /* wfi.w */
    {0xee070f90, ISA_SYSTEM, S, 0},                /* mcr p15, 0, r0, c7, c0, 4 */
    {0xbf08, ISA_PLAIN, I | N, 0},                 /* it eq */
    {0xbf01, ISA_PLAIN, I | N, 0},                 /* itttt eq */
    {0xbf00, ISA_PLAIN, N, 0},                     /* nop */
    {0xf3af8000, ISA_PLAIN, N, 0},                 /* nop.w */
    {0xbf40, ISA_PLAIN, 0, 0},                     /* sev */
    {0x1840, ISA_PLAIN, N, 0},                     /* adds r0, r0, r1 */
    {0x4008, ISA_PLAIN, N, 0},                     /* ands r0, r1 */
    {0x4608, ISA_PLAIN, N, 0},                     /* mov r0, r1 */
    {0x4685, ISA_PLAIN, 0, 0},                     /* mov sp, r0 */
    {0x4588, ISA_PLAIN, N, 0},                     /* cmp r8, r1 */
    {0xb2c0, ISA_PLAIN, N, 0},                     /* uxtb r0, r0 */
    {0xb082, ISA_PLAIN, 0, 0},                     /* sub sp, #8 */
    {0xa801, ISA_PLAIN, N, 0},                     /* add r0, sp, #4 */
    {0xb510, ISA_PLAIN, 0, 0},                     /* push {r4, lr} */
    {0xbc10, ISA_PLAIN, 0, 0},                     /* pop {r4} */
    {0x6800, ISA_PLAIN, 0, 0},                     /* ldr r0, [r0] */
    {0x4801, ISA_PLAIN, 0, 0},                     /* ldr r0, [pc, #4] */
    {0xb672, ISA_PLAIN, 0, 0},                     /* cpsid i */
    {0xeb010002, ISA_PLAIN, N, 0},                 /* add.w r0, r1, r2 */
    {0xea810002, ISA_PLAIN, N, 0},                 /* eor.w r0, r1, r2 */
    {0xf1010001, ISA_PLAIN, N, 0},                 /* add.w r0, r1, #1 */
    {0xf1ad0d08, ISA_PLAIN, 0, 0},                 /* sub.w sp, sp, #8 */
    {0xf1b10f00, ISA_PLAIN, N, 0},                 /* cmp.w r1, #0 */
    {0xf2412034, ISA_PLAIN, N, 0},                 /* movw r0, #0x1234 */
    {0xf3c00007, ISA_PLAIN, N, 0},                 /* ubfx r0, r0, #0, #8 */
    {0xfa00f001, ISA_PLAIN, N, 0},                 /* lsl.w r0, r0, r1 */
    {0xfb00f001, ISA_PLAIN, N, 0},                 /* mul r0, r0, r1 */
    {0xfba00102, ISA_PLAIN, N, 0},                 /* umull r0, r1, r0, r2 */
    {0xfbb0f0f1, ISA_PLAIN, 0, 0},                 /* udiv r0, r0, r1 */
    {0xfab0f080, ISA_PLAIN, N, 0},                 /* clz r0, r0 */
    {0xf8d00004, ISA_PLAIN, 0, 0},                 /* ldr.w r0, [r0, #4] */
    {0xf890f000, ISA_PLAIN, 0, 0},                 /* pld [r0] */
    {0xe9d00100, ISA_PLAIN, 0, 0},                 /* ldrd r0, r1, [r0] */
    {0xe8500f00, ISA_PLAIN, 0, 0},                 /* ldrex r0, [r0] */
    {0xe8c10faf, ISA_PLAIN, 0, 0},                 /* stl r0, [r1] */
    {0xe97fe97f, ISA_PLAIN, 0, 0},                 /* sg */
    {0xf3bf8f5f, ISA_PLAIN, 0, 0},                 /* dmb sy */
    {0xf3808800, ISA_PLAIN, 0, 0},                 /* msr */
    {0xf3ef8000, ISA_PLAIN, 0, 0},                 /* mrs r0 */
    {0xef000840, ISA_PLAIN, 0, 0},                 /* vadd.i8 q0, q0, q0 */
    {0xee300a00, ISA_PLAIN, 0, 0},                 /* vadd.f32 */
    {0xeef1fa10, ISA_PLAIN, 0, 0},                 /* vmrs APSR_nzcv, fpscr */
    {0xea50012f, ISA_PLAIN, 0, 0},                 /* lsrl or similar, of MVE */
    {0xf00fc003, ISA_COND, T | S, 0x1000},         /* le lr, . */
    {0xf042c005, ISA_COND, T | S, 0x100c},         /* wls lr, r2 */
    {0xf042e001, ISA_PLAIN, 0, 0},                 /* dls lr, r2 */
    {0xf080c001, ISA_UNKNOWN, 0, 0},               /* bfl */
    {0x4774, ISA_UNKNOWN, 0, 0},                   /* bxns lr */
    {0x4771, ISA_UNKNOWN, 0, 0},                   /* bx lr with a bit that should be 0 */
    {0x47f8, ISA_UNKNOWN, 0, 0},                   /* blx pc */
    {0xb800, ISA_UNKNOWN, 0, 0},
    {0xf810fb01, ISA_UNKNOWN, 0, 0}, /* ldrb pc, [r0], #1 */
    {0xea4f0f01, ISA_UNKNOWN, 0, 0}, /* mov.w pc, r1 */
    {0xf2400f00, ISA_UNKNOWN, 0, 0}, /* movw pc */
    {0xe89f0003, ISA_UNKNOWN, 0, 0}, /* clrm */
};

static void check(const struct test_case *c, const struct isa_insn *out, unsigned size)
{
    if (out->class != c->class || (out->flags & ~(unsigned)ISA_ATOMIC) != c->flags ||
        out->size != size || out->target != c->target) {
        fail_msg("%08x: %s, flags %#x, size %u, target %#llx", c->code, isa_class_name(out->class),
                 out->flags, out->size, (unsigned long long)out->target);
    }
}

static void test_a32(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(a32_cases) / sizeof(a32_cases[0]); i++) {
        struct isa_insn out = a32(0x1000, a32_cases[i].code);

        check(&a32_cases[i], &out, 4);
    }
}

static void test_thumb(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(thumb_cases) / sizeof(thumb_cases[0]); i++) {
        struct isa_insn out = thumb(0x1000, thumb_cases[i].code);

        check(&thumb_cases[i], &out, thumb_cases[i].code < 0x10000 ? 2 : 4);
    }
}

static void test_registers(void **state)
{
    (void)state;
    for (uint32_t reg = 0; reg < 15; reg++) {
        enum isa_class jump = reg == 14 ? ISA_RETURN : ISA_INDIRECT_JUMP;

        assert_int_equal(a32(0, 0xe12fff10 | reg).class, jump);
        assert_int_equal(a32(0, 0xe1a0f000 | reg).class, jump);
        assert_int_equal(a32(0, 0xe12fff30 | reg).class, ISA_INDIRECT_CALL);
        assert_int_equal(thumb(0, 0x4700 | reg << 3).class, jump);
        assert_int_equal(thumb(0, 0x4687 | reg << 3).class, jump);
        assert_int_equal(thumb(0, 0x4780 | reg << 3).class, ISA_INDIRECT_CALL);
    }
}

static void test_targets(void **state)
{
    (void)state;
    /* blx is relative to the aligned pc, bl is not. */
    assert_int_equal(thumb(0x1002, 0xf000e802).target, 0x1008);
    assert_int_equal(thumb(0x1002, 0xf000f802).target, 0x100a);
    /* Addresses have 32 bits. */
    assert_int_equal(a32(0xfffffff8, 0xea000002).target, 8);
    assert_int_equal(a32(0, 0xeafffffd).target, 0xfffffffc);
    assert_int_equal(thumb(0, 0xe7f0).target, 0xffffffe4);
}

static void test_short(void **state)
{
    static const uint8_t bytes[4] = {0x00, 0xf0, 0x00, 0xf8};

    (void)state;
    for (size_t n = 0; n < 4; n++) {
        for (int mode = ISA_MODE_DEFAULT; mode <= ISA_MODE_THUMB; mode++) {
            struct isa_insn out = decode(0, bytes, n, (enum isa_mode)mode);

            assert_int_equal(out.class, ISA_UNKNOWN);
            assert_int_equal(out.size, 0);
            assert_int_equal(out.flags, 0);
        }
    }
}

/* What holds of any bytes at all. */
static bool sound(const struct isa_insn *out, bool is_thumb)
{
    bool direct = out->class >= ISA_COND && out->class <= ISA_CALL;

    return (unsigned)out->class < ISA_N_CLASSES && ((out->flags & T) != 0) == direct &&
           (out->class != ISA_COND || (out->flags & S)) &&
           (out->class != ISA_UNKNOWN || out->flags == 0) &&
           (out->class != ISA_PLAIN || !(out->flags & S)) &&
           (!(out->flags & I) || (is_thumb && out->class == ISA_PLAIN)) &&
           (!direct || out->target % 2 == 0) && out->target <= UINT32_MAX;
}

static void test_all_halfwords(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 0x10000; half++) {
        uint8_t bytes[2] = {(uint8_t)half, (uint8_t)(half >> 8)};
        struct isa_insn out = decode(0x400000, bytes, 2, ISA_MODE_THUMB);

        if (out.size != (half < 0xe800 ? 2 : 0) || !sound(&out, true) ||
            (half >= 0xe800 && out.class != ISA_UNKNOWN) ||
            ((out.flags & I) != 0) != ((half & 0xff00) == 0xbf00 && (half & 15) != 0)) {
            fail_msg("%04x", half);
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
        struct isa_insn out;

        word = next(word);
        out = a32(0x400000, word);
        if (out.size != 4 || !sound(&out, false)) {
            fail_msg("A32 %08x", word);
        }
        out = thumb(0x400000, word | 0xe8000000);
        if (out.size != 4 || !sound(&out, true)) {
            fail_msg("T32 %08x", word | 0xe8000000);
        }
    }
}

static void test_atomic(void **unused)
{
    static const struct isa_access accesses[] = {
        {{0x9f, 0x1f, 0x90, 0xe1}, 4, ISA_MODE_DEFAULT, true},
        {{0x92, 0x1f, 0x80, 0xe1}, 4, ISA_MODE_DEFAULT, true},
        {{0x00, 0x10, 0x90, 0xe5}, 4, ISA_MODE_DEFAULT, false},
        {{0x50, 0xe8, 0x00, 0x1f}, 4, ISA_MODE_THUMB, true},
        {{0x40, 0xe8, 0x00, 0x12}, 4, ISA_MODE_THUMB, true},
        {{0xd0, 0xe9, 0x00, 0x12}, 4, ISA_MODE_THUMB, false},
    };

    (void)unused;
    check_atomic(&isa_arm, accesses, sizeof(accesses) / sizeof(accesses[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atomic),        cmocka_unit_test(test_a32),
        cmocka_unit_test(test_thumb),         cmocka_unit_test(test_registers),
        cmocka_unit_test(test_targets),       cmocka_unit_test(test_short),
        cmocka_unit_test(test_all_halfwords), cmocka_unit_test(test_any_word),
    };

    return cmocka_run_group_tests_name("isa arm", tests, set_up, NULL);
}
