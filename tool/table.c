/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GAP          2
#define LEAST_SHRUNK 24
#define USUAL_LAST   16
#define HIDDEN       SIZE_MAX /* the width of a column that is left out */

struct table {
    const struct column *columns;
    size_t n_columns;
    GPtrArray *cells; /* char *, row by row; NULL: empty */
    GArray *faint;    /* bool, one per row */
};

table *table_new(const struct column *columns, size_t n)
{
    table *t = g_new0(table, 1);

    t->columns = columns;
    t->n_columns = n;
    t->cells = g_ptr_array_new_with_free_func(g_free);
    t->faint = g_array_new(FALSE, FALSE, sizeof(bool));
    return t;
}

void table_free(table *t)
{
    if (t) {
        g_ptr_array_unref(t->cells);
        g_array_unref(t->faint);
        g_free(t);
    }
}

void table_row(table *t, bool faint)
{
    g_array_append_val(t->faint, faint);
    g_ptr_array_set_size(t->cells, (int)(t->cells->len + t->n_columns));
}

void table_cell(table *t, size_t column, const char *format, ...)
{
    gpointer *cell = &t->cells->pdata[t->cells->len - t->n_columns + column];
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_free(*cell);
    *cell = term_escape(text);
}

static const char *cell_at(const table *t, size_t row, size_t column)
{
    const char *text = g_ptr_array_index(t->cells, row * t->n_columns + column);

    return text ? text : "";
}

/*
 * Too wide: take from the columns that may shrink, the widest first.  The last
 * column counts with what it usually needs, not with its longest cell.  Returns
 * whether that was enough.
 */
static bool shrink(const table *t, size_t *widths)
{
    size_t used = 0, columns = term_columns();

    for (size_t i = 0; i < t->n_columns; i++) {
        if (widths[i] == HIDDEN) {
            continue;
        }
        used += i + 1 < t->n_columns ? widths[i] + GAP : MIN(widths[i], USUAL_LAST);
    }
    while (used > columns) {
        size_t widest = t->n_columns;
        for (size_t i = 0; i + 1 < t->n_columns; i++) {
            if (t->columns[i].shrinks && widths[i] != HIDDEN && widths[i] > LEAST_SHRUNK &&
                (widest == t->n_columns || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == t->n_columns) {
            return false;
        }
        widths[widest]--;
        used--;
    }
    return true;
}

static size_t width_of(const table *t, size_t column)
{
    size_t cells = 0;

    for (size_t row = 0; row < t->faint->len; row++) {
        cells = MAX(cells, term_width(cell_at(t, row, column)));
    }
    return t->columns[column].optional && cells == 0
               ? HIDDEN
               : MAX(cells, term_width(t->columns[column].title));
}

/* The column to be left out next; n_columns if there is none. */
static size_t next_to_drop(const table *t, const size_t *widths)
{
    size_t next = t->n_columns;

    for (size_t i = 0; i < t->n_columns; i++) {
        unsigned drops = widths[i] != HIDDEN ? t->columns[i].drops : 0;
        if (drops > (next < t->n_columns ? t->columns[next].drops : 0)) {
            next = i;
        }
    }
    return next;
}

static void measure(const table *t, size_t *widths)
{
    g_autofree size_t *wanted = g_new0(size_t, t->n_columns);
    size_t drop = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        wanted[i] = width_of(t, i);
    }
    do {
        memcpy(widths, wanted, t->n_columns * sizeof(*widths));
        if (shrink(t, widths) || !term_is_narrow()) {
            break;
        }
        drop = next_to_drop(t, wanted);
        if (drop < t->n_columns) {
            wanted[drop] = HIDDEN;
        }
    } while (drop < t->n_columns);
}

/* Paths: the last part says most. */
static char *cut_begin(const char *text, size_t width)
{
    const char *end = text;

    if (term_width(text) <= width || width < 4) {
        return term_cut(text, width);
    }
    while (term_width(end) > width - 3) {
        end = g_utf8_next_char(end);
    }
    return g_strconcat("...", end, NULL);
}

char *table_cut_place(const char *text, size_t width)
{
    const char *plus = strrchr(text, '+');

    if (term_width(text) <= width || !plus || term_width(plus) + 8 > width) {
        return term_cut(text, width);
    }
    g_autofree char *name = g_strndup(text, (gsize)(plus - text));
    g_autofree char *cut = term_cut(name, width - term_width(plus));
    return g_strconcat(cut, plus, NULL);
}

static void pad(size_t n)
{
    printf("%*s", (int)n, "");
}

/* Prints no blanks behind a row's last cell: @waiting are those before the next. */
static void print_cell(const struct column *column, const char *text, size_t width,
                       enum term_style style, size_t *waiting)
{
    size_t used = term_width(text);
    size_t room = width > used ? width - used : 0;

    if (!used) {
        *waiting += width;
        return;
    }
    pad(*waiting + (column->right ? room : 0));
    printf("%s%s%s", term_on(style), text, term_off(style));
    *waiting = column->right ? 0 : room;
}

static void print_titles(const table *t, const size_t *widths)
{
    size_t waiting = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (widths[i] == HIDDEN) {
            continue;
        }
        print_cell(&t->columns[i], t->columns[i].title, widths[i], TERM_TITLE, &waiting);
        waiting += GAP;
    }
    putchar('\n');
}

void table_print(const table *t)
{
    g_autofree size_t *widths = g_new0(size_t, t->n_columns);

    measure(t, widths);
    print_titles(t, widths);
    for (size_t row = 0; row < t->faint->len; row++) {
        bool faint = g_array_index(t->faint, bool, row);
        size_t waiting = 0;
        for (size_t i = 0; i < t->n_columns; i++) {
            const struct column *column = &t->columns[i];
            bool last = i + 1 == t->n_columns;
            if (widths[i] == HIDDEN) {
                continue;
            }
            g_autofree char *text = last && !term_is_terminal() ? g_strdup(cell_at(t, row, i))
                                    : column->keeps_end
                                        ? cut_begin(cell_at(t, row, i), widths[i])
                                        : table_cut_place(cell_at(t, row, i), widths[i]);
            print_cell(column, text, widths[i], faint ? TERM_FAINT : column->style, &waiting);
            waiting += GAP;
        }
        putchar('\n');
    }
}
