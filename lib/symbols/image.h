/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one file tells of its code: names, sections, bytes, and where there is
 * DWARF, lines.  Private to lib/symbols.  Names are as in the file, mangled.
 */
#ifndef CFLOW_SYMBOLS_IMAGE_H
#define CFLOW_SYMBOLS_IMAGE_H

#include "lib/symbols/debug-info.h"
#include "lib/symbols/elf-file.h"
#include "lib/symbols/symbols.h"
#include "lib/symbols/symtab.h"

typedef struct image image;

/*
 * The image of @file, whose debug information is in @debug (NULL: none but its
 * own) and, as far as it is shared with others, in @alt (NULL: it is not); takes
 * all over.  @with_dwarf: whether lines are wanted.  Free with image_free().
 */
image *image_new(elf_file *file, elf_file *debug, elf_file *alt, bool with_dwarf);

/*
 * The image of a list of symbols, "ADDRESS TYPE NAME"; NULL if @text is none.
 * *@hidden is set to whether all addresses are 0: a kernel shows no others to
 * those who may not know.
 */
image *image_new_list(const char *text, bool *hidden);

void image_free(image *image);

/* The file with the code; NULL for a list. */
const elf_file *image_file(const image *image);

/* The names; never NULL. */
const symtab *image_names(const image *image);

/* The DWARF; NULL if there is none, or not all that belongs to it. */
debug_info *image_debug(const image *image);

/* Appends the sections with code, struct cflow_section, sorted and disjoint. */
void image_sections(const image *image, GArray *sections);

/* Whether @offset is in one of them, or in a function if there is no file. */
bool image_covers(const image *image, uint64_t offset);

const unsigned char *image_code(const image *image, uint64_t offset, size_t *n);

/* Likewise for code and data that cannot be written. */
const unsigned char *image_constant(const image *image, uint64_t offset, size_t *n);

/* Returns false without a file. */
bool image_elf(const image *image, struct cflow_elf *out);

/* What the mapping symbols say of @offset: 'a', 't', 'x', 'd', or 0 for nothing. */
char image_mark(image *image, uint64_t offset);

#endif
