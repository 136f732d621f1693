/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jumps/effect.h"

#include <string.h>

#define REGS(first, last) ((UINT64_C(2) << (last)) - (UINT64_C(1) << (first)))

/* An instruction set is a file beside this one and a row here. */
static const struct effect_isa rows[] = {
    /* rax, rcx, rdx, rsi, rdi, r8 to r11 */
    {"x86_64", REGS(0, 2) | REGS(6, 11), effect_decode_x86_64},
    {"i386", REGS(0, 2), effect_decode_i386, effect_is_pc_thunk_i386, effect_is_pop_i386},
    {"aarch64", REGS(0, 18) | REGS(30, 30), effect_decode_aarch64},
    {"arm", REGS(0, 3) | REGS(12, 12) | REGS(14, 14), effect_decode_arm},
    /* ra, t0 to t2, a0 to a7, t3 to t6 */
    {"riscv64", REGS(1, 1) | REGS(5, 7) | REGS(10, 17) | REGS(28, 31), effect_decode_riscv64},
};

const struct effect_isa *effect_isa_find(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
