/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objdump's mnemonics, aliases among them, say of RISC-V instructions. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *mnemonic;
    enum isa_class class;
} transfers[] = {
    {"beq", ISA_COND},         {"bne", ISA_COND},
    {"blt", ISA_COND},         {"bge", ISA_COND},
    {"bltu", ISA_COND},        {"bgeu", ISA_COND},
    {"bgt", ISA_COND},         {"ble", ISA_COND},
    {"bgtu", ISA_COND},        {"bleu", ISA_COND},
    {"beqz", ISA_COND},        {"bnez", ISA_COND},
    {"bltz", ISA_COND},        {"bgez", ISA_COND},
    {"bgtz", ISA_COND},        {"blez", ISA_COND},
    {"j", ISA_JUMP},           {"jal", ISA_CALL},
    {"jr", ISA_INDIRECT_JUMP}, {"jalr", ISA_INDIRECT_CALL},
    {"ret", ISA_RETURN},       {"ecall", ISA_SYSCALL},
    {"ebreak", ISA_TRAP},      {"unimp", ISA_TRAP},
    {"uret", ISA_SYSTEM},      {"sret", ISA_SYSTEM},
    {"mret", ISA_SYSTEM},      {"mnret", ISA_SYSTEM},
    {"dret", ISA_SYSTEM},      {"wfi", ISA_SYSTEM},
    {"wrs.nto", ISA_SYSTEM},   {"wrs.sto", ISA_SYSTEM},
    {"pause", ISA_SYSTEM},
};

/* What may claim ISA_NO_FAULT; some are hints, encoded as operations that do nothing. */
static const char *const harmless[] = {
    "nop",        "li",         "lui",    "mv",       "not",    "neg",     "negw",  "sext.w",
    "sext.b",     "sext.h",     "zext.b", "zext.h",   "zext.w", "seqz",    "snez",  "sltz",
    "sgtz",       "add",        "addi",   "addw",     "addiw",  "sub",     "subw",  "and",
    "andi",       "or",         "ori",    "xor",      "xori",   "slt",     "slti",  "sltu",
    "sltiu",      "sgt",        "sgtu",   "sll",      "slli",   "sllw",    "slliw", "slli64",
    "srl",        "srli",       "srlw",   "srliw",    "srli64", "sra",     "srai",  "sraw",
    "sraiw",      "srai64",     "mul",    "mulh",     "mulhu",  "mulhsu",  "mulw",  "div",
    "divu",       "divw",       "divuw",  "rem",      "remu",   "remw",    "remuw", "prefetch.i",
    "prefetch.r", "prefetch.w", "ntl.p1", "ntl.pall", "ntl.s1", "ntl.all",
};

static bool is_harmless(const char *m, const char *operands)
{
    if (strcmp(m, "auipc") == 0) { /* of x0 it is a landing pad */
        return strncmp(operands, "zero,", 5) != 0;
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (strcmp(m, harmless[i]) == 0 ||
            (strncmp(m, "c.", 2) == 0 && strcmp(m + 2, harmless[i]) == 0)) {
            return true;
        }
    }
    return false;
}

static bool is_link(const char *s, size_t len)
{
    return len == 2 && (strncmp(s, "ra", 2) == 0 || strncmp(s, "t0", 2) == 0);
}

/* "jr 16(t0)", "jalr t1,t3", "jalr a5": objdump leaves out the usual rd. */
static enum isa_class indirect(const char *m, const char *operands)
{
    const char *rs1 = operands;
    size_t len = strcspn(operands, ",");
    bool links = strcmp(m, "jalr") == 0;

    if (operands[len] == ',') {
        links = is_link(operands, len);
        rs1 = operands + len + 1;
    }
    if (links) {
        return ISA_INDIRECT_CALL;
    }
    if (strchr(rs1, '(') != NULL) {
        rs1 = strchr(rs1, '(') + 1;
    }
    return is_link(rs1, strcspn(rs1, ",)")) ? ISA_RETURN : ISA_INDIRECT_JUMP;
}

bool oracle_riscv(const struct oracle_line *line, struct oracle_verdict *out)
{
    const char *m = line->mnemonic;
    const char *last = strrchr(line->operands, ',');
    char *end;
    bool found = false;

    if (*m == '.' || strncmp(m, "0x", 2) == 0) {
        out->ignore = true;
        return true;
    }
    out->class = ISA_PLAIN;
    for (size_t i = 0; !found && i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        const char *bare = strncmp(m, "c.", 2) == 0 ? m + 2 : m;

        if (strcmp(bare, transfers[i].mnemonic) == 0) {
            out->class = transfers[i].class;
            m = bare;
            found = true;
        }
    }
    if (!found) {
        out->may_fault = !is_harmless(m, line->operands);
        return true;
    }
    switch (out->class) {
    case ISA_CALL:
        if (last != NULL && !is_link(line->operands, (size_t)(last - line->operands))) {
            out->class = ISA_JUMP;
        }
        break;
    case ISA_INDIRECT_JUMP:
    case ISA_INDIRECT_CALL:
        out->class = indirect(m, line->operands);
        out->may_fault = true;
        return true;
    case ISA_COND:
    case ISA_JUMP:
        break;
    default:
        out->may_fault = true;
        return true;
    }
    last = last != NULL ? last + 1 : line->operands;
    out->has_target = true;
    out->target = strtoull(last, &end, 16);
    if (end == last || *end != '\0') {
        return false;
    }
    out->may_skip = out->class == ISA_COND;
    /* A misaligned target traps unless there are compressed instructions. */
    out->may_fault = (out->target & 2) != 0 && (line->pc & 2) == 0 && line->n == 4;
    return true;
}
