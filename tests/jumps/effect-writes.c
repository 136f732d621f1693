/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * effect-writes ISA FILE
 *
 * Every register, flag and piece of memory that an instruction of the file writes, as
 * Capstone has it, is among what lib/jumps takes it to write: it may take more, never
 * less.  Capstone 4 does not know RISC-V.
 */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/jumps/effect.h"
#include "lib/symbols/symbols.h"

#define MOST_SHOWN 20u

struct check {
    cflow_symbols *symbols;
    const char *path;
    const struct isa *isa;
    const struct effect_isa *effects;
    csh handles[2]; /* by mode */
    uint64_t instructions, understood, wrong;
};

/* The number that the effects have for Capstone's register @name; -1 if for none. */
static int x86_number(const char *name)
{
    static const char *const families[16][5] = {
        {"al", "ah", "ax", "eax", "rax"},    {"cl", "ch", "cx", "ecx", "rcx"},
        {"dl", "dh", "dx", "edx", "rdx"},    {"bl", "bh", "bx", "ebx", "rbx"},
        {"spl", "", "sp", "esp", "rsp"},     {"bpl", "", "bp", "ebp", "rbp"},
        {"sil", "", "si", "esi", "rsi"},     {"dil", "", "di", "edi", "rdi"},
        {"r8b", "", "r8w", "r8d", "r8"},     {"r9b", "", "r9w", "r9d", "r9"},
        {"r10b", "", "r10w", "r10d", "r10"}, {"r11b", "", "r11w", "r11d", "r11"},
        {"r12b", "", "r12w", "r12d", "r12"}, {"r13b", "", "r13w", "r13d", "r13"},
        {"r14b", "", "r14w", "r14d", "r14"}, {"r15b", "", "r15w", "r15d", "r15"},
    };

    for (int i = 0; i < 16; i++) {
        for (int k = 0; k < 5; k++) {
            if (strcmp(families[i][k], name) == 0) {
                return i;
            }
        }
    }
    return -1;
}

static int arm_number(const char *name)
{
    static const char *const names[] = {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7",
                                        "r8", "sb", "sl", "fp", "ip", "sp", "lr"};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return (int)i;
        }
    }
    return strcmp(name, "r9") == 0    ? 9
           : strcmp(name, "r10") == 0 ? 10
           : strcmp(name, "r11") == 0 ? 11
           : strcmp(name, "r12") == 0 ? 12
                                      : -1;
}

static int aarch64_number(const char *name)
{
    unsigned number;
    char rest;

    if ((name[0] == 'x' || name[0] == 'w') && sscanf(name + 1, "%u%c", &number, &rest) == 1) {
        return (int)number;
    }
    return strcmp(name, "sp") == 0 || strcmp(name, "wsp") == 0 ? 31 : -1;
}

static int register_number(const struct check *c, csh handle, unsigned reg)
{
    const char *name = cs_reg_name(handle, reg);

    return !name                                  ? -1
           : strcmp(c->isa->name, "arm") == 0     ? arm_number(name)
           : strcmp(c->isa->name, "aarch64") == 0 ? aarch64_number(name)
                                                  : x86_number(name);
}

static bool writes_memory(const struct check *c, const cs_insn *insn)
{
    bool writes = false;

    if (strcmp(c->isa->name, "arm") == 0) {
        for (int i = 0; i < insn->detail->arm.op_count; i++) {
            const cs_arm_op *op = &insn->detail->arm.operands[i];
            writes |= op->type == ARM_OP_MEM && (op->access & CS_AC_WRITE);
        }
    } else if (strcmp(c->isa->name, "aarch64") == 0) {
        /* Of a load that writes its address back Capstone 4 says that it writes memory. */
        bool loads =
            strncmp(insn->mnemonic, "ldp", 3) == 0 || strncmp(insn->mnemonic, "ldr", 3) == 0;
        for (int i = 0; i < insn->detail->arm64.op_count && !loads; i++) {
            const cs_arm64_op *op = &insn->detail->arm64.operands[i];
            writes |= op->type == ARM64_OP_MEM && (op->access & CS_AC_WRITE);
        }
    } else {
        for (int i = 0; i < insn->detail->x86.op_count; i++) {
            const cs_x86_op *op = &insn->detail->x86.operands[i];
            writes |= op->type == X86_OP_MEM && (op->access & CS_AC_WRITE);
        }
    }
    return writes;
}

/* The carry and the zero flag, which compares of unsigned numbers are decided by. */
static bool writes_flags(const struct check *c, const cs_insn *insn)
{
    static const uint64_t flags = X86_EFLAGS_MODIFY_CF | X86_EFLAGS_MODIFY_ZF |
                                  X86_EFLAGS_RESET_CF | X86_EFLAGS_SET_CF | X86_EFLAGS_RESET_ZF;

    return strcmp(c->isa->name, "arm") == 0       ? insn->detail->arm.update_flags
           : strcmp(c->isa->name, "aarch64") == 0 ? insn->detail->arm64.update_flags
                                                  : (insn->detail->x86.eflags & flags) != 0;
}

static void say(struct check *c, const cs_insn *insn, const char *what)
{
    if (c->wrong++ < MOST_SHOWN) {
        printf("%" PRIx64 ": %s %s: %s\n", insn->address, insn->mnemonic, insn->op_str, what);
    }
}

