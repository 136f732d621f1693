/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command prints to: a terminal or not, with colour or not, through a
 * pager or not.
 */
#ifndef CFLOW_TOOL_TERM_H
#define CFLOW_TOOL_TERM_H

#include <stdbool.h>
#include <stddef.h>

enum term_style {
    TERM_PLAIN,
    TERM_TITLE, /* headings */
    TERM_FAINT, /* what matters less */
    TERM_NAME,  /* functions */
    TERM_GOOD,
    TERM_BAD,
    TERM_N_STYLES
};

/* Whether stdout was a terminal when the program started. */
bool term_is_terminal(void);

/* Columns to fill: the terminal's, $COLUMNS, or 100. */
size_t term_columns(void);

/* Whether there is a width to keep to: a terminal, or $COLUMNS. */
bool term_is_narrow(void);

/*
 * Decides on colour: @when is "always", "never", or "auto" (also NULL), which
 * means on a terminal unless NO_COLOR is set.  Returns false if @when is none
 * of these.
 */
bool term_set_color(const char *when);

/* The sequences that begin and end @style; empty strings without colour. */
const char *term_on(enum term_style style);
const char *term_off(enum term_style style);

/*
 * If stdout is a terminal, sends it through $QEMU_CFLOW_PAGER, $PAGER or
 * "less -FRX".  Without a terminal, or with an empty or missing pager, does
 * nothing.
 */
void term_start_pager(void);

/*
 * Writes out what is left, waits for the pager.  Returns false if not all
 * could be written (a full disk, say), errno telling why.  May be called again.
 */
bool term_finish(void);

/*
 * @text with all that could disturb a terminal made visible: control
 * characters, bytes that are no UTF-8 and marks that turn the direction of
 * text become \xNN.  Free with g_free().
 */
char *term_escape(const char *text);

/* Columns that the escaped @text takes. */
size_t term_width(const char *text);

/* @text cut to @width columns, "..." at its end if it was longer; g_free() it. */
char *term_cut(const char *text, size_t width);

#endif
