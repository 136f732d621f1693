/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's options: -plugin libcflow.so,NAME=VALUE,... */
#ifndef CFLOW_OPTIONS_H
#define CFLOW_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum options_sort {
    SORT_HOTTEST,
    SORT_FAULTS,
    SORT_DESTINATIONS
};

struct options {
    bool help, report;
    enum options_sort sort;
    int topn;
    int last;            /* transfers that the flight recorder keeps; 0: none */
    int checkpoint;      /* milliseconds from one to the next; 0: none */
    const char *program; /* the guest's, for QEMUs that do not tell; NULL: unknown */
    int damage;          /* for tests: the block whose count is to be wrong; -1: none */
    int arena_fd;        /* set by `qemu-cflow record`; -1: none */
    const char *engine;  /* "auto", "edge", ... */
    char *narrowed;      /* what part is recorded, in words; NULL: all */
    const char *out;     /* profile to write at exit; NULL: none */
    uint64_t memory;     /* bytes, above which new code is not recorded; 0: no limit */
    int cold;            /* starts until a block is translated for good; 0: it is at first */
};

extern const char options_help[];

/*
 * Parse QEMU's @argv, which must outlive @options.  An unknown option or value
 * is an error: a profile of something else than asked for is worth nothing.
 */
bool options_parse(struct options *options, int argc, char **argv, GError **error);

#endif
