/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line that runs a program under QEMU with the plugin. */
#ifndef CFLOW_TOOL_QEMU_COMMAND_H
#define CFLOW_TOOL_QEMU_COMMAND_H

#include <glib.h>

#include "tool/program.h"

/* Append a copy of @word. */
void qemu_command_add(GPtrArray *words, const char *word);

/*
 * Append "-plugin" with @plugin, the arena behind the descriptor @arena_fd, @engine,
 * and the path of the guest's @program (NULL if it is not known).
 */
void qemu_command_add_plugin(GPtrArray *words, const char *plugin, int arena_fd, const char *engine,
                             const char *program);

/*
 * Append what makes QEMU run @program (none that is a QEMU itself), which sees
 * @argv; @library_prefix, for -L, stands in for the one that @program may have.
 */
void qemu_command_add_program(GPtrArray *words, const struct program *program,
                              const char *library_prefix, char **argv);

/*
 * How many of @argv are a user-mode QEMU's own options, from argv[0] on: up to the
 * program's name.
 */
unsigned qemu_command_count_options(char **argv);

/* Is @word, an option of QEMU, called @name ("-L" or "--L" for "L")? */
gboolean qemu_command_is_option(const char *word, const char *name);

/* Does the option @word of QEMU have a value, which is the next word? */
gboolean qemu_command_takes_value(const char *word);

#endif
