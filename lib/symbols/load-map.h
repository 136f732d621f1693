/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which guest addresses of a whole machine belong to which ELF file: what a
 * loader has put where, as far as the files' program headers tell.
 */
#ifndef CFLOW_SYMBOLS_LOAD_MAP_H
#define CFLOW_SYMBOLS_LOAD_MAP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CFLOW_LOAD_MAP_ERROR (cflow_load_map_error_quark())
GQuark cflow_load_map_error_quark(void);

enum cflow_load_map_error {
    CFLOW_LOAD_MAP_ERROR_FILE,  /* not there, no ELF file, or without code */
    CFLOW_LOAD_MAP_ERROR_VALUE, /* not FILE[@BIAS] */
};

/* Code of file number @file at @start <= address < @end. */
struct cflow_load_range {
    uint64_t start, end;
    uint64_t bias; /* guest address minus address in the file */
    uint32_t file;
};

struct cflow_load_file {
    char *path;     /* absolute */
    char *build_id; /* lower-case hex; NULL if it has none */
};

typedef struct cflow_load_map {
    GArray *files;  /* of struct cflow_load_file */
    GArray *ranges; /* of struct cflow_load_range */
} cflow_load_map;

/* An empty map.  Free with cflow_load_map_free(), or g_autoptr(cflow_load_map). */
cflow_load_map *cflow_load_map_new(void);
void cflow_load_map_free(cflow_load_map *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cflow_load_map, cflow_load_map_free)

/*
 * Adds the ELF file named by @file_at_bias, "FILE" or "FILE@BIAS" (BIAS a C
 * integer): each segment that can be executed is at its address plus BIAS, and
 * without BIAS, if the file gives one, at its physical address as well (code
 * that runs before the memory management unit is on).  What was added first
 * counts where ranges overlap.  False and @error if that cannot be done.
 */
bool cflow_load_map_add(cflow_load_map *map, const char *file_at_bias, GError **error);

/* The range that @address lies in; NULL if none.  @map may be NULL. */
const struct cflow_load_range *cflow_load_map_find(const cflow_load_map *map, uint64_t address);

/* Whether @path is an ELF file, as far as its first bytes tell. */
bool cflow_load_map_is_elf(const char *path);

#endif
