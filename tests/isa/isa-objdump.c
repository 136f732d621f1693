/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * isa-objdump ISA OBJDUMP BINARY
 *
 * Disassembles BINARY with OBJDUMP and compares what the decoder of ISA makes
 * of each instruction's bytes with what objdump's mnemonic says of it.  The
 * decoder gets exactly the bytes that objdump took, from the end of a page
 * that nothing follows, so that it must find the size itself and a read past
 * the end is a crash.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle.h"

enum {
    ENOUGH = 10000,
    SHOWN = 20
};

static const struct {
    const char *isa;
    oracle_fn *oracle;
    bool x86;
} families[] = {
    {"x86_64", oracle_x86, true},       {"i386", oracle_x86, true},
    {"aarch64", oracle_aarch64, false}, {"arm", oracle_arm, false},
    {"riscv64", oracle_riscv, false},   {"riscv32", oracle_riscv, false},
};

/* x86 words that objdump prints before the mnemonic. */
static const char *const prefix_words[] = {
    "cs",     "ds",     "es",   "fs",      "gs",       "ss",       "lock",
    "rep",    "repz",   "repe", "repnz",   "repne",    "data16",   "data32",
    "addr16", "addr32", "bnd",  "notrack", "xacquire", "xrelease", "fwait",
};

struct tally {
    unsigned long compared, mismatches, ignored, no_fault, unknown;
};