/* What Capstone says is written and keeps its number. */
static bool is_kept(const struct check *c, const cs_insn *insn)
{
    static const char *const compares[] = {"cmp", "cmn", "tst", "ccmp", "ccmn"};
    bool kept = false;

    if (strcmp(c->isa->name, "aarch64") == 0) {
        for (unsigned i = 0; i < G_N_ELEMENTS(compares); i++) {
            kept |= strcmp(insn->mnemonic, compares[i]) == 0;
        }
    } else if (insn->id == X86_INS_LEA && strcmp(c->isa->name, "i386") == 0) { /* a nop */
        const cs_x86_op *to = &insn->detail->x86.operands[0], *from = to + 1;
        kept = from->mem.base == to->reg && from->mem.disp == 0 &&
               (from->mem.index == X86_REG_INVALID || from->mem.index == X86_REG_EIZ);
    }
    return kept;
}

static void check_insn(struct check *c, csh handle, const cs_insn *insn, enum isa_mode mode)
{
    struct effect effect = {.dst = EFFECT_NO_REG};
    cs_regs read, written;
    uint8_t n_read, n_written;

    c->effects->decode(insn->address, insn->bytes, insn->size, mode, &effect);
    c->instructions++;
    c->understood += effect.op != EFFECT_NONE;
    if (cs_regs_access(handle, insn, read, &n_read, written, &n_written) != CS_ERR_OK) {
        return;
    }
    for (int i = 0; i < n_written && !is_kept(c, insn); i++) {
        int number = register_number(c, handle, written[i]);
        if (number >= 0 && effect.dst != (unsigned)number && !(effect.clobbers >> number & 1)) {
            say(c, insn, cs_reg_name(handle, written[i]));
        }
    }
    if (writes_memory(c, insn) && effect.op != EFFECT_STORE && !effect.clobbers_memory) {
        say(c, insn, "memory");
    }
    if (writes_flags(c, insn) && !effect.compares && !effect.clobbers_flags) {
        say(c, insn, "flags");
    }
}

/* What is left to whoever asks: calls, and what the kernel does. */
static bool is_asked_about(const struct isa_insn *insn)
{
    return insn->class == ISA_PLAIN || insn->class == ISA_COND || insn->class == ISA_REPEAT ||
           insn->class == ISA_JUMP || insn->class == ISA_INDIRECT_JUMP;
}

static void check_function(struct check *c, const struct cflow_function *f, cs_insn *insn)
{
    size_t n;
    const unsigned char *code = cflow_symbols_code(c->symbols, c->path, NULL, f->start, &n);

    n = code ? MIN(n, f->size) : 0;
    for (size_t at = 0; at < n;) {
        uint64_t pc = f->start + at;
        struct isa_insn decoded;
        if (cflow_symbols_is_data(c->symbols, c->path, NULL, pc)) {
            at++;
            continue;
        }
        enum isa_mode mode = cflow_symbols_is_thumb(c->symbols, c->path, NULL, pc)
                                 ? ISA_MODE_THUMB
                                 : ISA_MODE_DEFAULT;
        c->isa->decode(pc, code + at, n - at, mode, &decoded);
        const uint8_t *bytes = code + at;
        size_t left = decoded.size;
        uint64_t address = pc;
        if (is_asked_about(&decoded) &&
            cs_disasm_iter(c->handles[mode], &bytes, &left, &address, insn) &&
            insn->size == decoded.size) {
            check_insn(c, c->handles[mode], insn, mode);
        }
        at += MAX(decoded.size, 1);
    }
}

static bool open_handles(struct check *c)
{
    bool arm = strcmp(c->isa->name, "arm") == 0;
    cs_arch arch = arm                                    ? CS_ARCH_ARM
                   : strcmp(c->isa->name, "aarch64") == 0 ? CS_ARCH_ARM64
                                                          : CS_ARCH_X86;
    int mode = arm || arch == CS_ARCH_ARM64          ? CS_MODE_ARM
               : strcmp(c->isa->name, "x86_64") == 0 ? CS_MODE_64
                                                     : CS_MODE_32;

    for (int i = 0; i < (arm ? 2 : 1); i++) {
        cs_mode with = (cs_mode)(i ? CS_MODE_THUMB | CS_MODE_V8 : mode | (arm ? CS_MODE_V8 : 0));
        if (cs_open(arch, with, &c->handles[i]) != CS_ERR_OK ||
            cs_option(c->handles[i], CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct check c = {.isa = argc == 3 ? isa_find(argv[1]) : NULL};
    size_t n = 0;

    c.effects = c.isa ? effect_isa_find(c.isa->name) : NULL;
    if (!c.effects || !open_handles(&c)) {
        fprintf(stderr, "usage: effect-writes x86_64|i386|aarch64|arm FILE\n");
        return 2;
    }
    g_autofree char *path = g_canonicalize_filename(argv[2], NULL);
    c.path = path;
    c.symbols = cflow_symbols_new(NULL);
    cflow_symbols_set_force(c.symbols, true);
    const struct cflow_function *functions = cflow_symbols_functions(c.symbols, path, NULL, &n);
    cs_insn *insn = cs_malloc(c.handles[0]);
    for (size_t i = 0; i < n; i++) {
        check_function(&c, &functions[i], insn);
    }
    printf("%" PRIu64 " instructions, %" PRIu64 " followed, %" PRIu64 " wrong\n", c.instructions,
           c.understood, c.wrong);
    cs_free(insn, 1);
    cflow_symbols_free(c.symbols);
    return c.wrong > 0 || c.understood < 1000;
}
