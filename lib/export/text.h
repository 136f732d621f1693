/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several formats write: places with their names, and text in safe form. */
#ifndef CFLOW_EXPORT_TEXT_H
#define CFLOW_EXPORT_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "lib/export/export.h"

/* A place with all that is known of it.  Strings belong to profile and symbols. */
struct cflow_place {
    const struct cflow_module *module;
    uint64_t offset;
    const char *symbol;     /* function; NULL if not known */
    uint64_t symbol_offset; /* bytes from its start */
    const char *file;       /* source file; NULL if not known */
    unsigned line;          /* 0 if not known */
};

/* Looks @offset of the module @id, which the profile has, up in the symbols of @export. */
void cflow_export_place(const struct cflow_export *export, int64_t id, uint64_t offset,
                        struct cflow_place *out);

/* Whether @place is in what the user wants: export->module, export->function. */
bool cflow_export_wants(const struct cflow_export *export, const struct cflow_place *place);

/*
 * Whether there is a function called export->function in export->module (NULL:
 * in any module); if not, sets @error.  True if none was asked for.
 */
bool cflow_export_check_function(const struct cflow_export *export, GError **error);

/*
 * The words of the recorded command line; NULL if the profile has none that can
 * be read.  Free with g_strfreev().
 */
char **cflow_export_command(const struct cflow_export *export);

/*
 * @text as a JSON string in quotes; NULL as null.  Bytes that are no UTF-8
 * become "\xNN", as in reports.
 */
void cflow_export_put_json(FILE *out, const char *text);

/* @text as a field of RFC 4180, in quotes if need be; NULL is empty. */
void cflow_export_put_csv(FILE *out, const char *text);

/*
 * @text as what is left of a line, for formats without quotes: control
 * characters become "\xNN".
 */
void cflow_export_put_line(FILE *out, const char *text);

#endif
