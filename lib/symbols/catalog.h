/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files belong to a module of a profile.  Private to lib/symbols. */
#ifndef CFLOW_SYMBOLS_CATALOG_H
#define CFLOW_SYMBOLS_CATALOG_H

#include "lib/symbols/image.h"
#include "lib/symbols/segments.h"

struct catalog;

/* An image, and what its addresses are less than the module's. */
struct part {
    image *image;
    uint64_t bias;
};

struct module {
    GArray *parts; /* struct part; several only where addresses are absolute */
    /* For symbols.c: answers that are about the whole module; NULL until asked for. */
    GArray *functions;    /* struct cflow_function */
    segments *by_address; /* of functions */
    GArray *sections;     /* struct cflow_section */
};

struct catalog *catalog_new(const char *sysroot);
void catalog_free(struct catalog *catalog);

/* As the functions of symbols.h of these names. */
void catalog_add_debug_dir(struct catalog *catalog, const char *dir);
bool catalog_add_file(struct catalog *catalog, const char *file_at_bias, GError **error);
void catalog_set_force(struct catalog *catalog, bool force);
void catalog_set_names_only(struct catalog *catalog, bool names_only);
const GPtrArray *catalog_warnings(const struct catalog *catalog);

/* The module, opened when it is first asked for; NULL if nothing is known of it. */
struct module *catalog_find(struct catalog *catalog, const char *path, const char *build_id);

/* Warns if something new is known against @image. */
void catalog_check(struct catalog *catalog, image *image);

#endif
