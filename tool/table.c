/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/table.h"

#include <stdio.h>

#define GAP          2
#define LEAST_SHRUNK 24
#define USUAL_LAST   16

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
 * column counts with what it usually needs, not with its longest cell.
 */
static void shrink(const table *t, size_t *widths)
{
    size_t used = 0, columns = term_columns();

    for (size_t i = 0; i < t->n_columns; i++) {
        used += i + 1 < t->n_columns ? widths[i] + GAP : MIN(widths[i], USUAL_LAST);
    }
    while (used > columns) {
        size_t widest = t->n_columns;
        for (size_t i = 0; i + 1 < t->n_columns; i++) {
            if (t->columns[i].shrinks && widths[i] > LEAST_SHRUNK &&
                (widest == t->n_columns || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == t->n_columns) {
            break;
        }
        widths[widest]--;
        used--;
    }
}

static void measure(const table *t, size_t *widths)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        widths[i] = term_width(t->columns[i].title);
        for (size_t row = 0; row < t->faint->len; row++) {
            widths[i] = MAX(widths[i], term_width(cell_at(t, row, i)));
        }
    }
    shrink(t, widths);
}

/* "name+0x12" keeps its end: the offset is what tells two places apart. */
static char *cut_place(const char *text, size_t width)
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
            g_autofree char *text = last && !term_is_terminal()
                                        ? g_strdup(cell_at(t, row, i))
                                        : cut_place(cell_at(t, row, i), widths[i]);
            print_cell(column, text, widths[i], faint ? TERM_FAINT : column->style, &waiting);
            waiting += GAP;
        }
        putchar('\n');
    }
}
