/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files that are sound but for some fields: names, values and sizes of symbols,
 * headers of sections and segments, and single numbers in debug information.  An
 * input is a list of changes to one of the files that the target is given.
 */
#include <elf.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define MAX_CHANGES 32
#define MAX_BASES   6

static struct {
    uint8_t *data;
    gsize size;
    const Elf64_Shdr *sections; /* these two in @data */
    unsigned n_sections;
} bases[MAX_BASES];
static unsigned n_bases;

/* Stores the lower bytes of @value where there is room for them. */
static void put(uint8_t *data, size_t size, uint64_t at, uint64_t value, size_t width)
{
    if (at < size && width <= size - at) {
        memcpy(data + at, &value, width);
    }
}

static const Elf64_Shdr *section_of_type(unsigned base, uint32_t type, uint32_t or_type)
{
    for (unsigned i = 0; i < bases[base].n_sections; i++) {
        if (bases[base].sections[i].sh_type == type || bases[base].sections[i].sh_type == or_type) {
            return &bases[base].sections[i];
        }
    }
    return NULL;
}

static void change_symbol(unsigned base, uint8_t *data, size_t size, struct fuzz_reader *r)
{
    static const struct {
        uint8_t at, width;
    } fields[] = {{0, 4}, {4, 1}, {5, 1}, {6, 2}, {8, 8}, {16, 8}};
    bool dynamic = fuzz_take8(r) & 1;
    const Elf64_Shdr *table = section_of_type(base, dynamic ? SHT_DYNSYM : SHT_SYMTAB, SHT_SYMTAB);

    if (!table || table->sh_size < sizeof(Elf64_Sym)) {
        return;
    }
    uint64_t at = table->sh_offset +
                  fuzz_take16(r) % (table->sh_size / sizeof(Elf64_Sym)) * sizeof(Elf64_Sym);
    unsigned field = fuzz_take8(r) % G_N_ELEMENTS(fields);
    put(data, size, at + fields[field].at, fuzz_take_number(r), fields[field].width);
}

static void change_name(unsigned base, uint8_t *data, size_t size, struct fuzz_reader *r)
{
    const Elf64_Shdr *strings = NULL;
    g_autofree char *text = fuzz_take_text(r);
    unsigned wanted = fuzz_take8(r) % 4;

    for (unsigned i = 0; i < bases[base].n_sections; i++) {
        const Elf64_Shdr *s = &bases[base].sections[i];
        if (s->sh_type == SHT_STRTAB && (!strings || !wanted--)) {
            strings = s;
        }
    }
    if (strings && strings->sh_size) { /* over what follows it, too */
        uint64_t at = fuzz_take16(r) % strings->sh_size;
        size_t wanted_size = strlen(text) + (fuzz_take8(r) & 1); /* with its end, or not */
        size_t n = MIN(wanted_size, strings->sh_size - at);
        memcpy(data + MIN(strings->sh_offset + at, size - n), text, n);
    }
}

static void change_section(unsigned base, uint8_t *data, size_t size, struct fuzz_reader *r)
{
    static const uint8_t fields[] = {0, 4, 8, 16, 24, 32, 40, 44, 48, 56};
    unsigned field = fuzz_take8(r) % G_N_ELEMENTS(fields);
    uint64_t at = (uint64_t)((const uint8_t *)bases[base].sections - bases[base].data) +
                  fuzz_take8(r) % MAX(bases[base].n_sections, 1u) * sizeof(Elf64_Shdr);
    bool wide = field > 1 && field != 6 && field != 7;

    put(data, size, at + fields[field], fuzz_take_number(r), wide ? 8 : 4);
}

static void change_contents(unsigned base, uint8_t *data, size_t size, struct fuzz_reader *r)
{
    const Elf64_Shdr *s = &bases[base].sections[fuzz_take8(r) % MAX(bases[base].n_sections, 1u)];
    size_t width = (size_t)1 << fuzz_take8(r) % 4;
    uint64_t within = fuzz_take16(r);

    if (bases[base].n_sections && s->sh_type != SHT_NOBITS && s->sh_size) {
        put(data, size, s->sh_offset + within % s->sh_size, fuzz_take_number(r), width);
    }
}

static void change(unsigned base, uint8_t *data, size_t size, struct fuzz_reader *r)
{
    unsigned what = fuzz_take8(r) % 16;

    if (what < 5) {
        change_symbol(base, data, size, r);
    } else if (what < 8) {
        change_name(base, data, size, r);
    } else if (what < 10) {
        change_section(base, data, size, r);
    } else if (what < 15) {
        change_contents(base, data, size, r);
    } else { /* the file's own header, and the segments behind it */
        unsigned at = fuzz_take16(r) % 512u;
        put(data, size, at, fuzz_take_number(r), (size_t)1 << fuzz_take8(r) % 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size)
{
    struct fuzz_reader r = {input, input + input_size};
    unsigned base = fuzz_take8(&r) % n_bases;
    g_autofree uint8_t *data = g_memdup2(bases[base].data, bases[base].size);

    for (unsigned i = 0; i < MAX_CHANGES && r.at < r.end; i++) {
        change(base, data, bases[base].size, &r);
    }
    fuzz_ask_symbols(fuzz_file(data, bases[base].size));
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    FUZZ_CHECK(argc > 0 && argc <= MAX_BASES);
    for (int i = 0; i < argc; i++) {
        const uint8_t bytes[] = {(uint8_t)i};
        FUZZ_CHECK(g_file_get_contents(argv[i], (char **)&bases[i].data, &bases[i].size, NULL));
        const Elf64_Ehdr *header = (const Elf64_Ehdr *)(void *)bases[i].data;
        FUZZ_CHECK(bases[i].size > sizeof(*header) && header->e_ident[EI_CLASS] == ELFCLASS64 &&
                   header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) <= bases[i].size);
        bases[i].sections = (const Elf64_Shdr *)(void *)(bases[i].data + header->e_shoff);
        bases[i].n_sections = header->e_shnum;
        g_ptr_array_add(seeds, g_bytes_new(bytes, sizeof(bytes)));
    }
    n_bases = (unsigned)argc;
    fuzz_add_noise(seeds, 300, 100);
}
