/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of record that narrow down what is recorded, and those that name places.
 * The plugin knows addresses only; names are looked up here, in files, before QEMU starts.
 */
#ifndef CFLOW_TOOL_PART_H
#define CFLOW_TOOL_PART_H

#include <glib.h>
#include <stdbool.h>

#include "lib/symbols/load-map.h"

/* What the user said; each may be NULL. */
extern struct part_options {
    char **modules, **ranges, **symbols, **start_at, **stop_at, **last_at;
    char *stop_after, *privilege;
} part_options;

/* clang-format off */
#define PART_OPTION_ENTRIES \
    {"last-at", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.last_at, \
     "with --last: and to the N-th arrival at PLACE, a function or an address", "PLACE[:N]"}, \
    {"module", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.modules, \
     "record only code of files of this name (!GLOB: all but those)", "GLOB"}, \
    {"range", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.ranges, \
     "record only code at these addresses (!...: all but that)", "[MODULE@]START-END"}, \
    {"privilege", 0, 0, G_OPTION_ARG_STRING, &part_options.privilege, \
     "record only code that runs as user, kernel, ...", "LEVEL[,LEVEL]"}, \
    {"symbol", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.symbols, \
     "record only these functions of the program or of FILE (!...: all but those)", \
     "[FILE@]GLOB"}, \
    {"start-at", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.start_at, \
     "record from the N-th arrival at PLACE, a function or an address, on", "PLACE[:N]"}, \
    {"stop-at", 0, 0, G_OPTION_ARG_STRING_ARRAY, &part_options.stop_at, \
     "record no longer than to the N-th arrival at PLACE", "PLACE[:N]"}, \
    {"stop-after", 0, 0, G_OPTION_ARG_STRING, &part_options.stop_after, \
     "record no longer than N instructions, or a time like 10s", "N|TIME"}
/* clang-format on */

struct part {
    char *options;     /* for the plugin, ",module=..."; NULL: everything is recorded */
    char *description; /* of what is recorded, as the user asked for it; NULL: everything */
};

/*
 * From what the user said, for the program in the file @program or a whole machine
 * with the files @loaded; the other is NULL.  Fails if it makes no sense, or names
 * what is not there.
 */
bool part_resolve(const char *program, const cflow_load_map *loaded, struct part *part,
                  GError **error);

/* Was any of the options given that narrow down? */
bool part_is_wanted(void);

void part_clear(struct part *part);

#endif
