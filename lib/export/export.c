/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/export.h"

#include <string.h>

GQuark cflow_export_error_quark(void)
{
    return g_quark_from_static_string("cflow-export-error-quark");
}

const struct cflow_export_format *const cflow_export_formats[] = {
    NULL,
};

const struct cflow_export_format *cflow_export_format_find(const char *name)
{
    for (size_t i = 0; cflow_export_formats[i]; i++) {
        if (strcmp(cflow_export_formats[i]->name, name) == 0) {
            return cflow_export_formats[i];
        }
    }
    return NULL;
}
