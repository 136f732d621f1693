/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/elf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer ones are nobody's build-id. */
#define MAX_BUILD_ID 64

static char *hex(const uint8_t *bytes, size_t n)
{
    GString *text = g_string_sized_new(2 * n);

    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(text, "%02x", bytes[i]);
    }
    return g_string_free(text, FALSE);
}

static uint32_t word(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/*
 * The id in a table of notes, as it lies in the file.  Not gelf_getnote(): that
 * wants padding behind the last note, which linkers leave out behind an id whose
 * length is not a multiple of 4.
 */
static char *build_id_in(const Elf_Data *data, bool big, uint64_t align)
{
    const uint8_t *p = data && data->d_buf ? data->d_buf : NULL;
    uint64_t n = p ? data->d_size : 0, mask = align == 8 ? 7 : 3;

    while (n >= sizeof(Elf64_Nhdr)) {
        uint64_t name_size = word(p, big), desc_size = word(p + 4, big);
        uint64_t desc = (sizeof(Elf64_Nhdr) + name_size + mask) & ~mask;
        uint64_t next = (desc + desc_size + mask) & ~mask;
        if (desc > n || desc_size > n - desc) {
            break;
        }
        if (word(p + 8, big) == NT_GNU_BUILD_ID && name_size == 4 &&
            memcmp(p + sizeof(Elf64_Nhdr), "GNU", 4) == 0 && desc_size > 0 &&
            desc_size <= MAX_BUILD_ID) {
            return hex(p + desc, desc_size);
        }
        p += MIN(next, n);
        n -= MIN(next, n);
    }
    return NULL;
}

/*
 * Sections first: the program headers of a file with debug information only
 * point at contents that it does not have.
 */
static char *read_build_id(Elf *elf)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;
    GElf_Phdr phdr;
    size_t n = 0;
    const char *ident = elf_getident(elf, NULL);
    bool big = ident && ident[EI_DATA] == ELFDATA2MSB;

    while ((scn = elf_nextscn(elf, scn))) {
        if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_NOTE) {
            char *id = build_id_in(elf_rawdata(scn, NULL), big, shdr.sh_addralign);
            if (id) {
                return id;
            }
        }
    }
    if (elf_getphdrnum(elf, &n) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < n && i <= G_MAXINT; i++) {
        if (gelf_getphdr(elf, (int)i, &phdr) && phdr.p_type == PT_NOTE) {
            char *id = build_id_in(
                elf_getdata_rawchunk(elf, (int64_t)phdr.p_offset, phdr.p_filesz, ELF_T_BYTE), big,
                phdr.p_align);
            if (id) {
                return id;
            }
        }
    }
    return NULL;
}

elf_file *elf_file_open(const char *path, bool *missing)
{
    g_autoptr(elf_file) file = g_new0(elf_file, 1);
    struct stat st;

    file->path = g_strdup(path);
    /* O_NONBLOCK: the path comes from a profile and may name a pipe. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *missing = file->fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (file->fd < 0 || fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        elf_version(EV_CURRENT) == EV_NONE) {
        return NULL;
    }
    file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
        return NULL;
    }
    file->build_id = read_build_id(file->elf);
    return g_steal_pointer(&file);
}

void elf_file_close(elf_file *file)
{
    if (file) {
        elf_end(file->elf);
        if (file->fd >= 0) {
            close(file->fd);
        }
        g_free(file->build_id);
        g_free(file->path);
        g_free(file);
    }
}

Elf_Data *elf_file_section(const elf_file *file, const char *name)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;
    size_t names;

    if (elf_getshdrstrndx(file->elf, &names) != 0) {
        return NULL;
    }
    while ((scn = elf_nextscn(file->elf, scn))) {
        const char *found =
            gelf_getshdr(scn, &shdr) ? elf_strptr(file->elf, names, shdr.sh_name) : NULL;
        if (found && strcmp(found, name) == 0 && shdr.sh_type != SHT_NOBITS) {
            return elf_rawdata(scn, NULL);
        }
    }
    return NULL;
}

bool elf_file_has_dwarf(const elf_file *file)
{
    return elf_file_section(file, ".debug_info") || elf_file_section(file, ".zdebug_info");
}
