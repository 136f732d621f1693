/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objdump's mnemonics say of A32 and T32 instructions. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

/*
 * Matched whole, with a condition after it or not.  For branches the class is
 * that without a condition.
 */
static const struct {
    const char *mnemonic;
    enum isa_class class;
} transfers[] = {
    {"b", ISA_JUMP},           {"bl", ISA_CALL},           {"blx", ISA_CALL},
    {"bx", ISA_INDIRECT_JUMP}, {"bxj", ISA_INDIRECT_JUMP}, {"cbz", ISA_COND},
    {"cbnz", ISA_COND},        {"tbb", ISA_INDIRECT_JUMP}, {"tbh", ISA_INDIRECT_JUMP},
    {"svc", ISA_SYSCALL},      {"hvc", ISA_SYSCALL},       {"smc", ISA_SYSCALL},
    {"bkpt", ISA_TRAP},        {"hlt", ISA_TRAP},          {"udf", ISA_TRAP},
    {"dcps1", ISA_TRAP},       {"dcps2", ISA_TRAP},        {"dcps3", ISA_TRAP},
    {"eret", ISA_SYSTEM},      {"rfeia", ISA_SYSTEM},      {"rfeib", ISA_SYSTEM},
    {"rfeda", ISA_SYSTEM},     {"rfedb", ISA_SYSTEM},      {"wfi", ISA_SYSTEM},
    {"wfe", ISA_SYSTEM},       {"yield", ISA_SYSTEM},
};

/* M-profile's loops and branches: the decoder need not know them. */
static const struct {
    const char *mnemonic;
    enum isa_class class;
} m_profile[] = {
    {"le", ISA_COND},        {"letp", ISA_COND},     {"wls", ISA_COND},      {"wlstp", ISA_COND},
    {"dls", ISA_PLAIN},      {"dlstp", ISA_UNKNOWN}, {"lctp", ISA_UNKNOWN},  {"vctp", ISA_UNKNOWN},
    {"bf", ISA_UNKNOWN},     {"bfl", ISA_UNKNOWN},   {"bfx", ISA_UNKNOWN},   {"bflx", ISA_UNKNOWN},
    {"bfcsel", ISA_UNKNOWN}, {"bxns", ISA_UNKNOWN},  {"blxns", ISA_UNKNOWN}, {"clrm", ISA_UNKNOWN},
};

/* What computes one value: branches if that goes to the pc. */
static const char *const computing[] = {
    "and", "eor", "sub", "rsb", "add", "adc", "sbc", "rsc", "orr", "mov",  "bic",
    "mvn", "orn", "lsl", "lsr", "asr", "ror", "rrx", "neg", "adr", "addw", "subw",
};

/* What else may claim ISA_NO_FAULT. */
static const char *const harmless[] = {
    "cmp",   "cmn",   "tst",   "teq",    "movw",   "movt",    "mul",     "mla",  "mls",
    "umull", "smull", "umlal", "smlal",  "sxtb",   "sxth",    "uxtb",    "uxth", "sxtab",
    "sxtah", "uxtab", "uxtah", "sxtb16", "uxtb16", "sxtab16", "uxtab16", "rev",  "rev16",
    "revsh", "rbit",  "clz",   "sbfx",   "ubfx",   "bfi",     "bfc",     "nop",
};

static const char *const conditions[] = {
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al",
};

