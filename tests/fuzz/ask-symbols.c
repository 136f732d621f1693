/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>

#include "lib/jumps/jumps.h"
#include "lib/symbols/identity.h"
#include "lib/symbols/symbols.h"
#include "tests/fuzz/fuzz.h"

static void ask_about(cflow_symbols *symbols, const char *path, const char *build_id,
                      uint64_t offset)
{
    struct cflow_location location;
    const struct cflow_frame *frames;
    size_t n;
    bool found = cflow_symbols_lookup(symbols, path, build_id, offset, &location);

    FUZZ_CHECK(found == (location.name != NULL));
    FUZZ_CHECK(!found || (strlen(location.name) > 0 && location.offset <= offset));
    size_t n_frames = cflow_symbols_frames(symbols, path, build_id, offset, &frames);
    for (size_t i = 0; i < n_frames; i++) {
        FUZZ_CHECK(frames[i].inlined == (i + 1 < n_frames));
        FUZZ_CHECK(!frames[i].file || *frames[i].file);
    }
    const struct cflow_function *f = cflow_symbols_function_at(symbols, path, build_id, offset);
    FUZZ_CHECK(!f || f->start <= offset);
    const unsigned char *code = cflow_symbols_code(symbols, path, build_id, offset, &n);
    for (size_t i = 0; code && i < n; i += 997) {
        FUZZ_CHECK(code[i] <= 0xff);
    }
    cflow_symbols_is_thumb(symbols, path, build_id, offset);
    cflow_symbols_is_data(symbols, path, build_id, offset);
}

static const struct isa *isa_of(const struct cflow_elf *elf)
{
    return isa_find(elf->machine == EM_386       ? "i386"
                    : elf->machine == EM_AARCH64 ? "aarch64"
                    : elf->machine == EM_ARM     ? "arm"
                    : elf->machine == EM_RISCV   ? "riscv64"
                                                 : "x86_64");
}

/* All jumps through tables, in the instruction set of the file. */
static void ask_about_jumps(cflow_symbols *symbols, const char *path, const char *build_id,
                            const struct cflow_function *functions, size_t n)
{
    struct cflow_elf elf;

    if (!cflow_symbols_elf(symbols, path, build_id, &elf)) {
        return;
    }
    g_autoptr(cflow_jumps) jumps = cflow_jumps_new(symbols, isa_of(&elf), path, build_id);
    cflow_jumps_read_all(jumps);
    for (size_t i = 0; i < n; i++) {
        uint64_t end = functions[i].start + MIN(functions[i].size, 4096);
        for (uint64_t at = functions[i].start; at < end; at++) {
            const struct cflow_jump_table *table = cflow_jumps_at(jumps, at);
            FUZZ_CHECK(!table || (table->jump == at && table->n_targets > 0 &&
                                  table->n_targets <= table->entries));
        }
    }
}

void fuzz_ask_symbols(const char *path)
{
    static const uint64_t offsets[] = {0,        1,        0x1000,  0x1025,     0x1139,
                                       0x401000, 0x401010, 0x10000, UINT64_MAX, UINT64_MAX - 1};
    g_autofree char *build_id = NULL;
    size_t n;

    /* With the build-id that the file says it has: else nothing would be read. */
    if (cflow_file_build_id(path, &build_id) != CFLOW_IDENTITY_ELF) {
        return;
    }
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        ask_about(symbols, path, build_id, offsets[i]);
    }
    const struct cflow_function *functions = cflow_symbols_functions(symbols, path, build_id, &n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(functions[i].name && *functions[i].name);
        FUZZ_CHECK(!i || functions[i - 1].start < functions[i].start);
        FUZZ_CHECK(i + 1 == n || functions[i].size <= functions[i + 1].start - functions[i].start);
        if (i < 8) {
            ask_about(symbols, path, build_id, functions[i].start);
        }
    }
    ask_about_jumps(symbols, path, build_id, functions, n);
    const struct cflow_line *lines =
        cflow_symbols_lines(symbols, path, build_id, 0, UINT64_MAX, &n);
    for (size_t i = 1; i < n; i++) {
        FUZZ_CHECK(lines[i - 1].address <= lines[i].address);
    }
    const struct cflow_section *sections = cflow_symbols_sections(symbols, path, build_id, &n);
    for (size_t i = 1; i < n; i++) {
        FUZZ_CHECK(sections[i - 1].start + sections[i - 1].size <= sections[i].start);
    }
    struct cflow_elf elf;
    cflow_symbols_elf(symbols, path, build_id, &elf);
    FUZZ_CHECK(cflow_symbols_warnings(symbols));
}
