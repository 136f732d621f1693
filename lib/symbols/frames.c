/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions start and end, from the unwind tables: stripping a program
 * leaves .eh_frame in place, because exceptions need it.
 *
 * .ARM.exidx is not read in its stead: linkers merge its entries wherever
 * neighbours unwind alike, so what it tells apart is not functions.
 */
#include "lib/symbols/symtab.h"

#include <gelf.h>
#include <glib.h>
#include <string.h>

/* How a pointer is stored: DW_EH_PE_... of the Linux Standard Base. */
#define FORMAT(encoding)      ((encoding)&0x0f)
#define APPLICATION(encoding) ((encoding)&0x70)
#define ABSOLUTE              0x00
#define PC_RELATIVE           0x10
#define INDIRECT              0x80
#define OMITTED               0xff

/* Compilers write "zPLR" and the like; what is longer is damage. */
#define MAX_AUGMENTATION 16

/* Sections with code in one program, linkage tables apart; more is damage. */
#define MAX_CODE 64

struct code {
    uint64_t start, end;
};

/* A section's bytes, read from @at on.  What lies behind the end reads as 0. */
struct cursor {
    const uint8_t *bytes;
    size_t at, end;
    bool big, is64, bad; /* @bad: it was read past the end */
};

static uint64_t get(struct cursor *c, unsigned n)
{
    uint64_t value = 0;

    if (n > c->end - c->at) {
        c->bad = true;
        c->at = c->end;
        return 0;
    }
    for (unsigned i = 0; i < n; i++) {
        value = value << 8 | c->bytes[c->at + (c->big ? i : n - 1 - i)];
    }
    c->at += n;
    return value;
}

static uint64_t sign_extend(uint64_t value, unsigned n)
{
    uint64_t sign = UINT64_C(1) << (8 * n - 1);

    return (value ^ sign) - sign;
}

