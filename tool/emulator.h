/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QEMU runs it, and is it one that takes plugins? */
#ifndef CFLOW_TOOL_EMULATOR_H
#define CFLOW_TOOL_EMULATOR_H

#include <glib.h>
#include <stdbool.h>

struct emulator {
    char *path;
    char *version; /* "10.2.2" */
};

/*
 * Check that the QEMU @path supports plugins and is new enough (9.1).  The
 * message of a failure says how to get one that does.
 */
bool emulator_check(const char *path, struct emulator *emulator, GError **error);

/*
 * Find a user-mode emulator for QEMU's target @isa: @wanted (a file, or a
 * directory of emulators) if not NULL, else $QEMU_CFLOW_QEMU, $PATH, and what
 * scripts/get-qemu built, in this order; the first that supports plugins.
 */
bool emulator_find(const char *isa, const char *wanted, struct emulator *emulator, GError **error);
void emulator_clear(struct emulator *emulator);

/*
 * The emulator for @isa beside @path, which is one for the target @its_isa; the same
 * one for the same target.  NULL if there is none.  Free with g_free().
 */
char *emulator_sibling(const char *path, const char *its_isa, const char *isa);

/*
 * Was @path built with plugins that are new enough (9.1)?  Looks for their interface
 * in the file and starts nothing.
 */
bool emulator_has_plugins(const char *path);

/* libcflow.so: $QEMU_CFLOW_PLUGIN, beside this command, or installed. */
char *emulator_plugin_path(GError **error);

#endif
