/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose program is it that root is about to run? */
#ifndef CFLOW_TOOL_OWNER_H
#define CFLOW_TOOL_OWNER_H

#include <glib.h>

/*
 * If the caller is root and somebody else decides what the program @path does: a
 * sentence that says so, and how to do better, for g_free().  Somebody else does if the
 * file or a directory that it is found through, all links followed, belongs to another
 * user, or can be written by everybody; in a directory with the sticky bit (/tmp) files
 * of root's are safe.  NULL otherwise, and if @path is NULL.
 */
char *owner_warning(const char *path);

#endif
