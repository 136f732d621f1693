/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objdump's mnemonics say of A64 instructions. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *mnemonic;
    enum isa_class class;
} transfers[] = {
    {"b", ISA_JUMP},
    {"bl", ISA_CALL},
    {"cbz", ISA_COND},
    {"cbnz", ISA_COND},
    {"tbz", ISA_COND},
    {"tbnz", ISA_COND},
    {"br", ISA_INDIRECT_JUMP},
    {"braa", ISA_INDIRECT_JUMP},
    {"brab", ISA_INDIRECT_JUMP},
    {"braaz", ISA_INDIRECT_JUMP},
    {"brabz", ISA_INDIRECT_JUMP},
    {"blr", ISA_INDIRECT_CALL},
    {"blraa", ISA_INDIRECT_CALL},
    {"blrab", ISA_INDIRECT_CALL},
    {"blraaz", ISA_INDIRECT_CALL},
    {"blrabz", ISA_INDIRECT_CALL},
    {"ret", ISA_RETURN},
    {"retaa", ISA_RETURN},
    {"retab", ISA_RETURN},
    {"svc", ISA_SYSCALL},
    {"hvc", ISA_SYSCALL},
    {"smc", ISA_SYSCALL},
    {"brk", ISA_TRAP},
    {"hlt", ISA_TRAP},
    {"udf", ISA_TRAP},
    {"dcps1", ISA_TRAP},
    {"dcps2", ISA_TRAP},
    {"dcps3", ISA_TRAP},
    {"eret", ISA_SYSTEM},
    {"eretaa", ISA_SYSTEM},
    {"eretab", ISA_SYSTEM},
    {"drps", ISA_SYSTEM},
    {"wfi", ISA_SYSTEM},
    {"wfe", ISA_SYSTEM},
    {"wfit", ISA_SYSTEM},
    {"wfet", ISA_SYSTEM},
    {"yield", ISA_SYSTEM},
    /* Transactional memory: a cancelled transaction goes back to its start. */
    {"tstart", ISA_UNKNOWN},
    {"tcommit", ISA_UNKNOWN},
    {"tcancel", ISA_UNKNOWN},
    {"ttest", ISA_UNKNOWN},
};

/* What may claim ISA_NO_FAULT when it works on general registers. */
static const char *const harmless[] = {
    "adr",   "adrp",  "add",    "adds",   "sub",    "subs",   "cmp",    "cmn",    "neg",   "negs",
    "mov",   "movz",  "movn",   "movk",   "and",    "ands",   "tst",    "orr",    "orn",   "eor",
    "eon",   "bic",   "bics",   "mvn",    "lsl",    "lsr",    "asr",    "ror",    "sbfm",  "ubfm",
    "bfm",   "sbfx",  "ubfx",   "sbfiz",  "ubfiz",  "bfi",    "bfc",    "bfxil",  "extr",  "uxtb",
    "uxth",  "sxtb",  "sxth",   "sxtw",   "madd",   "msub",   "mul",    "mneg",   "smull", "umull",
    "smulh", "umulh", "smaddl", "umaddl", "smsubl", "umsubl", "smnegl", "umnegl", "adc",   "adcs",
    "sbc",   "sbcs",  "ngc",    "ngcs",   "ccmp",   "ccmn",   "csel",   "csinc",  "csinv", "csneg",
    "cset",  "csetm", "cinc",   "cinv",   "cneg",   "udiv",   "sdiv",   "rbit",   "rev",   "rev16",
    "rev32", "clz",   "cls",
};

static bool is_harmless(const char *mnemonic, const char *operands)
{
    /* The same names exist for vectors, which can be switched off. */
    bool general = operands[0] == 'x' || operands[0] == 'w' || strncmp(operands, "sp", 2) == 0;

    if (strcmp(mnemonic, "nop") == 0) {
        return true;
    }
    for (size_t i = 0; general && i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (strcmp(mnemonic, harmless[i]) == 0) {
            return strchr(operands, '[') == NULL;
        }
    }
    return false;
}

bool oracle_aarch64(const struct oracle_line *line, struct oracle_verdict *out)
{
    const char *m = line->mnemonic;
    bool conditional = strncmp(m, "b.", 2) == 0 || strncmp(m, "bc.", 3) == 0;
    bool found = conditional;

    if (*m == '.') { /* .inst, .word */
        out->ignore = true;
        return true;
    }
    out->class = ISA_PLAIN;
    if (conditional) {
        const char *condition = strchr(m, '.') + 1;
        bool always = strcmp(condition, "al") == 0 || strcmp(condition, "nv") == 0;

        out->class = always ? ISA_JUMP : ISA_COND;
        out->may_fault = m[1] == 'c';
    }
    for (size_t i = 0; !found && i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        if (strcmp(m, transfers[i].mnemonic) == 0) {
            out->class = transfers[i].class;
            found = true;
        }
    }
    if (!found) {
        out->may_fault = !is_harmless(m, line->operands);
        return true;
    }
    if (out->class == ISA_COND || out->class == ISA_JUMP || out->class == ISA_CALL) {
        const char *comma = strrchr(line->operands, ',');
        const char *start = comma != NULL ? comma + 1 : line->operands;
        char *end;

        out->has_target = true;
        out->target = strtoull(start, &end, 16);
        if (end == start || *end != '\0') {
            return false;
        }
        out->may_skip = out->class == ISA_COND;
        /* The guarded control stack is memory. */
        out->may_fault |= out->class == ISA_CALL;
    } else {
        out->may_fault = true;
    }
    return true;
}
