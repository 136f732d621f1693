/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objdump's AT&T mnemonics say of x86 instructions. */
#include "oracle.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *mnemonic; /* without the suffix b, w, l or q */
    enum isa_class class;
} transfers[] = {
    {"jo", ISA_COND},        {"jno", ISA_COND},        {"jb", ISA_COND},
    {"jae", ISA_COND},       {"je", ISA_COND},         {"jne", ISA_COND},
    {"jbe", ISA_COND},       {"ja", ISA_COND},         {"js", ISA_COND},
    {"jns", ISA_COND},       {"jp", ISA_COND},         {"jnp", ISA_COND},
    {"jl", ISA_COND},        {"jge", ISA_COND},        {"jle", ISA_COND},
    {"jg", ISA_COND},        {"jcxz", ISA_COND},       {"jecxz", ISA_COND},
    {"jrcxz", ISA_COND},     {"loop", ISA_COND},       {"loope", ISA_COND},
    {"loopne", ISA_COND},    {"jmp", ISA_JUMP},        {"call", ISA_CALL},
    {"ret", ISA_RETURN},     {"syscall", ISA_SYSCALL}, {"sysenter", ISA_SYSCALL},
    {"int3", ISA_TRAP},      {"int1", ISA_TRAP},       {"into", ISA_TRAP},
    {"ud0", ISA_TRAP},       {"ud1", ISA_TRAP},        {"ud2", ISA_TRAP},
    {"hlt", ISA_SYSTEM},     {"iret", ISA_SYSTEM},     {"lret", ISA_SYSTEM},
    {"ljmp", ISA_SYSTEM},    {"lcall", ISA_SYSTEM},    {"sysret", ISA_SYSTEM},
    {"sysexit", ISA_SYSTEM}, {"rsm", ISA_SYSTEM},      {"xbegin", ISA_SYSTEM},
    {"xabort", ISA_SYSTEM},  {"xend", ISA_SYSTEM},     {"mwait", ISA_SYSTEM},
    {"mwaitx", ISA_SYSTEM},  {"umwait", ISA_SYSTEM},   {"tpause", ISA_SYSTEM},
    {"vmcall", ISA_SYSTEM},  {"vmlaunch", ISA_SYSTEM}, {"vmresume", ISA_SYSTEM},
    {"vmxoff", ISA_SYSTEM},  {"vmfunc", ISA_SYSTEM},   {"vmrun", ISA_SYSTEM},
    {"vmmcall", ISA_SYSTEM}, {"vmgexit", ISA_SYSTEM},  {"skinit", ISA_SYSTEM},
    {"getsec", ISA_SYSTEM},  {"encls", ISA_SYSTEM},    {"enclu", ISA_SYSTEM},
    {"enclv", ISA_SYSTEM},   {"tdcall", ISA_SYSTEM},   {"seamcall", ISA_SYSTEM},
    {"seamret", ISA_SYSTEM}, {"seamops", ISA_SYSTEM},  {"uiret", ISA_SYSTEM},
    {"eretu", ISA_SYSTEM},   {"erets", ISA_SYSTEM},
};

static const char *const strings[] = {"movs", "stos", "lods", "scas", "cmps", "ins", "outs"};

/* What may claim ISA_NO_FAULT when its operands are registers and constants. */
static const char *const harmless[] = {
    "mov",   "movabs", "xchg",  "lea",    "nop",    "endbr32", "endbr64", "rdsspd", "rdsspq",
    "add",   "or",     "adc",   "sbb",    "and",    "sub",     "xor",     "cmp",    "test",
    "not",   "neg",    "inc",   "dec",    "imul",   "mul",     "rol",     "ror",    "rcl",
    "rcr",   "shl",    "shr",   "sal",    "sar",    "shld",    "shrd",    "bt",     "bts",
    "btr",   "btc",    "bsf",   "bsr",    "bswap",  "movzb",   "movzw",   "movzx",  "movsb",
    "movsw", "movsx",  "movsl", "movslq", "movsxd", "cmc",     "clc",     "stc",    "cld",
    "std",   "cbtw",   "cwtl",  "cltq",   "cwtd",   "cltd",    "cqto",
};

/* What a lock prefix can precede; on anything else it is no instruction. */
static const char *const lockable[] = {
    "add", "adc", "and", "or",  "sbb",  "sub",  "xor",     "inc",       "dec",        "neg",
    "not", "bts", "btr", "btc", "xadd", "xchg", "cmpxchg", "cmpxchg8b", "cmpxchg16b",
};

/* set and cmov come with one of these. */
static const char *const conditions[] = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g",
};

/* Is @word @name, or @name with one of the @suffixes? */
static bool is(const char *word, size_t len, const char *name, const char *suffixes)
{
    size_t n = strlen(name);

    if (strncmp(word, name, n) != 0 || len < n) {
        return false;
    }
    return len == n || (len == n + 1 && strchr(suffixes, word[n]) != NULL);
}

