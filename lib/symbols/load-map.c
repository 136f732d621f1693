/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/load-map.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/symbols/elf-file.h"

G_DEFINE_QUARK(cflow - load - map - error - quark, cflow_load_map_error)

cflow_load_map *cflow_load_map_new(void)
{
    cflow_load_map *map = g_new0(cflow_load_map, 1);

    map->files = g_array_new(FALSE, FALSE, sizeof(struct cflow_load_file));
    map->ranges = g_array_new(FALSE, FALSE, sizeof(struct cflow_load_range));
    return map;
}

void cflow_load_map_free(cflow_load_map *map)
{
    if (!map) {
        return;
    }
    for (guint i = 0; i < map->files->len; i++) {
        g_free(g_array_index(map->files, struct cflow_load_file, i).path);
        g_free(g_array_index(map->files, struct cflow_load_file, i).build_id);
    }
    g_array_free(map->files, TRUE);
    g_array_free(map->ranges, TRUE);
    g_free(map);
}

static void add_range(cflow_load_map *map, uint64_t start, uint64_t size, uint64_t bias)
{
    struct cflow_load_range range = {start, start + size, bias, map->files->len};

    if (size && range.end > start) {
        g_array_append_val(map->ranges, range);
    }
}

static bool add_segments(cflow_load_map *map, Elf *elf, bool biased, uint64_t bias)
{
    guint before = map->ranges->len;
    size_t n = 0;

    elf_getphdrnum(elf, &n);
    for (size_t i = 0; i < n && i < 65536; i++) {
        GElf_Phdr phdr;
        if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_LOAD || !(phdr.p_flags & PF_X)) {
            continue;
        }
        add_range(map, phdr.p_vaddr + bias, phdr.p_memsz, bias);
        if (!biased && phdr.p_paddr != phdr.p_vaddr) {
            add_range(map, phdr.p_paddr, phdr.p_memsz, phdr.p_paddr - phdr.p_vaddr);
        }
    }
    return map->ranges->len > before;
}

/* "FILE@BIAS", unless there is a file of that whole name. */
static bool split_bias(char *text, bool *biased, uint64_t *bias)
{
    char *at = strrchr(text, '@'), *end;

    *biased = false;
    *bias = 0;
    if (!at || g_file_test(text, G_FILE_TEST_EXISTS)) {
        return true;
    }
    *bias = g_ascii_strtoull(at + 1, &end, 0);
    if (at[1] == '-' || end == at + 1 || *end) {
        return false;
    }
    *at = '\0';
    *biased = true;
    return true;
}

bool cflow_load_map_add(cflow_load_map *map, const char *file_at_bias, GError **error)
{
    g_autofree char *path = g_strdup(file_at_bias);
    bool biased, missing;
    uint64_t bias;

    if (!split_bias(path, &biased, &bias)) {
        g_set_error(error, CFLOW_LOAD_MAP_ERROR, CFLOW_LOAD_MAP_ERROR_VALUE,
                    "%s: what follows '@' must be a number, as in vmlinux@0x1000000", file_at_bias);
        return false;
    }
    g_autoptr(elf_file) file = elf_file_open(path, &missing);
    if (!file) {
        g_set_error(error, CFLOW_LOAD_MAP_ERROR, CFLOW_LOAD_MAP_ERROR_FILE,
                    missing ? "%s: no such file"
                            : "%s: not an ELF file; give a list of symbols to report --symbols",
                    path);
        return false;
    }
    if (!add_segments(map, file->elf, biased, bias)) {
        g_set_error(error, CFLOW_LOAD_MAP_ERROR, CFLOW_LOAD_MAP_ERROR_FILE,
                    "%s: has no segment that can be executed", path);
        return false;
    }
    struct cflow_load_file entry = {g_canonicalize_filename(path, NULL), g_strdup(file->build_id)};
    g_array_append_val(map->files, entry);
    return true;
}

const struct cflow_load_range *cflow_load_map_find(const cflow_load_map *map, uint64_t address)
{
    for (guint i = 0; map && i < map->ranges->len; i++) {
        const struct cflow_load_range *range =
            &g_array_index(map->ranges, struct cflow_load_range, i);
        if (address >= range->start && address < range->end) {
            return range;
        }
    }
    return NULL;
}

bool cflow_load_map_is_elf(const char *path)
{
    bool missing;
    g_autoptr(elf_file) file = elf_file_open(path, &missing);

    return file != NULL;
}
