/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the decoders of isa/ over pseudo-random bytes: a real program of several files. */
#include <stdio.h>
#include <string.h>

#include "isa/isa.h"

static uint64_t state = 0x9e3779b97f4a7c15;

static uint8_t next_byte(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint8_t)(state >> 32);
}

static void decode_some(const struct isa *isa, enum isa_mode mode, int rounds)
{
    unsigned classes[ISA_N_CLASSES] = {0};
    uint64_t sum = 0;

    for (int i = 0; i < rounds; i++) {
        uint8_t bytes[16];
        struct isa_insn insn;
        for (size_t k = 0; k < sizeof(bytes); k++) {
            bytes[k] = next_byte();
        }
        isa->decode(0x10000, bytes, sizeof(bytes), mode, &insn);
        classes[insn.class]++;
        sum += insn.size + insn.flags + (insn.flags & ISA_HAS_TARGET ? insn.target : 0);
    }
    printf("%s:", isa->name);
    for (int i = 0; i < ISA_N_CLASSES; i++) {
        printf(" %s %u", isa_class_name((enum isa_class)i), classes[i]);
    }
    printf(" sum %llx\n", (unsigned long long)sum);
}

int main(void)
{
    static const char *const names[] = {"x86_64", "aarch64", "arm", "riscv64", "vax"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct isa *isa = isa_find(names[i]);
        if (!isa) {
            printf("%s: none\n", names[i]);
            continue;
        }
        decode_some(isa, ISA_MODE_DEFAULT, 2000);
        if (strcmp(names[i], "arm") == 0) {
            decode_some(isa, ISA_MODE_THUMB, 2000);
        }
    }
    return 0;
}
