/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of checking; private to lib/profile. */
#ifndef CFLOW_PROFILE_CHECK_INTERNAL_H
#define CFLOW_PROFILE_CHECK_INTERNAL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/profile/check.h"
#include "lib/profile/profile.h"

typedef unsigned __int128 check_wide; /* no sum of a hostile file overflows it */

struct check_sums;

struct checker {
    cflow_profile *profile;
    GPtrArray *results;
    GPtrArray *sums; /* struct check_sums, one per process */
    check_wide blocks_run, unexplained, transfers;
    int64_t n_edges, n_blocks;
};

/* Adds a result; returns whether it is no failure. */
bool check_add(struct checker *c, const char *name, enum cflow_check_status status,
               const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Adds the failure of @name that SQLite reported last; returns false. */
bool check_add_sqlite(struct checker *c, const char *name);

/* @n in decimal; g_free() it. */
char *check_number(check_wide n);

/* The sums over each process (check-flow.c), and what is checked of them. */
bool check_read_sums(struct checker *c);
void check_free_sums(gpointer sums);
void check_arrivals(struct checker *c);
void check_flow(struct checker *c);
void check_processes(struct checker *c);

#endif