static bool is_prefix(const char *word, size_t len)
{
    if ((len >= 3 && strncmp(word, "rex", 3) == 0 && (len == 3 || word[3] == '.')) ||
        (len > 0 && word[0] == '{')) {
        return true;
    }
    for (size_t i = 0; i < sizeof(prefix_words) / sizeof(prefix_words[0]); i++) {
        if (strlen(prefix_words[i]) == len && strncmp(word, prefix_words[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * The bytes as objdump groups them: "48 89 e5" is a byte each, "d503201f" a
 * little-endian word, "f000 f801" two little-endian halfwords.  False if that
 * is not what is there.
 */
static bool parse_bytes(const char *s, struct oracle_line *line)
{
    size_t digits = 0;

    line->n = 0;
    while (*s != '\0') {
        char *end;
        unsigned long v = strtoul(s, &end, 16);
        size_t group = (size_t)(end - s);

        if ((group != 2 && group != 4 && group != 8) || line->n + group / 2 > sizeof(line->bytes)) {
            return false;
        }
        if (digits == 0) {
            digits = group;
        }
        for (size_t i = 0; i < group / 2; i++) {
            line->bytes[line->n++] = (uint8_t)(v >> (8 * i));
        }
        s = end + strspn(end, " ");
    }
    line->mode = strcmp(line->isa, "arm") == 0 && digits == 4 ? ISA_MODE_THUMB : ISA_MODE_DEFAULT;
    return line->n > 0;
}

/* Cuts "<symbol>" and the comment off @s, and the space that is left. */
static void strip(char *s)
{
    char *to = s;

    for (char *from = s; *from != '\0'; from++) {
        if (*from == '<') {
            size_t skip = strcspn(from, ">");
            from += from[skip] == '>' ? skip : skip - 1;
            continue;
        }
        /* "#4" is an operand on Arm. */
        if ((from[0] == '#' && (from[1] == ' ' || from[1] == '\0')) || from[0] == ';' ||
            from[0] == '@' || (from[0] == '/' && from[1] == '/')) {
            break;
        }
        *to++ = *from;
    }
    while (to > s && isspace((unsigned char)to[-1])) {
        to--;
    }
    *to = '\0';
}

/*
 * One line of objdump: "  401000:\t48 89 e5 \tmov    %rsp,%rbp".  Cuts @s up;
 * @line points into it and into @text (a copy, for messages).  False if the
 * line is no instruction.
 */
static bool parse_line(char *s, bool x86, char *text, size_t text_size, struct oracle_line *line)
{
    char *end, *tab;
    size_t len;

    s[strcspn(s, "\n")] = '\0';
    line->pc = strtoull(s, &end, 16);
    if (end == s || end[0] != ':' || end[1] != '\t') {
        return false;
    }
    s = end + 2;
    tab = strchr(s, '\t');
    if (tab == NULL) {
        return false;
    }
    *tab = '\0';
    s += strspn(s, " ");
    if (!parse_bytes(s, line)) {
        return false;
    }
    s = tab + 1;
    snprintf(text, text_size, "%s", s);
    line->text = text;
    strip(s);

    line->prefixes = "";
    if (x86) {
        char *start = s;

        for (;;) {
            len = strcspn(s, " \t");
            if (!is_prefix(s, len)) {
                break;
            }
            s += len;
            s += strspn(s, " \t");
        }
        if (s > start) {
            line->prefixes = start;
            /* At the very end there is no space to overwrite, nor a need to. */
            if (*s != '\0') {
                s[-1] = '\0';
            }
        }
    }
    line->mnemonic = s;
    len = strcspn(s, " \t");
    line->operands = s + len + strspn(s + len, " \t");
    s[len] = '\0';
    return true;
}

static bool is_transfer(enum isa_class class)
{
    return class != ISA_UNKNOWN && class != ISA_PLAIN && class != ISA_REPEAT;
}

static bool agrees(const struct oracle_line *line, const struct isa_insn *insn,
                   const struct oracle_verdict *want)
{
    bool has_target = (insn->flags & ISA_HAS_TARGET) != 0;

    if (want->ignore) {
        return want->any_class || !is_transfer(insn->class);
    }
    if (want->unknown_too && insn->class == ISA_UNKNOWN) {
        return (insn->size == 0 || insn->size == line->n) && insn->flags == 0;
    }
    return insn->size == line->n && insn->class == want->class && has_target == want->has_target &&
           (!has_target || insn->target == want->target) &&
           ((insn->flags & ISA_MAY_SKIP) != 0) == want->may_skip &&
           ((insn->flags & ISA_OPENS_IT) != 0) == want->opens_it &&
           !(want->may_fault && (insn->flags & ISA_NO_FAULT));
}

static void describe(const char *who, enum isa_class class, bool has_target, uint64_t target,
                     bool may_skip, bool opens_it)
{
    printf("    %s: %s", who, isa_class_name(class));
    if (has_target) {
        printf(" to %#llx", (unsigned long long)target);
    }
    printf("%s%s", may_skip ? ", may skip" : "", opens_it ? ", opens IT" : "");
}

static void complain(const struct oracle_line *line, const struct isa_insn *insn, bool known,
                     const struct oracle_verdict *want)
{
    printf("%#llx:", (unsigned long long)line->pc);
    for (size_t i = 0; i < line->n; i++) {
        printf(" %02x", line->bytes[i]);
    }
    printf("  %s%s\n", line->text, line->mode == ISA_MODE_THUMB ? "  [thumb]" : "");
    describe("decoder", insn->class, insn->flags & ISA_HAS_TARGET, insn->target,
             insn->flags & ISA_MAY_SKIP, insn->flags & ISA_OPENS_IT);
    printf(", size %u%s\n", insn->size, insn->flags & ISA_NO_FAULT ? ", cannot fault" : "");
    if (!known) {
        printf("    oracle: does not know this mnemonic\n");
    } else if (want->ignore) {
        printf("    oracle: no instruction\n");
    } else {
        describe("oracle ", want->class, want->has_target, want->target, want->may_skip,
                 want->opens_it);
        printf(", size %zu%s\n", line->n, want->may_fault ? ", may fault" : "");
    }
}

static void compare(const struct isa *isa, oracle_fn *oracle, const struct oracle_line *line,
                    uint8_t *guard, struct tally *tally)
{
    struct oracle_verdict want = {.class = ISA_UNKNOWN};
    struct isa_insn insn;
    bool known;

    memcpy(guard - line->n, line->bytes, line->n);
    memset(&insn, 0xa5, sizeof(insn)); /* "fills *out completely" */
    isa->decode(line->pc, guard - line->n, line->n, line->mode, &insn);
    known = oracle(line, &want);

    if (known && want.ignore) {
        tally->ignored++;
    } else {
        tally->compared++;
        tally->no_fault += (insn.flags & ISA_NO_FAULT) != 0;
        tally->unknown += insn.class == ISA_UNKNOWN;
    }
    if (!known || !agrees(line, &insn, &want)) {
        if (tally->mismatches++ < SHOWN) {
            complain(line, &insn, known, &want);
        }
    }
}

/* Starts @objdump on @binary; its output, its process in @pid. */
static FILE *start(const char *objdump, const char *binary, pid_t *pid)
{
    int fds[2];

    if (pipe(fds) != 0 || (*pid = fork()) < 0) {
        perror("isa-objdump");
        exit(2);
    }
    if (*pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execlp(objdump, objdump, "-d", "-w", "--insn-width=16", binary, (char *)NULL);
        perror(objdump);
        _exit(127);
    }
    close(fds[1]);
    return fdopen(fds[0], "r");
}

int main(int argc, char **argv)
{
    const struct isa *isa;
    oracle_fn *oracle = NULL;
    bool x86 = false;
    struct tally tally = {0};
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 0;
    uint8_t *pages;
    char *s = NULL, text[256];
    FILE *out;
    pid_t pid;
    int status;

    if (argc != 4) {
        fprintf(stderr, "usage: isa-objdump ISA OBJDUMP BINARY\n");
        return 2;
    }
    isa = isa_find(argv[1]);
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (strcmp(families[i].isa, argv[1]) == 0) {
            oracle = families[i].oracle;
            x86 = families[i].x86;
        }
    }
    if (isa == NULL || oracle == NULL) {
        fprintf(stderr, "isa-objdump: no decoder for %s\n", argv[1]);
        return 2;
    }
    pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) {
        perror("isa-objdump");
        return 2;
    }

    out = start(argv[2], argv[3], &pid);
    while (out != NULL && getline(&s, &size, out) >= 0) {
        struct oracle_line line = {.isa = argv[1]};

        if (!parse_line(s, x86, text, sizeof(text), &line)) {
            continue;
        }
        if (x86 && line.n > 1 && line.bytes[0] == 0x9b) {
            /* objdump takes fwait for a prefix of what follows; it is an
             * instruction of its own. */
            line.pc++;
            line.n--;
            memmove(line.bytes, line.bytes + 1, line.n);
        }
        compare(isa, oracle, &line, pages + page, &tally);
    }
    free(s);
    if (out == NULL || fclose(out) != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "isa-objdump: %s failed on %s\n", argv[2], argv[3]);
        return 2;
    }

    printf("%lu instructions compared, %lu mismatches\n", tally.compared, tally.mismatches);
    printf("(%lu cannot fault, %lu unknown; %lu lines that are no instruction)\n", tally.no_fault,
           tally.unknown, tally.ignored);
    return tally.mismatches == 0 && tally.compared >= ENOUGH ? 0 : 1;
}
