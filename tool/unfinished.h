/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are not yet what they are to become.  A signal that ends the command
 * removes them first; who is killed without warning leaves them.
 */
#ifndef CFLOW_TOOL_UNFINISHED_H
#define CFLOW_TOOL_UNFINISHED_H

#include <glib.h>
#include <stdbool.h>

#include "lib/profile/store.h"

/* Until unfinished_add(), signals wait: a file is being made. */
void unfinished_hold(void);

/*
 * From now on a signal removes the file @path, which is copied; NULL: there is no file
 * after all.  Signals that wait are let through.
 */
void unfinished_add(const char *path);

/* Forgets all files: they have their names, or are gone. */
void unfinished_forget(void);

/*
 * The first signal from now on only prints that @path is being written; the next ends
 * the command.  @path is the caller's, and must stay.
 */
void unfinished_insist(const char *path);

/* cflow_store_create() for a file that signals remove. */
bool unfinished_store(const char *path, struct cflow_store **store, GError **error);

#endif
