/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of text with columns as wide as what is in them.  Rows are collected
 * first and printed together.
 */
#ifndef CFLOW_TOOL_TABLE_H
#define CFLOW_TOOL_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "tool/term.h"

struct column {
    const char *title;
    bool right;   /* numbers */
    bool shrinks; /* cut, down to 24 columns, where the table is too wide */
    enum term_style style;
    bool keeps_end; /* cut at its begin: paths */
    bool optional;  /* left out where it is empty in all rows */
    /*
     * Left out where even that is too wide for a terminal, the highest first;
     * 0: never.  A pipe or a file has them all.
     */
    unsigned drops;
};

typedef struct table table;

/* A table with @n columns; @columns must outlive it.  Free with table_free(). */
table *table_new(const struct column *columns, size_t n);
void table_free(table *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(table, table_free)

/* Begins a row of empty cells; a faint one is a detail of the row above it. */
void table_row(table *table, bool faint);

/* Puts text into cell @column of the last row, escaped for terminals. */
void table_cell(table *table, size_t column, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Prints headings and rows on stdout; the last column is never cut off it. */
void table_print(const table *table);

/*
 * "name+0x12" cut to @width columns; it keeps its end, as the offset is what tells
 * two places apart.  Free with g_free().
 */
char *table_cut_place(const char *text, size_t width);

#endif
