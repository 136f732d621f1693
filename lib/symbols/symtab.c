/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/symtab.h"

#include <gelf.h>
#include <glib.h>
#include <string.h>

#include "lib/symbols/segments.h"

struct symbol {
    uint64_t start;
    uint64_t end; /* of an unsized symbol: its limit, until symtab_finish() */
    const char *name;
    int rank;
};

struct symtab {
    GArray *sized, *unsized; /* struct symbol */
    GArray *frames;          /* struct symbol; their names are made when they are sorted */
    segments *by_address;    /* of sized */
    GStringChunk *names;
};

symtab *symtab_new(void)
{
    symtab *table = g_new0(symtab, 1);

    table->sized = g_array_new(FALSE, FALSE, sizeof(struct symbol));
    table->unsized = g_array_new(FALSE, FALSE, sizeof(struct symbol));
    table->frames = g_array_new(FALSE, FALSE, sizeof(struct symbol));
    table->by_address = segments_new();
    table->names = g_string_chunk_new(4096);
    return table;
}

void symtab_free(symtab *table)
{
    if (table) {
        g_array_unref(table->sized);
        g_array_unref(table->unsized);
        g_array_unref(table->frames);
        segments_free(table->by_address);
        g_string_chunk_free(table->names);
        g_free(table);
    }
}

size_t symtab_size(const symtab *table)
{
    return (size_t)table->sized->len + table->unsized->len;
}

void symtab_add(symtab *table, uint64_t address, uint64_t size, uint64_t limit, int rank,
                const char *name)
{
    struct symbol symbol = {
        .start = address,
        .end = size ? address + size : limit,
        .name = g_string_chunk_insert(table->names, name),
        .rank = rank,
    };

    if (symbol.end > address) {
        g_array_append_val(size ? table->sized : table->unsized, symbol);
    }
}

void symtab_add_frame(symtab *table, uint64_t address, uint64_t size)
{
    struct symbol frame = {.start = address, .end = address + size, .name = ""};

    if (frame.end > address) {
        g_array_append_val(table->frames, frame);
    }
}

