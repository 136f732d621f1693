/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record --follow: programs that the guest executes are recorded, too.
 *
 * `record` writes down in the arena how; the plugin looks there when the guest
 * calls execve, and executes "qemu-cflow exec" (cmd_exec()), which executes QEMU.
 */
#ifndef CFLOW_TOOL_FOLLOW_H
#define CFLOW_TOOL_FOLLOW_H

#include <glib.h>
#include <stdbool.h>

#include "lib/arena/arena.h"
#include "tool/emulator.h"

struct follow {
    int arena_fd;
    const struct emulator *emulator;
    const char *isa; /* QEMU's target name */
    const char *plugin, *engine;
    char **options; /* of QEMU that the user gave, up to the program's name; or NULL */
};

/* Write into @arena what "qemu-cflow exec" needs.  @arena is the caller's alone so far. */
bool follow_prepare(struct cflow_arena *arena, const struct follow *follow, GError **error);

#endif
