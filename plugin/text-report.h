/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report that the plugin prints by itself, through QEMU's plugin log. */
#ifndef CFLOW_TEXT_REPORT_H
#define CFLOW_TEXT_REPORT_H

#include "lib/profile/rows.h"
#include "plugin/options.h"

void text_report(const struct cflow_rows *rows, const struct options *options);

#endif
