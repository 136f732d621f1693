/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine: how control flow is measured.  One file and one table row each. */
#ifndef CFLOW_ENGINE_H
#define CFLOW_ENGINE_H

#include "plugin/recorder.h"

struct engine {
    const char *name;

    /* Instrument a block just translated; in QEMU's translation callback. */
    void (*translate)(struct qemu_plugin_tb *tb);
};

extern const struct engine engine_edge; /* engine-edge.c: a callback for every block */

#endif
