/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isa.h"

#include <string.h>

#include "isa-internal.h"

/* A new instruction set is one file beside this one and one row here. */
static const struct isa *const isa_table[] = {
    &isa_x86_64, &isa_i386, &isa_aarch64, &isa_arm, &isa_riscv64, &isa_riscv32,
};

const struct isa *isa_find(const char *qemu_target)
{
    for (size_t i = 0; i < sizeof(isa_table) / sizeof(isa_table[0]); i++) {
        if (strcmp(isa_table[i]->name, qemu_target) == 0) {
            return isa_table[i];
        }
    }
    return NULL;
}

void isa_decode_exact(const struct isa *isa, uint64_t pc, const uint8_t *bytes, size_t n,
                      enum isa_mode mode, struct isa_insn *out)
{
    if (isa) {
        isa->decode(pc, bytes, n, mode, out);
        if (out->size == n) {
            return;
        }
    }
    *out = (struct isa_insn){.class = ISA_UNKNOWN, .size = (unsigned)n};
}

const char *isa_class_name(enum isa_class class)
{
    static const char *const names[ISA_N_CLASSES] = {
        [ISA_UNKNOWN] = "unknown",
        [ISA_PLAIN] = "plain",
        [ISA_COND] = "conditional",
        [ISA_JUMP] = "jump",
        [ISA_CALL] = "call",
        [ISA_RETURN] = "return",
        [ISA_INDIRECT_JUMP] = "indirect-jump",
        [ISA_INDIRECT_CALL] = "indirect-call",
        [ISA_SYSCALL] = "syscall",
        [ISA_TRAP] = "trap",
        [ISA_REPEAT] = "repeat",
        [ISA_SYSTEM] = "system",
    };
    return (unsigned)class < ISA_N_CLASSES ? names[class] : "unknown";
}
