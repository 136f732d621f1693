/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list-jumps ISA FILE
 *
 * The indirect jumps in the functions of an ELF file, a line each: the function, the
 * jump's address, and where it can go, or "?".
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/jumps/jumps.h"

static void list(cflow_symbols *symbols, const struct isa *isa, cflow_jumps *jumps,
                 const char *path, const struct cflow_function *f)
{
    size_t n;
    const unsigned char *code = cflow_symbols_code(symbols, path, NULL, f->start, &n);

    n = code ? MIN(n, f->size) : 0;
    for (size_t at = 0; at < n;) {
        struct isa_insn insn;
        uint64_t pc = f->start + at;
        if (cflow_symbols_is_data(symbols, path, NULL, pc)) {
            at++;
            continue;
        }
        bool thumb = cflow_symbols_is_thumb(symbols, path, NULL, pc);
        isa->decode(pc, code + at, n - at, thumb ? ISA_MODE_THUMB : ISA_MODE_DEFAULT, &insn);
        if (insn.class == ISA_INDIRECT_JUMP) {
            const struct cflow_jump_table *table = cflow_jumps_at(jumps, pc);
            printf("%s %" PRIx64 " ", f->name ? f->name : "-", pc);
            for (size_t i = 0; table && i < table->n_targets; i++) {
                printf("%s%" PRIx64, i ? "," : "", table->targets[i]);
            }
            printf("%s\n", table ? "" : "?");
        }
        at += MAX(insn.size, 1);
    }
}

int main(int argc, char **argv)
{
    const struct isa *isa = argc == 3 ? isa_find(argv[1]) : NULL;
    size_t n = 0;

    if (!isa) {
        fprintf(stderr, "usage: list-jumps ISA FILE\n");
        return 2;
    }
    g_autofree char *path = g_canonicalize_filename(argv[2], NULL);
    cflow_symbols *symbols = cflow_symbols_new(NULL);
    cflow_symbols_set_force(symbols, true);
    const struct cflow_function *functions = cflow_symbols_functions(symbols, path, NULL, &n);
    cflow_jumps *jumps = cflow_jumps_new(symbols, isa, path, NULL);

    cflow_jumps_read_all(jumps);
    for (size_t i = 0; i < n; i++) {
        list(symbols, isa, jumps, path, &functions[i]);
    }
    cflow_jumps_free(jumps);
    cflow_symbols_free(symbols);
    return n == 0;
}
