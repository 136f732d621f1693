/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/elf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUG_ROOT "/usr/lib/debug"

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

/* The CRC-32 of zlib, which .gnu_debuglink uses. */
static uint32_t crc32_of(const uint8_t *p, size_t n)
{
    uint32_t table[256], crc = 0xffffffff;

    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++) {
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
        }
    }
    for (size_t i = 0; i < n; i++) {
        crc = table[(crc ^ p[i]) & 0xff] ^ crc >> 8;
    }
    return ~crc;
}

/* The name in .gnu_debuglink and the checksum behind it; NULL if none. */
static const char *debug_link(Elf *elf, uint32_t *crc)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr shdr;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0) {
        return NULL;
    }
    while ((scn = elf_nextscn(elf, scn))) {
        const char *name = gelf_getshdr(scn, &shdr) ? elf_strptr(elf, names, shdr.sh_name) : NULL;
        Elf_Data *data;
        if (!name || strcmp(name, ".gnu_debuglink") != 0 || !(data = elf_rawdata(scn, NULL)) ||
            !data->d_buf || !memchr(data->d_buf, 0, data->d_size)) {
            continue;
        }
        size_t at = (strlen(data->d_buf) + 4) & ~(size_t)3;
        if (at + 4 > data->d_size || strchr(data->d_buf, '/')) {
            return NULL;
        }
        memcpy(crc, (const char *)data->d_buf + at, 4);
        if ((elf_getident(elf, NULL)[EI_DATA] == ELFDATA2MSB) ==
            (G_BYTE_ORDER == G_LITTLE_ENDIAN)) {
            *crc = GUINT32_SWAP_LE_BE(*crc);
        }
        return data->d_buf;
    }
    return NULL;
}

/* @crc: NULL if only a build-id can tell. */
static elf_file *open_if_its(const elf_file *file, const char *path, const uint32_t *crc)
{
    bool missing;
    g_autoptr(elf_file) debug = elf_file_open(path, &missing);

    if (!debug) {
        return NULL;
    }
    if (file->build_id && debug->build_id) {
        return strcmp(file->build_id, debug->build_id) == 0 ? g_steal_pointer(&debug) : NULL;
    }
    size_t size;
    const char *image = crc ? elf_rawfile(debug->elf, &size) : NULL;
    return image && crc32_of((const uint8_t *)image, size) == *crc ? g_steal_pointer(&debug) : NULL;
}

/* As it is, then below the sysroot. */
static elf_file *open_below(const elf_file *file, const char *sysroot, const char *path,
                            const uint32_t *crc)
{
    elf_file *debug = open_if_its(file, path, crc);

    if (!debug && sysroot) {
        g_autofree char *below = g_build_filename(sysroot, path, NULL);
        debug = open_if_its(file, below, crc);
    }
    return debug;
}

elf_file *elf_file_open_debug(const elf_file *file, const char *sysroot)
{
    elf_file *debug = NULL;
    uint32_t crc;
    const char *link = debug_link(file->elf, &crc);

    if (file->build_id && strlen(file->build_id) > 2) {
        g_autofree char *path = g_strdup_printf(DEBUG_ROOT "/.build-id/%.2s/%s.debug",
                                                file->build_id, file->build_id + 2);
        debug = open_below(file, sysroot, path, NULL);
    }
    if (!debug && link) {
        g_autofree char *dir = g_path_get_dirname(file->path);
        g_autofree char *beside = g_build_filename(dir, link, NULL);
        g_autofree char *hidden = g_build_filename(dir, ".debug", link, NULL);
        g_autofree char *root = g_build_filename(DEBUG_ROOT, dir, link, NULL);
        /* A link may name the file itself. */
        debug = strcmp(beside, file->path) ? open_if_its(file, beside, &crc) : NULL;
        debug = debug ? debug : open_if_its(file, hidden, &crc);
        debug = debug ? debug : open_below(file, sysroot, root, &crc);
    }
    return debug;
}
