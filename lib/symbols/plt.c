/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the stubs of procedure linkage tables.  A stub loads its target
 * from a slot; the relocation of that slot names the function.  Reading the
 * stub's code is surer than counting stubs: linkers lay the tables out in many
 * ways (headers, a second table for IBT, stubs for address-taken functions).
 */
#include "lib/symbols/symtab.h"

#include <gelf.h>
#include <glib.h>
#include <string.h>

#define PLT_RANK 8

struct plt {
    Elf *elf;
    int machine;
    uint64_t got;      /* DT_PLTGOT: what %ebx holds in i386 stubs */
    GHashTable *slots; /* address of a slot -> symbol's name, owned by elf */
    GPtrArray *order;  /* names by index in .rel[a].plt; NULL elements */
};

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const char *slot_name(const struct plt *plt, uint64_t slot)
{
    return g_hash_table_lookup(plt->slots, &slot);
}

/*
 * One function per machine: the name behind the stub whose code is the @n
 * bytes at @p, @pc their address; NULL if that is no stub.
 */
static const char *stub_x86(const struct plt *plt, uint64_t pc, const uint8_t *p, size_t n)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa}, endbr32[] = {0xf3, 0x0f, 0x1e, 0xfb};
    size_t at = 0;

    if (n >= 4 && (memcmp(p, endbr64, 4) == 0 || memcmp(p, endbr32, 4) == 0)) {
        at = 4;
        if (n >= at + 5 && p[at] == 0x68) { /* push index: lazy half of an IBT pair */
            uint32_t i = le32(p + at + 1) / (plt->machine == EM_386 ? sizeof(Elf32_Rel) : 1);
            return i < plt->order->len ? g_ptr_array_index(plt->order, i) : NULL;
        }
    }
    if (n > at && p[at] == 0xf2) { /* bnd */
        at++;
    }
    if (n < at + 6 || p[at] != 0xff) {
        return NULL;
    }
    int64_t disp = (int32_t)le32(p + at + 2);
    if (plt->machine == EM_X86_64) {
        return p[at + 1] == 0x25 ? slot_name(plt, pc + at + 6 + (uint64_t)disp) : NULL;
    }
    if (p[at + 1] == 0xa3) {
        return slot_name(plt, (uint32_t)(plt->got + (uint64_t)disp));
    }
    return p[at + 1] == 0x25 ? slot_name(plt, (uint32_t)disp) : NULL;
}

static const char *stub_aarch64(const struct plt *plt, uint64_t pc, const uint8_t *p, size_t n)
{
    size_t at = n >= 4 && le32(p) == 0xd503245f ? 4 : 0; /* bti c */

    if (n < at + 8) {
        return NULL;
    }
    uint32_t adrp = le32(p + at), ldr = le32(p + at + 4);
    if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211) {
        return NULL;
    }
    uint64_t pages = (adrp >> 29 & 3) | (adrp >> 5 & 0x7ffff) << 2;
    if (pages & 0x100000) {
        pages |= ~UINT64_C(0x1fffff);
    }
    return slot_name(plt, ((pc + at) & ~UINT64_C(0xfff)) + (pages << 12) + (ldr >> 10 & 0xfff) * 8);
}

static uint32_t arm_immediate(uint32_t insn)
{
    uint32_t value = insn & 0xff, turn = insn >> 7 & 0x1e;

    return turn ? value >> turn | value << (32 - turn) : value;
}

/* add ip, pc, #a; any number of add ip, ip, #b; ldr pc, [ip, #c]! */
static const char *stub_arm(const struct plt *plt, uint64_t pc, const uint8_t *p, size_t n)
{
    size_t at = n >= 4 && le32(p) == 0x46c04778 ? 4 : 0; /* bx pc; nop: from Thumb */
    uint32_t slot;

    if (n < at + 8 || (le32(p + at) & 0xfffff000) != 0xe28fc000) {
        return NULL;
    }
    slot = (uint32_t)pc + (uint32_t)at + 8 + arm_immediate(le32(p + at));
    for (at += 4; n >= at + 4; at += 4) {
        uint32_t insn = le32(p + at);
        if ((insn & 0xfffff000) == 0xe5bcf000) {
            return slot_name(plt, (uint32_t)(slot + (insn & 0xfff)));
        }
        if ((insn & 0xfffff000) != 0xe28cc000) {
            break;
        }
        slot += arm_immediate(insn);
    }
    return NULL;
}

/* auipc t3, hi; l[wd] t3, lo(t3) */
static const char *stub_riscv(const struct plt *plt, uint64_t pc, const uint8_t *p, size_t n)
{
    if (n < 8) {
        return NULL;
    }
    uint32_t auipc = le32(p), load = le32(p + 4);
    if ((auipc & 0xfff) != 0xe17 || ((load & 0xfffff) != 0xe3e03 && (load & 0xfffff) != 0xe2e03)) {
        return NULL;
    }
    int64_t high = (int32_t)(auipc & 0xfffff000), low = (int32_t)load >> 20;
    return slot_name(plt, pc + (uint64_t)high + (uint64_t)low);
}

static const struct {
    int machine;
    unsigned step; /* where stubs can start */
    const char *(*stub)(const struct plt *plt, uint64_t pc, const uint8_t *p, size_t n);
} machines[] = {
    {EM_X86_64, 8, stub_x86}, {EM_386, 8, stub_x86},     {EM_AARCH64, 4, stub_aarch64},
    {EM_ARM, 4, stub_arm},    {EM_RISCV, 4, stub_riscv},
};

/*
 * A stub ends where the next begins; the ends of stubs hold no further code.
 * Before the first lies what binds lazily, which all of them share.
 */
