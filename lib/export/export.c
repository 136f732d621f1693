/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/export.h"

#include <string.h>

#include "lib/export/formats.h"

GQuark cflow_export_error_quark(void)
{
    return g_quark_from_static_string("cflow-export-error-quark");
}

/* clang-format off */
const struct cflow_export_format *const cflow_export_formats[] = {
    &cflow_export_bolt,
    &cflow_export_callgrind,
    &cflow_export_csv,
    &cflow_export_csv_blocks,
    &cflow_export_dot,
    &cflow_export_drcov,
    &cflow_export_gmon,
    &cflow_export_json,
    &cflow_export_lcov,
    &cflow_export_llvm_profgen,
    NULL,
};
/* clang-format on */

void cflow_export_note(const struct cflow_export *export, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(export->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

const struct cflow_export_format *cflow_export_format_find(const char *name)
{
    for (size_t i = 0; cflow_export_formats[i]; i++) {
        if (strcmp(cflow_export_formats[i]->name, name) == 0) {
            return cflow_export_formats[i];
        }
    }
    return NULL;
}
