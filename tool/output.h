/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is there when it is whole: written under another name, renamed
 * at the end.  Whatever goes wrong, a file that was there before stays.
 */
#ifndef CFLOW_TOOL_OUTPUT_H
#define CFLOW_TOOL_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct output output;

/*
 * Begins to write @path.  NULL and "-" are standard output; pipes and devices
 * are written as they are.  Returns NULL and sets @error (domain G_IO_ERROR)
 * if the file cannot be created.  Free with output_free(), or
 * g_autoptr(output).
 */
output *output_open(const char *path, GError **error);

/* Where to write. */
FILE *output_file(output *output);

/* Whether it is standard output. */
bool output_is_stdout(const output *output);

/*
 * Writes out what is left and gives the file its name.  Returns false and sets
 * @error if not all could be written.
 */
bool output_commit(output *output, GError **error);

/* Closes @output; drops what was written, unless it was committed.  NULL is allowed. */
void output_free(output *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(output, output_free)

#endif