/* The name decides last, so that the answer never hangs on the order of a file. */
static int compare_symbols(const void *pa, const void *pb)
{
    const struct symbol *a = pa, *b = pb;

    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->rank != b->rank) {
        return a->rank - b->rank;
    }
    if (a->end != b->end) {
        return a->end > b->end ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static void sort_and_keep_best(GArray *array)
{
    struct symbol *s = (struct symbol *)array->data;
    guint kept = 0;

    if (array->len == 0) {
        return;
    }
    g_array_sort(array, compare_symbols);
    for (guint i = 1; i < array->len; i++) {
        if (s[i].start != s[kept].start) {
            s[++kept] = s[i];
        }
    }
    g_array_set_size(array, kept + 1);
}

/* Index of the last symbol that starts at or before @address; -1 if none. */
static int64_t last_before(const GArray *array, uint64_t address)
{
    int64_t low = 0, high = array->len;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (g_array_index(array, struct symbol, middle).start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

/* Lets @s end where the first of @array behind its start begins, if not before. */
static void cut_at_next(struct symbol *s, const GArray *array)
{
    int64_t next = last_before(array, s->start) + 1;

    if (next < array->len) {
        s->end = MIN(s->end, g_array_index(array, struct symbol, next).start);
    }
}

void symtab_finish(symtab *table)
{
    char name[32];

    sort_and_keep_best(table->sized);
    sort_and_keep_best(table->unsized);
    sort_and_keep_best(table->frames);
    for (guint i = 0; i < table->sized->len; i++) {
        const struct symbol *s = &g_array_index(table->sized, struct symbol, i);
        segments_add(table->by_address, s->start, s->end, i);
    }
    segments_finish(table->by_address);
    for (guint i = 0; i < table->unsized->len; i++) {
        struct symbol *s = &g_array_index(table->unsized, struct symbol, i);
        cut_at_next(s, table->sized);
        cut_at_next(s, table->frames);
        cut_at_next(s, table->unsized);
    }
    for (guint i = 0; i < table->frames->len; i++) {
        struct symbol *s = &g_array_index(table->frames, struct symbol, i);
        cut_at_next(s, table->frames);
        g_snprintf(name, sizeof(name), "fn_%" G_GINT64_MODIFIER "x", s->start);
        s->name = g_string_chunk_insert(table->names, name);
    }
}

/* The nearest of @array, in which none reach over the next, if it covers @address. */
static const struct symbol *nearest(const GArray *array, uint64_t address)
{
    int64_t i = last_before(array, address);
    const struct symbol *s = i >= 0 ? &g_array_index(array, struct symbol, i) : NULL;

    return s && s->end > address ? s : NULL;
}

/* The symbol of known size that @address lies in; NULL if none. */
static const struct symbol *sized_at(const symtab *table, uint64_t address)
{
    uint32_t i;

    return segments_find(table->by_address, address, &i)
               ? &g_array_index(table->sized, struct symbol, i)
               : NULL;
}

static const char *name_and_offset(const struct symbol *s, uint64_t address, uint64_t *offset)
{
    *offset = s ? address - s->start : 0;
    return s ? s->name : NULL;
}

const char *symtab_lookup_symbol(const symtab *table, uint64_t address, uint64_t *offset)
{
    const struct symbol *s = sized_at(table, address);

    return name_and_offset(s ? s : nearest(table->unsized, address), address, offset);
}

const char *symtab_lookup(const symtab *table, uint64_t address, uint64_t *offset)
{
    const char *name = symtab_lookup_symbol(table, address, offset);

    return name ? name : name_and_offset(nearest(table->frames, address), address, offset);
}

static int compare_functions(const void *pa, const void *pb)
{
    const struct cflow_function *a = pa, *b = pb;

    return a->start < b->start ? -1 : a->start > b->start;
}

static void add_function(GArray *functions, const struct symbol *s)
{
    struct cflow_function function = {s->name, s->start, s->end - s->start, NULL, 0};

    g_array_append_val(functions, function);
}

void symtab_functions(const symtab *table, GArray *functions)
{
    for (guint i = 0; i < table->sized->len; i++) {
        add_function(functions, &g_array_index(table->sized, struct symbol, i));
    }
    for (guint i = 0; i < table->unsized->len; i++) {
        const struct symbol *s = &g_array_index(table->unsized, struct symbol, i);
        if (s->end > s->start && !sized_at(table, s->start)) {
            add_function(functions, s);
        }
    }
    for (guint i = 0; i < table->frames->len; i++) {
        const struct symbol *s = &g_array_index(table->frames, struct symbol, i);
        if (!sized_at(table, s->start) && !nearest(table->unsized, s->start)) {
            add_function(functions, s);
        }
    }
    g_array_sort(functions, compare_functions);
}

/* Assemblers mark where code and data begin with names like "$t" or "$x.3". */
static bool is_marker(const char *name, int machine)
{
    if (name[0] == '.' && name[1] == 'L') {
        return true;
    }
    if (name[0] != '$' || !name[1]) {
        return false;
    }
    switch (machine) {
    case EM_ARM:
        return strchr("atd", name[1]) && (!name[2] || name[2] == '.');
    case EM_AARCH64:
        return strchr("xd", name[1]) && (!name[2] || name[2] == '.');
    case EM_RISCV:
        return name[1] == 'x' || name[1] == 'd';
    default:
        return false;
    }
}

static int rank_of(const GElf_Sym *sym)
{
    int rank = 0;

    switch (GELF_ST_BIND(sym->st_info)) {
    case STB_GLOBAL:
    case STB_GNU_UNIQUE:
        break;
    case STB_WEAK:
        rank = 1;
        break;
    default:
        rank = 2;
    }
    return rank + (GELF_ST_TYPE(sym->st_info) == STT_NOTYPE ? 4 : 0);
}

static void add_symbol(symtab *table, Elf *elf, int machine, const GElf_Sym *sym, const char *name)
{
    int type = GELF_ST_TYPE(sym->st_info);
    uint64_t address = sym->st_value;
    GElf_Shdr section;
    Elf_Scn *scn;

    if ((type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC) || !name || !name[0] ||
        sym->st_shndx == SHN_UNDEF || sym->st_shndx >= SHN_LORESERVE || is_marker(name, machine)) {
        return;
    }
    scn = elf_getscn(elf, sym->st_shndx);
    if (!scn || !gelf_getshdr(scn, &section) || !(section.sh_flags & SHF_EXECINSTR)) {
        return;
    }
    if (machine == EM_ARM && type != STT_NOTYPE) {
        address &= ~UINT64_C(1); /* the Thumb bit */
    }
    /* "memcpy@@GLIBC_2.14": the version says nothing about the code. */
    g_autofree char *plain = g_strndup(name, strcspn(name, "@"));
    symtab_add(table, address, sym->st_size, section.sh_addr + section.sh_size, rank_of(sym),
               plain[0] ? plain : name);
}

static void add_table(symtab *table, Elf *elf, int machine, Elf_Scn *scn, const GElf_Shdr *shdr)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t n = data && shdr->sh_entsize ? data->d_size / shdr->sh_entsize : 0;
    GElf_Sym sym;

    for (size_t i = 1; i < n && i <= G_MAXINT; i++) {
        if (gelf_getsym(data, (int)i, &sym)) {
            add_symbol(table, elf, machine, &sym, elf_strptr(elf, shdr->sh_link, sym.st_name));
        }
    }
}

void symtab_add_elf(symtab *table, Elf *elf)
{
    Elf_Scn *scn = NULL;
    GElf_Ehdr ehdr;
    GElf_Shdr shdr;

    if (!gelf_getehdr(elf, &ehdr)) {
        return;
    }
    while ((scn = elf_nextscn(elf, scn))) {
        if (gelf_getshdr(scn, &shdr) &&
            (shdr.sh_type == SHT_SYMTAB || shdr.sh_type == SHT_DYNSYM)) {
            add_table(table, elf, ehdr.e_machine, scn, &shdr);
        }
    }
}

bool symtab_elf_is_full(Elf *elf)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;

    while ((scn = elf_nextscn(elf, scn))) {
        if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB) {
            return true;
        }
    }
    return false;
}
