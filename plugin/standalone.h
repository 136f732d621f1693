/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin without `qemu-cflow record`: it reports, or writes a profile, itself. */
#ifndef CFLOW_STANDALONE_H
#define CFLOW_STANDALONE_H

#include "plugin/options.h"
#include "plugin/qemu-api.h"

/* Before the guest starts.  Fails when the profile could not be written. */
bool standalone_begin(const struct options *options, GError **error);

/* At exit. */
void standalone_finish(const struct options *options);

#endif