static bool is_condition(const char *s)
{
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if (strcmp(s, conditions[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Is @word @name, perhaps with a condition?  Then @conditional says whether. */
static bool is(const char *word, const char *name, bool *conditional)
{
    size_t n = strlen(name);

    if (strncmp(word, name, n) != 0 || (word[n] != '\0' && !is_condition(word + n))) {
        return false;
    }
    *conditional = word[n] != '\0' && strcmp(word + n, "al") != 0;
    return true;
}

/* Likewise, perhaps with the "s" of an instruction that sets the flags. */
static bool is_s(const char *word, const char *name, bool *conditional, bool *sets)
{
    size_t n = strlen(name);

    *sets = false;
    if (is(word, name, conditional)) {
        return true;
    }
    *sets = true;
    if (strncmp(word, name, n) != 0 || word[n] != 's' ||
        (word[n + 1] != '\0' && !is_condition(word + n + 1))) {
        return false;
    }
    *conditional = word[n + 1] != '\0';
    return true;
}

static bool is_it(const char *m)
{
    size_t n = strlen(m);

    return n >= 2 && n <= 5 && strncmp(m, "it", 2) == 0 && strspn(m + 1, "te") == n - 1;
}

static bool first_operand_is(const char *operands, const char *reg)
{
    size_t n = strlen(reg);

    return strncmp(operands, reg, n) == 0 && (operands[n] == ',' || operands[n] == '\0');
}

/* Loads of the pc, and computations into it. */
static bool writes_pc(const char *m, const char *operands, bool *conditional, enum isa_class *class)
{
    static const char *const multiple[] = {"pop",   "ldm",   "ldmia", "ldmfd",
                                           "ldmib", "ldmda", "ldmdb", "ldmea"};
    bool sets;

    for (size_t i = 0; i < sizeof(multiple) / sizeof(multiple[0]); i++) {
        if (is(m, multiple[i], conditional)) {
            bool pops =
                i == 0 ||
                (i < 4 && (strncmp(operands, "sp!,", 4) == 0 || strncmp(operands, "sp,", 3) == 0));

            if (strstr(operands, "pc}") == NULL) {
                return false;
            }
            *class = strchr(operands, '^') != NULL ? ISA_SYSTEM
                     : pops                        ? ISA_RETURN
                                                   : ISA_INDIRECT_JUMP;
            return true;
        }
    }
    if (!first_operand_is(operands, "pc")) {
        return false;
    }
    *class = ISA_INDIRECT_JUMP;
    if (is(m, "ldr", conditional)) {
        if (strcmp(operands, "pc, [sp], #4") == 0) {
            *class = ISA_RETURN;
        }
        return true;
    }
    for (size_t i = 0; i < sizeof(computing) / sizeof(computing[0]); i++) {
        if (is_s(m, computing[i], conditional, &sets)) {
            if (sets) {
                *class = ISA_SYSTEM;
            } else if (strcmp(computing[i], "mov") == 0 && strcmp(operands, "pc, lr") == 0) {
                *class = ISA_RETURN;
            }
            return true;
        }
    }
    return false;
}

static bool is_harmless(const char *m, const char *operands, bool thumb)
{
    bool conditional, sets;

    if (strpbrk(operands, "[{^!") != NULL) {
        return strcmp(m, "nop") == 0;
    }
    for (size_t i = 0; i < sizeof(computing) / sizeof(computing[0]); i++) {
        if (is_s(m, computing[i], &conditional, &sets)) {
            return !thumb || !first_operand_is(operands, "sp"); /* stack limit */
        }
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (is_s(m, harmless[i], &conditional, &sets)) {
            return true;
        }
    }
    return false;
}

/*
 * Literals show as nonsense where objdump does not know that they are data: in
 * stripped libraries nothing says so.
 */
static bool is_nonsense(const char *text)
{
    static const char *const marks[] = {"<und", "<illegal", "<UNDEFINED>", "??",
                                        "unpredictable <IT"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strstr(text, marks[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/*
 * What objdump prints like a proper instruction although the manual has it
 * UNPREDICTABLE or undefined, mostly for its use of the pc or for bits that
 * should be zero, or may have.  No compiler makes these, but literals do.
 */
static bool is_doubtful(const char *m, const char *operands, const char *text, bool thumb)
{
    static const char *const coprocessor[] = {"cdp", "mcr", "mrc", "ldc", "stc", "mvf"};
    static const char *const no_first_source[] = {"mov", "mvn", "cmp", "cmn", "tst", "teq"};
    bool conditional, sets;

    if (strstr(text, "<UNPREDICTABLE>") != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(coprocessor) / sizeof(coprocessor[0]); i++) {
        if (strncmp(m, coprocessor[i], 3) == 0 && strncmp(operands, "15, 0, ", 7) != 0) {
            return true;
        }
    }
    for (size_t i = 0; !thumb && i < sizeof(no_first_source) / sizeof(no_first_source[0]); i++) {
        if (is_s(m, no_first_source[i], &conditional, &sets) && conditional) {
            return true;
        }
    }
    if (is(m, "bx", &conditional)) {
        return strcmp(operands, "lr") != 0;
    }
    return strstr(operands, "pc]") != NULL || strchr(operands, '^') != NULL ||
           (strncmp(m, "blx", 3) == 0 && strcmp(operands, "pc") == 0) ||
           (strncmp(m, "str", 3) == 0 && strstr(operands, "[pc") != NULL) ||
           (strncmp(m, "ldrd", 4) == 0 && first_operand_is(operands, "lr")) ||
           (strncmp(m, "pld", 3) == 0 && strchr(operands, '!') != NULL);
}

/* Follows IT blocks, from line to line: is @line in one? */
static bool follow_it(const struct oracle_line *line)
{
    static uint64_t next;
    static size_t left;
    bool inside = left > 0 && line->pc == next;

    if (is_it(line->mnemonic)) {
        left = strlen(line->mnemonic) - 1;
    } else {
        left = inside ? left - 1 : 0;
    }
    next = line->pc + line->n;
    return inside;
}

bool oracle_arm(const struct oracle_line *line, struct oracle_verdict *out)
{
    char m[32] = "";
    size_t len = strcspn(line->mnemonic, ".");
    bool thumb = line->mode == ISA_MODE_THUMB;
    bool conditional = false, sets;
    bool predicated = follow_it(line);
    bool found = false;
    enum isa_class class = ISA_PLAIN;

    if (len == 0 || len >= sizeof(m) || is_nonsense(line->text)) {
        out->ignore = true;
        /* Known to be data, or a branch that no IT block may hold. */
        out->any_class = len == 0 || strstr(line->text, "unpredictable <IT") != NULL;
        return true;
    }
    out->class = ISA_PLAIN;
    if (is_it(line->mnemonic)) {
        out->opens_it = true;
        return true;
    }
    memcpy(m, line->mnemonic, len); /* "bne.n", but also "vadd.f32" */
    out->unknown_too = is_doubtful(m, line->operands, line->text, thumb);

    for (size_t i = 0; i < sizeof(m_profile) / sizeof(m_profile[0]); i++) {
        if (is(m, m_profile[i].mnemonic, &conditional)) {
            class = m_profile[i].class;
            out->unknown_too = true;
            found = true;
        }
    }
    if (found && class != ISA_COND) {
        out->class = class;
        out->may_fault = true;
        return true;
    }
    for (size_t i = 0; !found && i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        if (is(m, transfers[i].mnemonic, &conditional)) {
            class = transfers[i].class;
            found = true;
        }
    }
    if (!found && writes_pc(m, line->operands, &conditional, &class)) {
        found = true;
    }
    if (!found && is_s(m, "mcr", &conditional, &sets) && !sets &&
        strncmp(line->operands, "15, 0, ", 7) == 0 &&
        (strstr(line->operands, "cr7, cr0, {4}") != NULL ||
         strstr(line->operands, "cr7, cr8, {2}") != NULL)) {
        class = ISA_SYSTEM; /* waits for an interrupt */
        found = true;
    }
    if (!found) {
        out->unknown_too |= first_operand_is(line->operands, "pc");
        out->may_fault = !is_harmless(m, line->operands, thumb);
        return true;
    }
    out->class = class;
    out->may_skip = thumb ? strcmp(m, "bkpt") != 0 : conditional;

    if (class == ISA_COND || class == ISA_JUMP || class == ISA_CALL) {
        const char *comma = strrchr(line->operands, ',');
        const char *start = comma != NULL ? comma + 1 : line->operands;
        char *end;

        out->target = strtoull(start, &end, 16);
        if (end == start || *end != '\0') {
            if (strncmp(m, "blx", 3) != 0) {
                return false;
            }
            out->target = 0;
            out->class = ISA_INDIRECT_CALL;
            out->may_fault = true;
            return true;
        }
        out->has_target = true;
        out->may_fault = strncmp(m, "blx", 3) == 0 || out->unknown_too;
        if (class == ISA_JUMP && conditional) {
            /* An unconditional b in an IT block is shown with a condition as well. */
            out->class = predicated ? ISA_JUMP : ISA_COND;
            out->may_skip = true;
        }
        return true;
    }
    if (strncmp(m, "bx", 2) == 0 && m[2] != 'j' && strcmp(line->operands, "lr") == 0) {
        out->class = ISA_RETURN;
    }
    out->may_fault = true;
    return true;
}
