/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is loaded into the whole machine that `record` is to run? */
#ifndef CFLOW_TOOL_MACHINE_H
#define CFLOW_TOOL_MACHINE_H

#include "lib/symbols/load-map.h"
#include "tool/emulator.h"

struct machine {
    cflow_load_map *loaded; /* NULL in user mode */
};

/*
 * From QEMU's command line @argv, and from @symbols (a NULL-terminated list of
 * FILE[@BIAS], or NULL), which come first.  What QEMU is given to load and is no
 * ELF file is left out; of @symbols it is an error.
 */
bool machine_identify(const struct emulator *emulator, char **argv, char **symbols,
                      struct machine *machine, GError **error);
void machine_clear(struct machine *machine);

#endif
