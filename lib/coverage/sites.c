/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/coverage/sites.h"

#include <string.h>

/* Whether mapping symbols tell data and modes of the instruction set. */
static bool has_mapping(const struct isa *isa)
{
    return strcmp(isa->name, "arm") == 0 || strcmp(isa->name, "aarch64") == 0 ||
           g_str_has_prefix(isa->name, "riscv");
}

static bool is_data(const struct cflow_sweep *s, uint64_t address)
{
    return has_mapping(s->isa) &&
           cflow_symbols_is_data(s->symbols, s->module->path, s->module->build_id, address);
}

static enum isa_mode mode_at(const struct cflow_sweep *s, uint64_t address)
{
    return has_mapping(s->isa) &&
                   cflow_symbols_is_thumb(s->symbols, s->module->path, s->module->build_id, address)
               ? ISA_MODE_THUMB
               : ISA_MODE_DEFAULT;
}

/* How many instructions an IT predicates: its mask ends with a set bit. */
static unsigned it_length(const uint8_t *bytes)
{
    unsigned mask = bytes[0] & 0xf;

    return mask ? 4 - (unsigned)__builtin_ctz(mask) : 0;
}

static bool may_go_on(struct cflow_sweep *s, const struct isa_insn *insn, enum isa_mode mode)
{
    bool predicated = s->predicated > 0;

    s->predicated -= predicated;
    if (insn->class == ISA_COND) {
        return true;
    }
    /* Thumb: the bytes do not tell whether there is an IT. */
    return (insn->flags & ISA_MAY_SKIP) && (mode != ISA_MODE_THUMB || predicated);
}

static bool is_transfer(enum isa_class class)
{
    return class == ISA_COND || class == ISA_JUMP || class == ISA_CALL || class == ISA_RETURN ||
           class == ISA_INDIRECT_JUMP || class == ISA_INDIRECT_CALL;
}

/* Both ways of such a branch lead to the same place: it decides nothing. */
static bool goes_to_next(const struct isa_insn *insn, uint64_t pc)
{
    return (insn->flags & ISA_HAS_TARGET) && insn->target == pc + insn->size;
}

void cflow_static_sites(struct cflow_sweep *sweep, uint64_t start, uint64_t end, GArray *sites)
{
    const struct cflow_module *module = sweep->module;
    size_t n, at = 0;
    const unsigned char *code =
        cflow_symbols_code(sweep->symbols, module->path, module->build_id, start, &n);

    n = code ? MIN(n, end - start) : 0;
    while (at < n) {
        struct isa_insn insn;
        uint64_t pc = start + at;
        if (is_data(sweep, pc)) {
            at++;
            continue;
        }
        enum isa_mode mode = mode_at(sweep, pc);
        sweep->isa->decode(pc, code + at, n - at, mode, &insn);
        if (insn.size == 0) {
            sweep->predicated = 0;
            return; /* it goes on at the next row */
        }
        bool conditional = may_go_on(sweep, &insn, mode);
        if (insn.flags & ISA_OPENS_IT) {
            sweep->predicated = it_length(code + at);
        } else if (insn.class == ISA_INDIRECT_JUMP ||
                   (conditional && is_transfer(insn.class) && !goes_to_next(&insn, pc))) {
            struct cflow_static_site site = {pc, insn.flags & ISA_HAS_TARGET ? insn.target : 0,
                                             insn.size, conditional,
                                             insn.class == ISA_INDIRECT_JUMP};
            g_array_append_val(sites, site);
        }
        at += insn.size;
    }
}
