/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats, for the table in export.c; private to lib/export. */
#ifndef CFLOW_EXPORT_FORMATS_H
#define CFLOW_EXPORT_FORMATS_H

#include "lib/export/export.h"

extern const struct cflow_export_format cflow_export_bolt;
extern const struct cflow_export_format cflow_export_callgrind;
extern const struct cflow_export_format cflow_export_csv;
extern const struct cflow_export_format cflow_export_csv_blocks;
extern const struct cflow_export_format cflow_export_dot;
extern const struct cflow_export_format cflow_export_drcov;
extern const struct cflow_export_format cflow_export_gmon;
extern const struct cflow_export_format cflow_export_json;
extern const struct cflow_export_format cflow_export_lcov;
extern const struct cflow_export_format cflow_export_llvm_profgen;

#endif
