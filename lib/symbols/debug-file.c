/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/debug-file.h"

#include <dlfcn.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBUG_ROOT "/usr/lib/debug"

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
static const char *debug_link(const elf_file *file, uint32_t *crc)
{
    Elf_Data *data = elf_file_section(file, ".gnu_debuglink");

    if (!data || !data->d_buf || !memchr(data->d_buf, 0, data->d_size)) {
        return NULL;
    }
    size_t at = (strlen(data->d_buf) + 4) & ~(size_t)3;
    if (at + 4 > data->d_size || strchr(data->d_buf, '/')) {
        return NULL;
    }
    memcpy(crc, (const char *)data->d_buf + at, 4);
    if ((elf_getident(file->elf, NULL)[EI_DATA] == ELFDATA2MSB) ==
        (G_BYTE_ORDER == G_LITTLE_ENDIAN)) {
        *crc = GUINT32_SWAP_LE_BE(*crc);
    }
    return data->d_buf;
}

/* What a file that is looked for must be. */
struct wanted {
    const char *build_id; /* or NULL: only a checksum can tell */
    const uint32_t *crc;  /* or NULL: only a build-id can tell */
};

static elf_file *open_if_it(const struct wanted *wanted, const char *path)
{
    bool missing;
    g_autoptr(elf_file) file = elf_file_open(path, &missing);
    const char *image;
    size_t size;

    if (!file) {
        return NULL;
    }
    if (wanted->build_id && file->build_id) {
        return strcmp(wanted->build_id, file->build_id) == 0 ? g_steal_pointer(&file) : NULL;
    }
    image = wanted->crc ? elf_rawfile(file->elf, &size) : NULL;
    return image && crc32_of((const uint8_t *)image, size) == *wanted->crc ? g_steal_pointer(&file)
                                                                           : NULL;
}

/* @path below each root of debug files; it begins with a '/'. */
static elf_file *open_below_roots(const struct wanted *wanted, const struct debug_places *places,
                                  const char *path)
{
    elf_file *file = NULL;

    for (guint i = 0; i < places->dirs->len && !file; i++) {
        g_autofree char *full = g_strconcat(g_ptr_array_index(places->dirs, i), path, NULL);
        file = open_if_it(wanted, full);
    }
    if (!file) {
        g_autofree char *full = g_strconcat(DEBUG_ROOT, path, NULL);
        file = open_if_it(wanted, full);
    }
    if (!file && places->sysroot) {
        g_autofree char *full = g_build_filename(places->sysroot, DEBUG_ROOT, path, NULL);
        file = open_if_it(wanted, full);
    }
    return file;
}

static elf_file *open_by_build_id(const char *build_id, const struct debug_places *places)
{
    struct wanted wanted = {build_id, NULL};

    if (!build_id || strlen(build_id) <= 2) {
        return NULL;
    }
    g_autofree char *path = g_strdup_printf("/.build-id/%.2s/%s.debug", build_id, build_id + 2);
    return open_below_roots(&wanted, places, path);
}

/*
 * From a server, or its cache in the user's home.  The library is loaded when
 * it is needed: it brings some thirty others along, and need not be installed.
 */
static elf_file *download(const char *build_id, const struct debug_places *places)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    struct wanted wanted = {build_id, NULL};
    elf_file *file = NULL;
    char *path = NULL;

    if (!places->ask_servers || !urls || !urls[0] || !build_id || strlen(build_id) <= 2) {
        return NULL;
    }
    /* It stays loaded: its own libraries do not bear to be unloaded. */
    void *library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return NULL;
    }
    void *(*new)(void) = (void *(*)(void))dlsym(library, "debuginfod_begin");
    void (*end)(void *) = (void (*)(void *))dlsym(library, "debuginfod_end");
    /* A length of 0: the id is text. */
    int (*find)(void *, const char *, int, char **) =
        (int (*)(void *, const char *, int, char **))dlsym(library, "debuginfod_find_debuginfo");
    void *client = new &&end &&find ? new () : NULL;
    if (client) {
        int fd = find(client, build_id, 0, &path);
        if (fd >= 0) {
            close(fd);
            file = open_if_it(&wanted, path);
            free(path);
        }
        end(client);
    }
    return file;
}

static elf_file *open_by_link(const elf_file *file, const struct debug_places *places)
{
    uint32_t crc;
    const char *link = debug_link(file, &crc);
    struct wanted wanted = {file->build_id, &crc};

    if (!link) {
        return NULL;
    }
    g_autofree char *full = g_canonicalize_filename(file->path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);
    g_autofree char *beside = g_build_filename(dir, link, NULL);
    g_autofree char *hidden = g_build_filename(dir, ".debug", link, NULL);
    g_autofree char *root = g_build_filename(dir, link, NULL);
    g_autofree char *top = g_strconcat("/", link, NULL);
    /* A link may name the file itself. */
    elf_file *debug = strcmp(beside, full) ? open_if_it(&wanted, beside) : NULL;
    debug = debug ? debug : open_if_it(&wanted, hidden);
    debug = debug ? debug : open_below_roots(&wanted, places, root);
    return debug ? debug : open_below_roots(&wanted, places, top);
}

elf_file *debug_file_open(const elf_file *file, const struct debug_places *places)
{
    elf_file *debug = open_by_build_id(file->build_id, places);

    debug = debug ? debug : open_by_link(file, places);
    return debug ? debug : download(file->build_id, places);
}

/* .gnu_debugaltlink is a name and a build-id in binary. */
static const char *alt_link(const elf_file *file, char **build_id)
{
    Elf_Data *data = elf_file_section(file, ".gnu_debugaltlink");
    const char *name = data ? data->d_buf : NULL;
    const char *zero = name ? memchr(name, 0, data->d_size) : NULL;
    g_autoptr(GString) id = g_string_new(NULL);

    if (!zero) {
        return NULL;
    }
    for (const char *p = zero + 1; p < name + data->d_size; p++) {
        g_string_append_printf(id, "%02x", (unsigned char)*p);
    }
    *build_id = g_strdup(id->str);
    return name;
}

elf_file *debug_file_open_alt(const elf_file *file, const struct debug_places *places,
                              char **wanted_name)
{
    g_autofree char *build_id = NULL;
    const char *name = alt_link(file, &build_id);
    struct wanted wanted = {build_id, NULL};
    elf_file *alt;

    *wanted_name = NULL;
    if (!name) {
        return NULL;
    }
    g_autofree char *dir = g_path_get_dirname(file->path);
    g_autofree char *path = name[0] == '/' ? g_strdup(name) : g_build_filename(dir, name, NULL);
    alt = open_if_it(&wanted, path);
    if (!alt && g_str_has_prefix(name, DEBUG_ROOT "/")) {
        alt = open_below_roots(&wanted, places, name + strlen(DEBUG_ROOT));
    }
    alt = alt ? alt : open_by_build_id(build_id, places);
    alt = alt ? alt : download(build_id, places);
    if (!alt) {
        *wanted_name = g_strdup(path);
    }
    return alt;
}
