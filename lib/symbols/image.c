/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/image.h"

#include <gelf.h>
#include <string.h>

/* Longer than a function of a kernel. */
#define MAX_LISTED UINT64_C(0x10000)

struct code {
    struct cflow_section section;
    const unsigned char *bytes;
};

struct mark {
    uint64_t address;
    char kind;
};

struct image {
    elf_file *file, *debug, *alt; /* or NULL */
    debug_info *dwarf;            /* or NULL */
    symtab *names;
    GArray *codes;     /* struct code, sorted and disjoint: what can be executed */
    GArray *constants; /* likewise what is mapped and cannot be written, code among it */
    GArray *marks;     /* struct mark, sorted; NULL until asked for */
};

static int compare_codes(const void *pa, const void *pb)
{
    const struct code *a = pa, *b = pb;

    return a->section.start < b->section.start ? -1 : a->section.start > b->section.start;
}

/* Adds the @size bytes at @position of the file to @into, if they are in it. */
static void add_code(const image *image, GArray *into, const char *name, uint64_t start,
                     uint64_t position, uint64_t size)
{
    size_t n = 0;
    const char *bytes = elf_rawfile(image->file->elf, &n);

    if (bytes && size > 0 && position <= n && size <= n - position && size <= UINT64_MAX - start) {
        struct code code = {{name ? name : "", start, size},
                            (const unsigned char *)bytes + position};
        g_array_append_val(into, code);
    }
}

static void find_sections(image *image)
{
    Elf *elf = image->file->elf;
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0) {
        return;
    }
    while ((scn = elf_nextscn(elf, scn))) {
        if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) ||
            shdr.sh_type == SHT_NOBITS) {
            continue;
        }
        const char *name = elf_strptr(elf, names, shdr.sh_name);
        if (shdr.sh_flags & SHF_EXECINSTR) {
            add_code(image, image->codes, name, shdr.sh_addr, shdr.sh_offset, shdr.sh_size);
        }
        if (!(shdr.sh_flags & SHF_WRITE)) {
            add_code(image, image->constants, name, shdr.sh_addr, shdr.sh_offset, shdr.sh_size);
        }
    }
}

/* For files whose section headers were cut off. */
static void find_segments(image *image)
{
    GElf_Phdr phdr;
    size_t n;

    if (elf_getphdrnum(image->file->elf, &n) != 0) {
        return;
    }
    for (size_t i = 0; i < n && i <= G_MAXINT; i++) {
        if (gelf_getphdr(image->file->elf, (int)i, &phdr) && phdr.p_type == PT_LOAD &&
            (phdr.p_flags & PF_X)) {
            add_code(image, image->codes, "LOAD", phdr.p_vaddr, phdr.p_offset, phdr.p_filesz);
        }
    }
}

/* Sorts @array, of struct code, and leaves out what overlaps. */
static void sort_codes(GArray *array)
{
    struct code *codes;
    guint kept = 0;

    g_array_sort(array, compare_codes);
    codes = (struct code *)array->data;
    for (guint i = 0; i < array->len; i++) {
        const struct cflow_section *last = kept ? &codes[kept - 1].section : NULL;
        if (!last || codes[i].section.start >= last->start + last->size) {
            codes[kept++] = codes[i];
        }
    }
    g_array_set_size(array, kept);
}

static void find_codes(image *image)
{
    find_sections(image);
    if (image->codes->len == 0) {
        find_segments(image);
    }
    sort_codes(image->codes);
    sort_codes(image->constants);
}

static image *new_empty(void)
{
    image *new = g_new0(image, 1);

    new->names = symtab_new();
    new->codes = g_array_new(FALSE, FALSE, sizeof(struct code));
    new->constants = g_array_new(FALSE, FALSE, sizeof(struct code));
    return new;
}

/* Relocatable files do not tell addresses yet. */
static void find_dwarf(image *image)
{
    g_autoptr(GArray) sections = g_array_new(FALSE, FALSE, sizeof(struct cflow_section));
    const elf_file *with = elf_file_has_dwarf(image->file) ? image->file : image->debug;
    GElf_Ehdr ehdr;

    if (!with || !gelf_getehdr(image->file->elf, &ehdr) || ehdr.e_type == ET_REL) {
        return;
    }
    image_sections(image, sections);
    image->dwarf = debug_info_new(with, image->alt, sections);
}