static void scan_section(const struct plt *plt, symtab *table, size_t m, const GElf_Shdr *shdr,
                         const Elf_Data *data)
{
    const char *open = NULL;
    uint64_t start = 0;
    size_t step = machines[m].step, at;

    for (at = 0; at + step <= data->d_size; at += step) {
        const char *name = machines[m].stub(plt, shdr->sh_addr + at,
                                            (const uint8_t *)data->d_buf + at, data->d_size - at);
        /* The ARM code behind a Thumb entry looks like a stub too. */
        if (!name || (name == open && machines[m].machine == EM_ARM && at - start == 4)) {
            continue;
        }
        if (open) {
            g_autofree char *full = g_strconcat(open, "@plt", NULL);
            symtab_add(table, shdr->sh_addr + start, at - start, 0, PLT_RANK, full);
        } else if (at > 0) {
            symtab_add(table, shdr->sh_addr, at, 0, PLT_RANK, "header@plt");
        }
        open = name;
        start = at;
    }
    if (open) {
        g_autofree char *full = g_strconcat(open, "@plt", NULL);
        symtab_add(table, shdr->sh_addr + start, at - start, 0, PLT_RANK, full);
    }
}

static void add_relocation(struct plt *plt, Elf_Data *symbols, size_t strings, uint64_t offset,
                           uint64_t info, bool in_order)
{
    const char *name = NULL;
    GElf_Sym sym;

    if (GELF_R_SYM(info) && gelf_getsym(symbols, (int)GELF_R_SYM(info), &sym)) {
        name = elf_strptr(plt->elf, strings, sym.st_name);
    }
    if (in_order) {
        g_ptr_array_add(plt->order, (gpointer)name);
    }
    if (name && name[0]) {
        guint64 *key = g_new(guint64, 1);
        *key = offset;
        g_hash_table_insert(plt->slots, key, (gpointer)name);
    }
}

static void read_relocations(struct plt *plt, Elf_Scn *scn, const GElf_Shdr *shdr, const char *name)
{
    Elf_Scn *symbol_scn = elf_getscn(plt->elf, shdr->sh_link);
    GElf_Shdr symbol_shdr;
    Elf_Data *data, *symbols;
    bool in_order = name && (strcmp(name, ".rela.plt") == 0 || strcmp(name, ".rel.plt") == 0);

    if (!(shdr->sh_flags & SHF_ALLOC) || !shdr->sh_link || !symbol_scn ||
        !gelf_getshdr(symbol_scn, &symbol_shdr) || !(data = elf_getdata(scn, NULL)) ||
        !(symbols = elf_getdata(symbol_scn, NULL)) || !shdr->sh_entsize) {
        return;
    }
    for (size_t i = 0; i < data->d_size / shdr->sh_entsize && i <= G_MAXINT; i++) {
        GElf_Rela rela;
        GElf_Rel rel;
        if (shdr->sh_type == SHT_RELA && gelf_getrela(data, (int)i, &rela)) {
            add_relocation(plt, symbols, symbol_shdr.sh_link, rela.r_offset, rela.r_info, in_order);
        } else if (shdr->sh_type == SHT_REL && gelf_getrel(data, (int)i, &rel)) {
            add_relocation(plt, symbols, symbol_shdr.sh_link, rel.r_offset, rel.r_info, in_order);
        }
    }
}

static void read_dynamic(struct plt *plt, Elf_Scn *scn, const GElf_Shdr *shdr)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    GElf_Dyn dyn;

    if (!data || !shdr->sh_entsize) {
        return;
    }
    for (size_t i = 0; i < data->d_size / shdr->sh_entsize && i <= G_MAXINT; i++) {
        if (gelf_getdyn(data, (int)i, &dyn) && dyn.d_tag == DT_PLTGOT) {
            plt->got = dyn.d_un.d_ptr;
        }
    }
}

static void scan_plts(const struct plt *plt, symtab *table, size_t m, size_t names)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;

    while ((scn = elf_nextscn(plt->elf, scn))) {
        const char *name;
        Elf_Data *data;
        if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_PROGBITS ||
            !(shdr.sh_flags & SHF_EXECINSTR)) {
            continue;
        }
        name = elf_strptr(plt->elf, names, shdr.sh_name);
        if (name && g_str_has_prefix(name, ".plt") && (data = elf_rawdata(scn, NULL)) &&
            data->d_buf) {
            scan_section(plt, table, m, &shdr, data);
        }
    }
}

void symtab_add_plt(symtab *table, Elf *elf)
{
    g_autoptr(GHashTable) slots = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    struct plt plt = {.elf = elf, .slots = slots, .order = order};
    Elf_Scn *scn = NULL;
    GElf_Ehdr ehdr;
    GElf_Shdr shdr;
    size_t names, m = 0;

    if (!gelf_getehdr(elf, &ehdr) || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
        elf_getshdrstrndx(elf, &names) != 0) {
        return;
    }
    while (m < G_N_ELEMENTS(machines) && machines[m].machine != ehdr.e_machine) {
        m++;
    }
    if (m == G_N_ELEMENTS(machines)) {
        return;
    }
    plt.machine = ehdr.e_machine;
    while ((scn = elf_nextscn(elf, scn))) {
        if (!gelf_getshdr(scn, &shdr)) {
            continue;
        }
        if (shdr.sh_type == SHT_RELA || shdr.sh_type == SHT_REL) {
            read_relocations(&plt, scn, &shdr, elf_strptr(elf, names, shdr.sh_name));
        } else if (shdr.sh_type == SHT_DYNAMIC) {
            read_dynamic(&plt, scn, &shdr);
        }
    }
    scan_plts(&plt, table, m, names);
}
