/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DWARF tells of addresses: functions, inlined calls, lines.  Private to
 * lib/symbols.
 *
 * Reading is by compilation unit and lazy: which unit an address belongs to is
 * known from the start, what is in a unit is read when it is first asked for
 * and kept in sorted tables.  Tables of units that were read long ago go when
 * they take too much memory.  Strings stay.
 */
#ifndef CFLOW_SYMBOLS_DEBUG_INFO_H
#define CFLOW_SYMBOLS_DEBUG_INFO_H

#include <glib.h>

#include "lib/symbols/elf-file.h"
#include "lib/symbols/symbols.h"

typedef struct debug_info debug_info;

/*
 * The DWARF in @file, which is used on until the end, and which shares parts
 * with @alt (NULL: with none).  Addresses count only in @sections, struct
 * cflow_section: the linker leaves what it discards at others.  NULL if there
 * is no DWARF.  Free with debug_info_free().
 */
debug_info *debug_info_new(const elf_file *file, const elf_file *alt, const GArray *sections);
void debug_info_free(debug_info *info);

/*
 * Appends the frames at @address to @frames (struct cflow_frame), innermost
 * first; names are mangled.  *@start is where the piece of the outermost
 * function begins.  Adds one frame with a line only where no function is known,
 * none where nothing is.
 */
void debug_info_frames(debug_info *info, uint64_t address, GArray *frames, uint64_t *start);

/* Appends all pieces of functions, unsorted, to @functions (struct cflow_function). */
void debug_info_functions(debug_info *info, GArray *functions);

/* The declaration of the function at @address; returns false if there is none. */
bool debug_info_declaration(debug_info *info, uint64_t address, const char **file, unsigned *line);

/* Appends the rows with @start <= address < @end to @lines (struct cflow_line), sorted. */
void debug_info_lines(debug_info *info, uint64_t start, uint64_t end, GArray *lines);

/* The file of a split unit that was wanted and not found; NULL if none. */
const char *debug_info_missing(const debug_info *info);

/* Whether reading was given up because the DWARF is damaged beyond use. */
bool debug_info_is_damaged(const debug_info *info);

#endif