/* A LEB128 number; its value hardly ever matters here, its length does. */
static uint64_t get_leb(struct cursor *c)
{
    uint64_t value = 0;
    uint8_t byte = 0x80;

    for (unsigned shift = 0; shift < 64 && (byte & 0x80); shift += 7) {
        byte = (uint8_t)get(c, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
    }
    c->bad = c->bad || (byte & 0x80);
    return value;
}

/* A number in the format of @encoding, before anything is added to it. */
static uint64_t get_encoded(struct cursor *c, unsigned encoding)
{
    switch (FORMAT(encoding)) {
    case 0x0: /* a machine address */
        return get(c, c->is64 ? 8 : 4);
    case 0x2:
        return get(c, 2);
    case 0x3:
        return get(c, 4);
    case 0x4:
    case 0xc:
        return get(c, 8);
    case 0xa:
        return sign_extend(get(c, 2), 2);
    case 0xb:
        return sign_extend(get(c, 4), 4);
    default: /* variable length: nobody writes these into .eh_frame */
        c->bad = true;
        return 0;
    }
}

/*
 * An entry's length and what lies behind it: the cursor is left at the id and
 * *@entry spans the rest of the entry.  False at the end of the section.
 */
static bool next_entry(struct cursor *c, struct cursor *entry)
{
    uint64_t length = get(c, 4);

    if (length == 0xffffffff) {
        length = get(c, 8);
    }
    if (c->bad || length == 0 || length > c->end - c->at) {
        return false;
    }
    *entry = *c;
    entry->end = c->at + (size_t)length;
    c->at = entry->end;
    return true;
}

/* How the entry at @at, a common one (CIE), says that pointers are stored. */
static unsigned pointer_encoding(const struct cursor *section, size_t at)
{
    struct cursor c = *section, entry;
    unsigned encoding = ABSOLUTE;

    c.at = at;
    if (!next_entry(&c, &entry) || get(&entry, 4) != 0) {
        return OMITTED;
    }
    unsigned version = (unsigned)get(&entry, 1);
    const char *letters = (const char *)entry.bytes + entry.at;
    size_t n = strnlen(letters, MIN(entry.end - entry.at, MAX_AUGMENTATION));
    entry.at += n;
    if (get(&entry, 1) != 0 || (n > 0 && letters[0] != 'z')) {
        return OMITTED; /* without "z" nothing says how long the rest is */
    }
    if (version >= 4) {
        get(&entry, 2); /* sizes of addresses and of segment selectors */
    }
    get_leb(&entry);    /* code alignment */
    get_leb(&entry);    /* data alignment */
    if (version == 1) { /* return address register */
        get(&entry, 1);
    } else {
        get_leb(&entry);
    }
    if (n > 0) {
        get_leb(&entry);
    }
    for (size_t i = 1; i < n; i++) {
        switch (letters[i]) {
        case 'R':
            encoding = (unsigned)get(&entry, 1);
            break;
        case 'P': /* personality routine */
            get_encoded(&entry, (unsigned)get(&entry, 1));
            break;
        case 'L': /* encoding of the language's data */
            get(&entry, 1);
            break;
        case 'S': /* signal frame */
        case 'B': /* return addresses are signed */
        case 'G': /* memory tags */
            break;
        default:
            return OMITTED;
        }
    }
    return entry.bad ? OMITTED : encoding;
}

static const struct code *code_at(const GArray *codes, uint64_t address)
{
    for (guint i = 0; i < codes->len; i++) {
        const struct code *code = &g_array_index(codes, struct code, i);
        if (address >= code->start && address < code->end) {
            return code;
        }
    }
    return NULL;
}

static void read_frames(symtab *table, const GArray *codes, struct cursor *c, uint64_t address)
{
    uint64_t mask = c->is64 ? UINT64_MAX : UINT32_MAX;
    size_t last_common = SIZE_MAX;
    unsigned encoding = OMITTED;
    struct cursor entry;

    while (next_entry(c, &entry)) {
        size_t id_at = entry.at;
        uint64_t back = get(&entry, 4);
        if (back == 0 || back > id_at) { /* a common entry, or damage */
            continue;
        }
        if (id_at - (size_t)back != last_common) {
            last_common = id_at - (size_t)back;
            encoding = pointer_encoding(c, last_common);
        }
        if (encoding == OMITTED || (encoding & INDIRECT) ||
            (APPLICATION(encoding) != ABSOLUTE && APPLICATION(encoding) != PC_RELATIVE)) {
            continue;
        }
        uint64_t base = APPLICATION(encoding) == PC_RELATIVE ? address + entry.at : 0;
        uint64_t start = (get_encoded(&entry, encoding) + base) & mask;
        uint64_t size = get_encoded(&entry, encoding) & mask;
        const struct code *code = entry.bad ? NULL : code_at(codes, start);
        if (code) {
            symtab_add_frame(table, start, MIN(size, code->end - start));
        }
    }
}

static const char *section_name(Elf *elf, size_t names, const GElf_Shdr *shdr)
{
    const char *name = elf_strptr(elf, names, shdr->sh_name);

    return name ? name : "";
}

void symtab_add_frames(symtab *table, Elf *elf)
{
    g_autoptr(GArray) codes = g_array_new(FALSE, FALSE, sizeof(struct code));
    Elf_Scn *scn = NULL;
    GElf_Ehdr ehdr;
    GElf_Shdr shdr;
    size_t names;

    /* In an object file addresses are not known yet. */
    if (!gelf_getehdr(elf, &ehdr) || ehdr.e_type == ET_REL || elf_getshdrstrndx(elf, &names) != 0) {
        return;
    }
    while ((scn = elf_nextscn(elf, scn)) && codes->len < MAX_CODE) {
        /* A linkage table has one entry for all its stubs: no function. */
        if (gelf_getshdr(scn, &shdr) && (shdr.sh_flags & SHF_EXECINSTR) &&
            shdr.sh_size <= UINT64_MAX - shdr.sh_addr &&
            !g_str_has_prefix(section_name(elf, names, &shdr), ".plt")) {
            struct code code = {shdr.sh_addr, shdr.sh_addr + shdr.sh_size};
            g_array_append_val(codes, code);
        }
    }
    scn = NULL;
    while ((scn = elf_nextscn(elf, scn))) {
        Elf_Data *data;
        /* x86-64 has a section type of its own for it, which not all linkers set. */
        if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS ||
            strcmp(section_name(elf, names, &shdr), ".eh_frame") != 0 ||
            !(data = elf_rawdata(scn, NULL)) || !data->d_buf) {
            continue;
        }
        struct cursor cursor = {
            .bytes = data->d_buf,
            .end = data->d_size,
            .big = ehdr.e_ident[EI_DATA] == ELFDATA2MSB,
            .is64 = ehdr.e_ident[EI_CLASS] == ELFCLASS64,
        };
        read_frames(table, codes, &cursor, shdr.sh_addr);
    }
}
