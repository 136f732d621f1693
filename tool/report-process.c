/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/report-process.h"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/table.h"
#include "tool/words.h"

char *report_process_name(const cflow_profile *profile, const struct cflow_process *process)
{
    if (process->path && *process->path) {
        return g_path_get_basename(process->path);
    }
    if (g_strcmp0(cflow_profile_meta(profile, "mode"), "system") == 0) {
        g_autofree char *file = words_machine_file(process->command);
        return file ? g_path_get_basename(file) : g_strdup("machine");
    }
    return g_strdup("unknown");
}

static bool matches(const cflow_profile *profile, const struct cflow_process *process,
                    const char *wanted, GPatternSpec *pattern)
{
    g_autofree char *pid = g_strdup_printf("%" G_GINT64_FORMAT, process->pid);
    g_autofree char *name = report_process_name(profile, process);

    return strcmp(pid, wanted) == 0 || g_pattern_spec_match_string(pattern, name) ||
           (process->path && g_pattern_spec_match_string(pattern, process->path));
}

GArray *report_process_select(const cflow_profile *profile, const char *wanted, GError **error)
{
    g_autoptr(GPatternSpec) pattern = g_pattern_spec_new(wanted ? wanted : "*");
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);

    for (size_t i = 0; i < n; i++) {
        if (!wanted || matches(profile, &processes[i], wanted, pattern)) {
            g_array_append_val(ids, processes[i].id);
        }
    }
    if (wanted && !ids->len) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "%s: no process has the id or name '%s'; report --by process lists them",
                    cflow_profile_path(profile), wanted);
        return NULL;
    }
    return g_steal_pointer(&ids);
}

bool report_process_choose(cflow_profile *profile, const char *wanted, GError **error)
{
    g_autoptr(GArray) ids = wanted ? report_process_select(profile, wanted, error) : NULL;

    if (ids) {
        cflow_profile_choose(profile, (const int64_t *)(const void *)ids->data, ids->len);
    }
    return ids || !wanted;
}

/* --- the table ------------------------------------------------------------- */

/* Most transfers first, then as they began. */
static int compare(const void *x, const void *y)
{
    const struct cflow_process *a = *(const struct cflow_process *const *)x;
    const struct cflow_process *b = *(const struct cflow_process *const *)y;

    if (a->transfers != b->transfers) {
        return a->transfers > b->transfers ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

static GPtrArray *sorted(const cflow_profile *profile, const GArray *ids)
{
    GPtrArray *list = g_ptr_array_new();
    size_t n;
    const struct cflow_process *processes = cflow_profile_processes(profile, &n);

    /* Both are in the order of their ids. */
    for (size_t i = 0, at = 0; i < n && at < ids->len; i++) {
        if (processes[i].id == g_array_index(ids, int64_t, at)) {
            g_ptr_array_add(list, (void *)&processes[i]);
            at++;
        }
    }
    g_ptr_array_sort(list, compare);
    return list;
}

static const char *text_of(const char *text)
{
    return text && *text ? text : "unknown";
}

static void print_text(const cflow_profile *profile, const GPtrArray *list, guint n)
{
    static const struct column columns[] = {
        {.title = "transfers", .right = true, .style = TERM_PLAIN},
        {.title = "%", .right = true, .style = TERM_PLAIN},
        {.title = "pid", .right = true, .style = TERM_PLAIN},
        {.title = "parent", .right = true, .style = TERM_PLAIN},
        {.title = "program", .shrinks = true, .style = TERM_PLAIN},
        {.title = "isa", .style = TERM_PLAIN},
        {.title = "end", .style = TERM_PLAIN},
    };
    g_autoptr(table) table = table_new(columns, G_N_ELEMENTS(columns));
    double total = 0;

    for (guint i = 0; i < list->len; i++) {
        total += (double)((const struct cflow_process *)g_ptr_array_index(list, i))->transfers;
    }
    printf("%sprocesses, %u of %u%s\n\n", term_on(TERM_TITLE), n, list->len, term_off(TERM_TITLE));
    for (guint i = 0; i < n; i++) {
        const struct cflow_process *p = g_ptr_array_index(list, i);
        g_autofree char *name = report_process_name(profile, p);
        table_row(table, false);
        table_cell(table, 0, "%" G_GINT64_FORMAT, p->transfers);
        table_cell(table, 1, "%.1f", total > 0 ? 100.0 * (double)p->transfers / total : 0.0);
        table_cell(table, 2, "%" G_GINT64_FORMAT, p->pid);
        table_cell(table, 3, "%" G_GINT64_FORMAT, p->ppid);
        table_cell(table, 4, "%s", name);
        table_cell(table, 5, "%s", text_of(p->isa ? p->isa : cflow_profile_meta(profile, "isa")));
        table_cell(table, 6, "%s%s", text_of(p->end), p->complete ? "" : ", INCOMPLETE");
    }
    table_print(table);
}

static void print_json(const GPtrArray *list, guint n)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    words_add_int(b, "matching", list->len);
    json_builder_set_member_name(b, "processes");
    json_builder_begin_array(b);
    for (guint i = 0; i < n; i++) {
        const struct cflow_process *p = g_ptr_array_index(list, i);
        json_builder_begin_object(b);
        words_add_int(b, "transfers", p->transfers);
        words_add_int(b, "pid", p->pid);
        words_add_int(b, "ppid", p->ppid);
        words_add_string(b, "path", p->path);
        words_add_string(b, "isa", p->isa);
        words_add_int(b, "residual", p->residual);
        words_add_bool(b, "complete", p->complete);
        words_add_string(b, "end", p->end);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
    words_print_json(b, TRUE);
    putchar('\n');
}

/* RFC 4180: in quotes, with quotes doubled. */
static void put_next_text(const char *text)
{
    g_autofree char *clean = term_escape(text ? text : "");
    g_auto(GStrv) parts = g_strsplit(clean, "\"", -1);
    g_autofree char *doubled = g_strjoinv("\"\"", parts);

    printf(strpbrk(clean, "\",\r\n") ? ",\"%s\"" : ",%s", doubled);
}

static void print_csv(const GPtrArray *list, guint n)
{
    fputs("transfers,pid,ppid,path,isa,residual,complete,end\r\n", stdout);
    for (guint i = 0; i < n; i++) {
        const struct cflow_process *p = g_ptr_array_index(list, i);
        printf("%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, p->transfers, p->pid,
               p->ppid);
        put_next_text(p->path);
        put_next_text(p->isa);
        printf(",%" G_GINT64_FORMAT ",%d", p->residual, p->complete);
        put_next_text(p->end);
        fputs("\r\n", stdout);
    }
}

void report_process_print(const cflow_profile *profile, const GArray *ids, size_t limit,
                          const char *format)
{
    g_autoptr(GPtrArray) list = sorted(profile, ids);
    guint n = limit ? (guint)MIN(limit, list->len) : list->len;

    if (strcmp(format, "json") == 0) {
        print_json(list, n);
    } else if (strcmp(format, "csv") == 0) {
        print_csv(list, n);
    } else {
        print_text(profile, list, n);
    }
}