image *image_new(elf_file *file, elf_file *debug, elf_file *alt, bool with_dwarf)
{
    image *new = new_empty();

    new->file = file;
    new->debug = debug;
    new->alt = alt;
    symtab_add_elf(new->names, file->elf);
    symtab_add_plt(new->names, file->elf);
    symtab_add_frames(new->names, file->elf);
    if (debug && !symtab_elf_is_full(file->elf)) {
        symtab_add_elf(new->names, debug->elf);
    }
    symtab_finish(new->names);
    find_codes(new);
    if (with_dwarf) {
        find_dwarf(new);
    }
    return new;
}

void image_free(image *image)
{
    if (image) {
        debug_info_free(image->dwarf);
        symtab_free(image->names);
        g_array_unref(image->codes);
        g_array_unref(image->constants);
        g_clear_pointer(&image->marks, g_array_unref);
        elf_file_close(image->alt);
        elf_file_close(image->debug);
        elf_file_close(image->file);
        g_free(image);
    }
}

/*
 * "ffffffff81000000 T startup_64", and in kallsyms "[module]" behind it.  Only
 * code has a name here: types t and w.
 */
static bool add_list_line(symtab *names, const char *line, bool *hidden)
{
    char *end;
    uint64_t address = g_ascii_strtoull(line, &end, 16);

    if (end == line || end[0] != ' ' || !g_ascii_isalpha(end[1]) || end[2] != ' ' ||
        !g_ascii_isgraph(end[3])) {
        return false;
    }
    *hidden = *hidden && address == 0;
    if (strchr("tTwW", end[1])) {
        g_autofree char *name = g_strndup(end + 3, strcspn(end + 3, " \t\r\n"));
        /* Nothing tells where the last one before a gap ends. */
        symtab_add(names, address, 0,
                   address > UINT64_MAX - MAX_LISTED ? UINT64_MAX : address + MAX_LISTED,
                   end[1] == 'T'   ? 0
                   : end[1] == 't' ? 2
                                   : 1,
                   name);
    }
    return true;
}

image *image_new_list(const char *text, bool *hidden)
{
    image *new = new_empty();
    bool good = text[0] != '\0';

    *hidden = good;
    while (good && *text) {
        const char *next = strchr(text, '\n');
        good = add_list_line(new->names, text, hidden);
        text = next ? next + 1 : text + strlen(text);
    }
    symtab_finish(new->names);
    if (!good || symtab_size(new->names) == 0) {
        g_clear_pointer(&new, image_free);
    }
    return new;
}

const elf_file *image_file(const image *image)
{
    return image->file;
}

const symtab *image_names(const image *image)
{
    return image->names;
}

debug_info *image_debug(const image *image)
{
    return image->dwarf;
}

/* The element of @codes, of struct code, that @offset lies in; NULL. */
static const struct code *code_at(const GArray *codes, uint64_t offset)
{
    guint low = 0, high = codes->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const struct code *code = &g_array_index(codes, struct code, middle);
        if (offset < code->section.start) {
            high = middle;
        } else if (offset - code->section.start >= code->section.size) {
            low = middle + 1;
        } else {
            return code;
        }
    }
    return NULL;
}

void image_sections(const image *image, GArray *sections)
{
    for (guint i = 0; i < image->codes->len; i++) {
        g_array_append_val(sections, g_array_index(image->codes, struct code, i).section);
    }
}

bool image_covers(const image *image, uint64_t offset)
{
    uint64_t distance;

    return image->file ? code_at(image->codes, offset) != NULL
                       : symtab_lookup(image->names, offset, &distance) != NULL;
}

static const unsigned char *bytes_at(const GArray *codes, uint64_t offset, size_t *n)
{
    const struct code *code = code_at(codes, offset);
    uint64_t distance = code ? offset - code->section.start : 0;

    *n = code ? code->section.size - distance : 0;
    return code ? code->bytes + distance : NULL;
}

const unsigned char *image_code(const image *image, uint64_t offset, size_t *n)
{
    return bytes_at(image->codes, offset, n);
}

