/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the program that `record` is to run? */
#ifndef CFLOW_TOOL_PROGRAM_H
#define CFLOW_TOOL_PROGRAM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/arena/arena.h"

struct program {
    char *path;                 /* file to run; NULL: a QEMU that is to be found */
    char *interpreter;          /* of a "#!" script, which path then is not; or NULL */
    char *interpreter_argument; /* or NULL */
    bool is_qemu;               /* a QEMU: the user wrote the whole command */
    char isa[32];               /* QEMU's target name for it; if is_qemu by the file's name */
    char *library_prefix;       /* -L for QEMU: where its dynamic linker is; or NULL */
};

/*
 * Find @name (a path, or a name looked up in $PATH) and see what it is.  Fails
 * when it is not there, cannot be run, is no ELF file (nor a script), or is
 * for a machine that no QEMU here is known for.
 */
bool program_identify(const char *name, struct program *program, GError **error);

/* The same for the file @path, which is not looked up and whose name means nothing. */
bool program_identify_file(const char *path, struct program *program, GError **error);

/* The file that QEMU is to run: @program's, or that of its interpreter; not of a QEMU. */
const char *program_file(const struct program *program);

/* QEMU's target for machine @i of those known, and its ELF header; NULL at the end. */
const char *program_machine(size_t i, struct cflow_arena_machine *machine);

void program_clear(struct program *program);

#endif
