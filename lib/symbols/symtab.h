/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of address ranges, for looking up one address.  Private to
 * lib/symbols: filled once, then sorted, then read only.
 */
#ifndef CFLOW_SYMBOLS_SYMTAB_H
#define CFLOW_SYMBOLS_SYMTAB_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/symbols/symbols.h"

typedef struct symtab symtab;

/* An empty table.  Free with symtab_free(). */
symtab *symtab_new(void);
void symtab_free(symtab *table);

/*
 * Adds @name (copied) for @size bytes from @address.  With @size 0 its end is
 * not known: it then reaches to the next symbol, but not past @limit.  Of
 * several names for one address the one with the lowest @rank is kept.
 */
void symtab_add(symtab *table, uint64_t address, uint64_t size, uint64_t limit, int rank,
                const char *name);

/*
 * Adds a function of which only the place is known: @size bytes from @address.
 * It is called "fn_ADDRESS" where no symbol says more.
 */
void symtab_add_frame(symtab *table, uint64_t address, uint64_t size);

/* Sorts; to be called once, after the last symtab_add...(). */
void symtab_finish(symtab *table);

/* Number of symbols, frames not among them; before symtab_finish() with doubles. */
size_t symtab_size(const symtab *table);

/*
 * The name of the innermost range that @address lies in, one of known size
 * before one of unknown size, and that before a frame, unless the frame begins
 * behind it; NULL if there is none.  *@offset is set to the distance from its
 * start.  The table owns the name.
 */
const char *symtab_lookup(const symtab *table, uint64_t address, uint64_t *offset);

/* The same without frames: only names that the file has. */
const char *symtab_lookup_symbol(const symtab *table, uint64_t address, uint64_t *offset);

/*
 * Appends all functions, sorted by start, to @functions (struct cflow_function):
 * for each place the name that symtab_lookup() has for it.
 */
void symtab_functions(const symtab *table, GArray *functions);

/* Adds the functions of the symbol tables in @elf. */
void symtab_add_elf(symtab *table, Elf *elf);

/* Whether @elf has a full symbol table, not only a dynamic one. */
bool symtab_elf_is_full(Elf *elf);

/*
 * Adds "name@plt" for each stub in the procedure linkage tables of @elf whose
 * code shows through which relocated slot it jumps (x86-64, i386, aarch64, arm
 * and riscv, little-endian).
 */
void symtab_add_plt(symtab *table, Elf *elf);

/* Adds a frame for each function that .eh_frame of @elf describes. */
void symtab_add_frames(symtab *table, Elf *elf);

#endif
