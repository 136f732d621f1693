/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file opened for reading.  Private to lib/symbols. */
#ifndef CFLOW_SYMBOLS_ELF_FILE_H
#define CFLOW_SYMBOLS_ELF_FILE_H

#include <glib.h>
#include <libelf.h>
#include <stdbool.h>

typedef struct elf_file {
    char *path;
    int fd;
    Elf *elf;
    char *build_id; /* lower-case hex; NULL if it has none */
} elf_file;

/*
 * Opens @path.  Returns NULL if it is no regular ELF file; *@missing is then
 * set to whether there is nothing of that name.  Free with elf_file_close().
 */
elf_file *elf_file_open(const char *path, bool *missing);
void elf_file_close(elf_file *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(elf_file, elf_file_close)

/* The bytes of the section @name, as they are in the file; NULL if it has none. */
Elf_Data *elf_file_section(const elf_file *file, const char *name);

/* Whether @file has DWARF of its own. */
bool elf_file_has_dwarf(const elf_file *file);

#endif
