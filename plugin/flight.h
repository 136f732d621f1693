/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder: places whose arrivals are kept.  The ring is in recorder.h. */
#ifndef CFLOW_FLIGHT_H
#define CFLOW_FLIGHT_H

#include "plugin/recorder.h"

/* In the translation callback: @b is the block of @tb. */
void flight_watch(struct qemu_plugin_tb *tb, struct block *b);

#endif
