/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles in the formats of other tools.
 *
 * A format is one file, lib/export/<name>.c, which defines a struct
 * cflow_export_format, and one row of cflow_export_formats.
 */
#ifndef CFLOW_EXPORT_EXPORT_H
#define CFLOW_EXPORT_EXPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/profile/profile.h"
#include "lib/profile/query.h"
#include "lib/symbols/symbols.h"

#define CFLOW_EXPORT_ERROR (cflow_export_error_quark())
GQuark cflow_export_error_quark(void);

enum cflow_export_error {
    CFLOW_EXPORT_ERROR_MODULE,   /* no such module, or the format needs one to be chosen */
    CFLOW_EXPORT_ERROR_NOTHING,  /* nothing in the profile that the format could say */
    CFLOW_EXPORT_ERROR_SELECTION /* no such function, or the format needs one */
};

/* What to export; everything belongs to the caller. */
struct cflow_export {
    cflow_profile *profile;
    cflow_symbols *symbols;
    const struct cflow_module *module; /* only this one; NULL: all, where the format can */
    const char *function;              /* only this one; NULL: all */
    size_t limit;                      /* nodes of a graph; 0: the format's own choice */
    GPtrArray *notes;                  /* char *: what the user should know (not errors) */
};

struct cflow_export_format {
    const char *name;    /* "callgrind" */
    const char *summary; /* half a line for --help */
    const char *output;  /* default file name: "callgrind.out"; NULL: standard output */
    const char *reader;  /* a command line that reads it: "callgrind_annotate FILE" */
    bool one_module;     /* the format describes one binary: --module, else the program's own */
    bool binary;         /* not to be printed on a terminal */
    /*
     * Writes to @out, which may not be seekable.  A failing write is found by
     * the caller, who then drops all that was written.
     */
    bool (*write)(const struct cflow_export *export, FILE *out, GError **error);
};

/* Ends with NULL. */
extern const struct cflow_export_format *const cflow_export_formats[];

/* Adds the formatted sentence to @export's notes. */
void cflow_export_note(const struct cflow_export *export, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

/* The format called @name; NULL if there is none. */
const struct cflow_export_format *cflow_export_format_find(const char *name);

#endif
