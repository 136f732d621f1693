/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places in a program, by name. */
#include <string.h>

#include "tool/report.h"
#include "tool/words.h"

/* QEMU may have known a name where there is no file. */
static const char *name_from_qemu(struct report *report, int64_t module, uint64_t offset)
{
    g_autoptr(cflow_insn) insn = cflow_query_insn(report->profile, module, offset, NULL);

    return insn && insn->symbol[0] ? g_string_chunk_insert_const(report->strings, insn->symbol)
                                   : NULL;
}

static bool has_symbols(const struct cflow_module *module)
{
    return strcmp(module->kind, "elf") == 0 || strcmp(module->kind, "vdso") == 0 ||
           strcmp(module->kind, "absolute") == 0;
}

void report_find_place(struct report *report, int64_t module, uint64_t offset,
                       struct report_place *place)
{
    struct cflow_location location = {0};

    *place = (struct report_place){
        .module = cflow_profile_module(report->profile, module),
        .offset = offset,
    };
    if (module == CFLOW_MODULE_OUTSIDE) {
        return;
    }
    if (has_symbols(place->module)) {
        const char *path = place->module->path, *build_id = place->module->build_id;
        cflow_symbols_lookup(report->symbols, path, build_id, offset, &location);
        if (!report->no_inline) {
            size_t n =
                cflow_symbols_frames(report->symbols, path, build_id, offset, &place->frames);
            place->n_inlined = n > 0 ? n - 1 : 0;
        }
    }
    place->file = location.file;
    place->line = location.line;
    place->column = location.column;
    place->symbol = location.name;
    place->symbol_offset = location.offset;
    place->has_symbol_offset = location.name != NULL;
    if (!place->symbol) {
        place->symbol = name_from_qemu(report, module, offset);
    }
}

char *report_source_text(const char *file, unsigned line)
{
    g_autofree char *name = file ? g_path_get_basename(file) : NULL;

    return name && line ? g_strdup_printf("%s:%u", name, line) : NULL;
}

char *report_module_name(const struct cflow_module *module)
{
    return module->path[0] == '/' ? g_path_get_basename(module->path) : g_strdup(module->path);
}

char *report_place_text(const struct report_place *place)
{
    if (place->module->id == CFLOW_MODULE_OUTSIDE) {
        return g_strdup(place->module->path);
    }
    if (!place->symbol) {
        g_autofree char *name = report_module_name(place->module);
        return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", name, place->offset);
    }
    g_autofree char *symbol = words_short_function(place->symbol);
    if (!place->has_symbol_offset) {
        return g_strconcat(symbol, "+?", NULL);
    }
    if (place->symbol_offset == 0) {
        return g_steal_pointer(&symbol);
    }
    return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", symbol, place->symbol_offset);
}
