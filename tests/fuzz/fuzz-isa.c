/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instruction decoders: any bytes, every instruction set and mode. */
#include <string.h>

#include "isa/isa.h"
#include "lib/jumps/effect.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = {"x86_64", "i386", "aarch64", "arm", "riscv64", "riscv32"};

static void check(const struct isa *isa, uint64_t pc, const uint8_t *bytes, size_t n,
                  enum isa_mode mode)
{
    struct isa_insn insn, again, exact;

    memset(&insn, 0xaa, sizeof(insn));
    memset(&again, 0x55, sizeof(again));
    isa->decode(pc, bytes, n, mode, &insn);
    isa->decode(pc, bytes, n, mode, &again);
    FUZZ_CHECK(insn.class == again.class && insn.flags == again.flags && insn.size == again.size);
    FUZZ_CHECK((unsigned)insn.class < ISA_N_CLASSES);
    FUZZ_CHECK(insn.size <= n && insn.size <= isa->max_size);
    FUZZ_CHECK(insn.size > 0 || insn.class == ISA_UNKNOWN);
    FUZZ_CHECK(!(insn.flags & ~(unsigned)(ISA_HAS_TARGET | ISA_MAY_SKIP | ISA_NO_FAULT |
                                          ISA_OPENS_IT | ISA_ATOMIC)));
    if (insn.flags & ISA_HAS_TARGET) {
        FUZZ_CHECK(insn.class == ISA_COND || insn.class == ISA_JUMP || insn.class == ISA_CALL);
        FUZZ_CHECK(insn.target == again.target);
        FUZZ_CHECK(isa->address_bits == 64 || insn.target <= UINT32_MAX);
    }
    FUZZ_CHECK(insn.class != ISA_COND || (insn.flags & ISA_MAY_SKIP));
    FUZZ_CHECK(!(insn.flags & ISA_NO_FAULT) || !(insn.flags & ISA_ATOMIC));
    FUZZ_CHECK(isa_class_name(insn.class));
    /* What follows an instruction does not change it. */
    if (insn.size && insn.size < n) {
        isa->decode(pc, bytes, insn.size, mode, &again);
        FUZZ_CHECK(insn.class == again.class && insn.size == again.size &&
                   insn.flags == again.flags);
    }
    isa_decode_exact(isa, pc, bytes, n, mode, &exact);
    FUZZ_CHECK(exact.size == n || exact.class == ISA_UNKNOWN);
}

/* What lib/jumps makes of an instruction: registers that exist, shifts that are none too far. */
static void check_operand(const struct effect_operand *operand)
{
    FUZZ_CHECK(operand->kind <= EFFECT_MEMORY && operand->bits <= 64 && operand->shift < 64);
    FUZZ_CHECK(operand->kind != EFFECT_REG || (operand->reg < 32 && operand->bits > 0));
    FUZZ_CHECK(operand->kind != EFFECT_MEMORY ||
               ((operand->reg < 32 || operand->reg == EFFECT_NO_REG) &&
                (operand->index < 32 || operand->index == EFFECT_NO_REG) && operand->scale < 32));
}

static void check_effect(const struct isa *isa, uint64_t pc, const uint8_t *bytes, size_t n,
                         enum isa_mode mode)
{
    const struct effect_isa *effects = effect_isa_find(isa->name);
    struct effect effect = {.dst = EFFECT_NO_REG};

    if (effects) {
        effects->decode(pc, bytes, n, mode, &effect);
        FUZZ_CHECK(effect.op <= EFFECT_JUMP && effect.cond <= EFFECT_OTHERWISE);
        FUZZ_CHECK(effect.dst < 32 || effect.dst == EFFECT_NO_REG);
        check_operand(&effect.a);
        check_operand(&effect.b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t pc;

    if (size < sizeof(pc)) {
        return 0;
    }
    memcpy(&pc, data, sizeof(pc));
    size_t n = MIN(size - sizeof(pc), 16);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct isa *isa = isa_find(names[i]);
        for (size_t length = 0; length <= n; length++) {
            /* At the end of a block of its own: a sanitizer sees a read past it. */
            g_autofree uint8_t *bytes = g_memdup2(data + sizeof(pc), length);
            for (int mode = ISA_MODE_DEFAULT; mode <= ISA_MODE_THUMB; mode++) {
                check(isa, isa->address_bits == 32 ? (uint32_t)pc : pc, bytes, length,
                      (enum isa_mode)mode);
                check_effect(isa, pc, bytes, length, (enum isa_mode)mode);
            }
        }
    }
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    static const uint8_t insns[][24] = {
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0xf3, 0x48, 0x0f, 0x85, 1, 2, 3, 4, 5, 6, 7, 8},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0xc4, 0xe2, 0x79, 0x18, 0x05, 1, 2, 3, 4},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0x66, 0x67, 0xf2, 0x3e, 0xff, 0x14, 0x25, 9, 9, 9, 9},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0x00, 0x00, 0x00, 0x54, 0xc0, 0x03, 0x5f, 0xd6},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0x00, 0xf0, 0x01, 0xf8, 0x08, 0xbf, 0x70, 0x47},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0x1e, 0xff, 0x2f, 0xe1, 0xfe, 0xff, 0xff, 0xea},
        {0, 0x10, 0, 0, 0, 0, 0, 0, 0x63, 0x88, 0xe7, 0x00, 0x82, 0x80, 0x67, 0x80},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(insns); i++) {
        g_ptr_array_add(seeds, g_bytes_new(insns[i], sizeof(insns[i])));
    }
    for (int i = 0; i < argc; i++) {
        fuzz_add_file(seeds, argv[i]);
    }
}
