/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin without `qemu-cflow record`: it reports, or writes a profile, itself.
 *
 * The code for that, with the database and the disassembler that it needs, is a
 * library of its own, libcflow-standalone.so beside libcflow.so.  It is loaded only
 * when asked for: loading it takes longer than many a program runs.
 */
#ifndef CFLOW_STANDALONE_H
#define CFLOW_STANDALONE_H

#include "lib/arena/arena.h"
#include "plugin/options.h"

/* What libcflow-standalone.so offers, under the name "cflow_standalone". */
struct standalone {
    /* Before the guest starts.  Fails when the profile could not be written. */
    bool (*begin)(const struct options *options, GError **error);

    /* At exit: reads @arena. */
    void (*finish)(const struct options *options, const struct cflow_arena *arena);
};

/* Load it if @options ask for what it does.  False if it is not there. */
bool standalone_begin(const struct options *options, GError **error);

/* At exit; does nothing if it was not loaded. */
void standalone_finish(const struct options *options, const struct cflow_arena *arena);

#endif
