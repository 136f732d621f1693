/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the source: which, their text, their counts. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/annotate.h"

/* No source is larger; a profile or debug information may name any file. */
#define MOST_BYTES (64 << 20)

void annotate_find_lines(struct annotate *a)
{
    const cflow_cfg *cfg = a->cfg;
    cflow_symbols *symbols = a->program->symbols;
    size_t n, at = 0;
    const struct cflow_line *rows = cflow_symbols_lines(
        symbols, a->module->path, a->module->build_id, cfg->what.start, cfg->what.end, &n);
    const struct cflow_line *row = NULL;
    bool any = false;

    a->lines = g_new0(struct annotate_line, cfg->n_insns + 1);
    for (size_t i = 0; i < cfg->n_insns; i++) {
        while (at < n && rows[at].address <= cfg->insns[i].address) {
            row = &rows[at++];
        }
        if (row && !row->end_sequence && row->line && row->file) {
            a->lines[i] = (struct annotate_line){row->file, row->line};
            any = true;
        }
    }
    if (!any) {
        g_clear_pointer(&a->lines, g_free);
    }
}

static GPtrArray *read_lines(const char *path)
{
    g_autofree char *text = NULL;
    struct stat st;
    gsize size;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MOST_BYTES ||
        !g_file_get_contents(path, &text, &size, NULL)) {
        return NULL;
    }
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (char *at = text, *end; at < text + size; at = end + 1) {
        end = memchr(at, '\n', (size_t)(text + size - at));
        end = end ? end : text + size;
        g_autofree char *line = g_strndup(at, (gsize)(end - at));
        g_strchomp(line);
        GString *spaced = g_string_new(NULL);
        for (const char *c = line; *c; c++) {
            if (*c != '\t') {
                g_string_append_c(spaced, *c);
            } else {
                g_string_append_printf(spaced, "%*s", (int)(8 - spaced->len % 8), "");
            }
        }
        g_ptr_array_add(lines, g_string_free(spaced, FALSE));
    }
    return lines;
}

const char *annotate_source_text(struct annotate *a, const char *file, unsigned line)
{
    gpointer lines;

    if (!file) {
        return NULL;
    }
    if (!g_hash_table_lookup_extended(a->sources, file, NULL, &lines)) {
        g_autofree char *below = a->sysroot ? g_build_filename(a->sysroot, file, NULL) : NULL;
        lines = read_lines(file);
        lines = lines || !below ? lines : read_lines(below);
        g_hash_table_insert(a->sources, g_strdup(file), lines);
    }
    return lines && line > 0 && line <= ((GPtrArray *)lines)->len
               ? g_ptr_array_index((GPtrArray *)lines, line - 1)
               : NULL;
}

static int compare_lines(const void *pa, const void *pb)
{
    const struct annotate_source_line *a = pa, *b = pb;
    int order = strcmp(a->file, b->file);

    return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

static void add_insn(const struct annotate *a, struct annotate_source_line *line,
                     const struct cflow_cfg_insn *insn)
{
    int64_t taken, not_taken;

    line->count = MAX(line->count, insn->count);
    if (__builtin_add_overflow(line->instructions, insn->count, &line->instructions)) {
        line->instructions = INT64_MAX;
    }
    if (annotate_is_conditional(a, insn, &taken, &not_taken)) {
        line->branches++;
        line->taken = taken;
        line->not_taken = not_taken;
    }
}

GArray *annotate_source_lines(const struct annotate *a)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(struct annotate_source_line));
    guint kept = 0;

    for (size_t i = 0; a->lines && i < a->cfg->n_insns; i++) {
        if (a->lines[i].line) {
            struct annotate_source_line line = {.file = a->lines[i].file, .line = a->lines[i].line};
            add_insn(a, &line, &a->cfg->insns[i]);
            g_array_append_val(lines, line);
        }
    }
    g_array_sort(lines, compare_lines);
    for (guint i = 1; i < lines->len; i++) {
        struct annotate_source_line *all = (struct annotate_source_line *)(void *)lines->data;
        if (compare_lines(&all[kept], &all[i]) != 0) {
            all[++kept] = all[i];
            continue;
        }
        all[kept].count = MAX(all[kept].count, all[i].count);
        if (__builtin_add_overflow(all[kept].instructions, all[i].instructions,
                                   &all[kept].instructions)) {
            all[kept].instructions = INT64_MAX;
        }
        if (all[i].branches) {
            all[kept].taken = all[i].taken;
            all[kept].not_taken = all[i].not_taken;
            all[kept].branches += all[i].branches;
        }
    }
    g_array_set_size(lines, lines->len ? kept + 1 : 0);
    return lines;
}

const char *annotate_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