const unsigned char *image_constant(const image *image, uint64_t offset, size_t *n)
{
    return bytes_at(image->constants, offset, n);
}

/* What is mapped: all of the PT_LOAD segments and what is between them. */
static void find_extent(Elf *elf, struct cflow_elf *out)
{
    GElf_Phdr phdr;
    size_t n;
    bool any = false;

    if (elf_getphdrnum(elf, &n) != 0) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (gelf_getphdr(elf, (int)i, &phdr) && phdr.p_type == PT_LOAD &&
            phdr.p_memsz <= UINT64_MAX - phdr.p_vaddr) {
            uint64_t end = phdr.p_vaddr + phdr.p_memsz;
            out->start = any ? MIN(out->start, phdr.p_vaddr) : phdr.p_vaddr;
            out->end = MAX(out->end, end);
            any = true;
        }
    }
}

bool image_elf(const image *image, struct cflow_elf *out)
{
    GElf_Ehdr ehdr;

    memset(out, 0, sizeof(*out));
    if (!image->file || !gelf_getehdr(image->file->elf, &ehdr)) {
        return false;
    }
    out->machine = ehdr.e_machine;
    out->type = ehdr.e_type;
    out->flags = ehdr.e_flags;
    out->is64 = ehdr.e_ident[EI_CLASS] == ELFCLASS64;
    out->big_endian = ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
    find_extent(image->file->elf, out);
    return true;
}

static int compare_marks(const void *pa, const void *pb)
{
    const struct mark *a = pa, *b = pb;

    return a->address != b->address ? (a->address < b->address ? -1 : 1) : b->kind - a->kind;
}

/* @functions: those of Arm, told by their lowest bit, and not the mapping symbols. */
static void read_marks(GArray *marks, Elf *elf, bool functions)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;
    GElf_Sym sym;

    while ((scn = elf_nextscn(elf, scn))) {
        Elf_Data *data;
        if (!gelf_getshdr(scn, &shdr) || !shdr.sh_entsize ||
            (shdr.sh_type != SHT_SYMTAB && shdr.sh_type != SHT_DYNSYM) ||
            !(data = elf_getdata(scn, NULL))) {
            continue;
        }
        for (size_t i = 1; i < data->d_size / shdr.sh_entsize && i <= G_MAXINT; i++) {
            const char *name;
            if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF ||
                !(name = elf_strptr(elf, shdr.sh_link, sym.st_name))) {
                continue;
            }
            struct mark mark = {sym.st_value, name[0] == '$' ? name[1] : 0};
            if (functions && GELF_ST_TYPE(sym.st_info) == STT_FUNC) {
                mark.address &= ~UINT64_C(1);
                mark.kind = sym.st_value & 1 ? 't' : 'a';
                g_array_append_val(marks, mark);
            } else if (!functions && mark.kind && strchr("atdx", mark.kind)) {
                g_array_append_val(marks, mark);
            }
        }
    }
}

static void find_marks(image *image)
{
    GElf_Ehdr ehdr;

    image->marks = g_array_new(FALSE, FALSE, sizeof(struct mark));
    if (!image->file || !gelf_getehdr(image->file->elf, &ehdr) ||
        (ehdr.e_machine != EM_ARM && ehdr.e_machine != EM_AARCH64 && ehdr.e_machine != EM_RISCV)) {
        return;
    }
    for (int functions = 0; functions <= (ehdr.e_machine == EM_ARM) && image->marks->len == 0;
         functions++) {
        read_marks(image->marks, image->file->elf, functions);
        if (image->debug) {
            read_marks(image->marks, image->debug->elf, functions);
        }
    }
    g_array_sort(image->marks, compare_marks);
}

char image_mark(image *image, uint64_t offset)
{
    const struct code *code = code_at(image->codes, offset);
    guint low = 0, high;

    if (!image->marks) {
        find_marks(image);
    }
    high = image->marks->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(image->marks, struct mark, middle).address <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!code || low == 0) {
        return 0;
    }
    const struct mark *mark = &g_array_index(image->marks, struct mark, low - 1);
    return mark->address >= code->section.start ? mark->kind : 0;
}