static bool has_prefix_word(const char *prefixes, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = strstr(prefixes, word); p != NULL; p = strstr(p + 1, word)) {
        if ((p == prefixes || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_harmless(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (is(word, len, harmless[i], "bwlq")) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if ((strncmp(word, "set", 3) == 0 && is(word + 3, len - 3, conditions[i], "")) ||
            (strncmp(word, "cmov", 4) == 0 && is(word + 4, len - 4, conditions[i], "wlq"))) {
            return true;
        }
    }
    return false;
}

/* Does any operand name memory?  AT&T: parentheses, a segment, a bare number. */
static bool names_memory(const char *operands)
{
    bool start = true;

    if (strchr(operands, '(') != NULL || strchr(operands, ':') != NULL) {
        return true;
    }
    for (const char *p = operands; *p != '\0'; p++) {
        if (start && (isdigit((unsigned char)*p) || *p == '-')) {
            return true;
        }
        start = *p == ',';
    }
    return false;
}

/*
 * An operand size of 16 bits, as branches see it: 66, unless REX.W is after it.
 * From the bytes, since objdump says it of some branches only.
 */
static bool has_opsize(const struct oracle_line *line)
{
    static const uint8_t legacy[] = {
        0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65,
    };
    bool found = false;
    size_t i = 0;

    while (i < line->n && memchr(legacy, line->bytes[i], sizeof(legacy)) != NULL) {
        found |= line->bytes[i++] == 0x66;
    }
    return found && !(i < line->n && strcmp(line->isa, "x86_64") == 0 && line->bytes[i] >= 0x48 &&
                      line->bytes[i] <= 0x4f);
}

/* What objdump prints although no CPU has it, or only VIA's, which QEMU's are not. */
static bool is_fiction(const struct oracle_line *line, size_t len)
{
    static const char *const via[] = {"montmul", "xsha", "xstore", "xcrypt"};
    const char *m = line->mnemonic, *last = strrchr(line->operands, ',');

    for (size_t i = 0; i < sizeof(via) / sizeof(via[0]); i++) {
        if (strncmp(m, via[i], strlen(via[i])) == 0) {
            return true;
        }
    }
    if (strstr(line->operands, "%?") != NULL || strstr(line->operands, "%tr") != NULL ||
        (is(m, len, "mov", "wlq") && last != NULL && strcmp(last, ",%cs") == 0)) {
        return true;
    }
    /* VEX and its like bear none of these before them. */
    if ((*m == 'v' || *m == 'k') &&
        (strstr(line->prefixes, "rex") != NULL || strstr(line->prefixes, "data16") != NULL ||
         strstr(line->prefixes, "rep") != NULL)) {
        return true;
    }
    if (!has_prefix_word(line->prefixes, "lock")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(lockable) / sizeof(lockable[0]); i++) {
        if (is(m, len, lockable[i], "bwlq")) {
            /* Locked is what is written: in memory, and the last operand but
             * for xchg, which objdump prints either way round. */
            return last != NULL && !is(m, len, "xchg", "bwlq")
                       ? last[1] == '%' && strchr(last, ':') == NULL
                       : !names_memory(line->operands);
        }
    }
    return true;
}

bool oracle_x86(const struct oracle_line *line, struct oracle_verdict *out)
{
    const char *m = line->mnemonic;
    size_t len = strcspn(m, ","); /* "jne,pt" */
    bool branch = false;

    out->class = ISA_PLAIN;
    if (*m == '\0' || *m == '.' || strstr(line->text, "(bad)") != NULL) {
        /* Prefixes of nothing, data, no instruction. */
        out->ignore = true;
        return true;
    }

    for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        if (is(m, len, transfers[i].mnemonic, "wlq")) {
            out->class = transfers[i].class;
            branch = true;
            break;
        }
    }
    if (branch) {
        char *end;

        if ((out->class == ISA_JUMP || out->class == ISA_CALL) && line->operands[0] == '*') {
            out->class = out->class == ISA_JUMP ? ISA_INDIRECT_JUMP : ISA_INDIRECT_CALL;
        }
        if (out->class == ISA_COND || out->class == ISA_JUMP || out->class == ISA_CALL) {
            out->has_target = true;
            out->target = strtoull(line->operands, &end, 16);
            if (end == line->operands || *end != '\0') {
                return false;
            }
        }
        out->may_skip = out->class == ISA_COND || is(m, len, "into", "");
        out->may_fault = out->class != ISA_COND && out->class != ISA_JUMP;
        if (out->class >= ISA_COND && out->class <= ISA_INDIRECT_CALL && has_opsize(line)) {
            *out = (struct oracle_verdict){
                .class = ISA_UNKNOWN,
                /* objdump takes AMD's view of the length, the decoder Intel's. */
                .ignore = strcmp(line->isa, "x86_64") == 0,
            };
        }
    } else if (is(m, len, "int", "")) {
        out->class = strcmp(line->operands, "$0x80") == 0 ? ISA_SYSCALL : ISA_TRAP;
        out->may_fault = true;
    } else if (strncmp(m, "j", 1) == 0 || strncmp(m, "call", 4) == 0 ||
               strncmp(m, "loop", 4) == 0 || strncmp(m, "ret", 3) == 0 ||
               strncmp(m, "sys", 3) == 0) {
        return false; /* surely a transfer, but none that we know */
    } else {
        bool rep = has_prefix_word(line->prefixes, "rep") ||
                   has_prefix_word(line->prefixes, "repz") ||
                   has_prefix_word(line->prefixes, "repnz");

        for (size_t i = 0; rep && i < sizeof(strings) / sizeof(strings[0]); i++) {
            /* Not "movsbl %al,%eax": strings have memory operands. */
            if (is(m, len, strings[i], "bwlq") && strchr(line->operands, ':') != NULL) {
                out->class = ISA_REPEAT;
            }
        }
        out->may_fault = !is_harmless(m, len) || has_prefix_word(line->prefixes, "lock") ||
                         (names_memory(line->operands) && !is(m, len, "lea", "wlq") &&
                          !is(m, len, "nop", "wlq"));
    }
    out->unknown_too = is_fiction(line, len);
    return true;
}
