/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/disasm.h"

#include <capstone/capstone.h>
#include <glib.h>
#include <string.h>

struct cflow_disasm {
    csh handles[2]; /* by enum isa_mode; 0 if there is none */
};

static const struct {
    const char *isa;
    cs_arch arch;
    int modes[2];
} targets[] = {
    {"x86_64", CS_ARCH_X86, {CS_MODE_64, -1}},
    {"i386", CS_ARCH_X86, {CS_MODE_32, -1}},
    {"aarch64", CS_ARCH_ARM64, {CS_MODE_ARM, -1}},
    {"arm", CS_ARCH_ARM, {CS_MODE_ARM | CS_MODE_V8, CS_MODE_THUMB | CS_MODE_V8}},
};

struct cflow_disasm *cflow_disasm_create(const char *isa)
{
    struct cflow_disasm *disasm = g_new0(struct cflow_disasm, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        for (int m = 0; strcmp(targets[i].isa, isa) == 0 && m < 2; m++) {
            if (targets[i].modes[m] >= 0 && cs_open(targets[i].arch, (cs_mode)targets[i].modes[m],
                                                    &disasm->handles[m]) != CS_ERR_OK) {
                disasm->handles[m] = 0;
            }
        }
    }
    return disasm;
}

void cflow_disasm_destroy(struct cflow_disasm *disasm)
{
    if (!disasm) {
        return;
    }
    for (int m = 0; m < 2; m++) {
        if (disasm->handles[m]) {
            cs_close(&disasm->handles[m]);
        }
    }
    g_free(disasm);
}

char *cflow_disasm_text(struct cflow_disasm *disasm, uint64_t pc, const uint8_t *bytes, size_t n,
                        enum isa_mode mode)
{
    csh handle = (unsigned)mode < 2 ? disasm->handles[mode] : 0;
    cs_insn *insn;

    if (!handle || cs_disasm(handle, bytes, n, pc, 1, &insn) != 1) {
        return NULL;
    }
    char *text = g_strconcat(insn->mnemonic, insn->op_str[0] ? " " : "", insn->op_str, NULL);
    cs_free(insn, 1);
    return text;
}
