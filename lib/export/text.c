/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/export/text.h"

#include <string.h>

void cflow_export_place(const struct cflow_export *export, int64_t id, uint64_t offset,
                        struct cflow_place *out)
{
    struct cflow_location at = {.name = NULL};

    *out = (struct cflow_place){
        .module = cflow_profile_module(export->profile, id),
        .offset = offset,
    };
    if (id == CFLOW_MODULE_OUTSIDE || !out->module) {
        return;
    }
    cflow_symbols_lookup(export->symbols, out->module->path, out->module->build_id, offset, &at);
    out->symbol = at.name;
    out->symbol_offset = at.offset;
    out->file = at.file;
    out->line = at.line;
}

bool cflow_export_wants(const struct cflow_export *export, const struct cflow_place *place)
{
    return (!export->module || place->module == export->module) &&
           (!export->function || g_strcmp0(place->symbol, export->function) == 0);
}

static bool has_function(const struct cflow_export *export, const struct cflow_module *module)
{
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(export->symbols, module->path, module->build_id, &n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(functions[i].name, export->function) == 0) {
            return true;
        }
    }
    return false;
}

bool cflow_export_check_function(const struct cflow_export *export, GError **error)
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(export->profile, &n);

    if (!export->function) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if ((!export->module || export->module == &modules[i]) &&
            modules[i].id != CFLOW_MODULE_OUTSIDE && has_function(export, &modules[i])) {
            return true;
        }
    }
    g_set_error(error, CFLOW_EXPORT_ERROR, CFLOW_EXPORT_ERROR_SELECTION,
                "no function called '%s' in %s; 'qemu-cflow report --symbol PATTERN' finds names",
                export->function, export->module ? export->module->path : "any module");
    return false;
}

char **cflow_export_command(const struct cflow_export *export)
{
    /* A JSON array of strings is one in GVariant's text format, too. */
    const char *json = cflow_profile_meta(export->profile, "command");
    g_autoptr(GVariant) words =
        json ? g_variant_parse(G_VARIANT_TYPE_STRING_ARRAY, json, NULL, NULL, NULL) : NULL;

    return words ? g_variant_dup_strv(words, NULL) : NULL;
}

/* The next character of *@text as UTF-8; 0, and *@text moves on by a byte, if it is none. */
static gunichar next_char(const char **text)
{
    gunichar c = g_utf8_get_char_validated(*text, -1);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        ++*text;
        return 0;
    }
    *text = g_utf8_next_char(*text);
    return c;
}

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

void cflow_export_put_json(FILE *out, const char *text)
{
    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    while (*text) {
        const char *start = text;
        gunichar c = next_char(&text);
        if (!c) {
            fprintf(out, "\\\\x%02x", (unsigned char)*start);
        } else if (is_control(c)) {
            fprintf(out, "\\u%04x", c);
        } else {
            if (c == '"' || c == '\\') {
                fputc('\\', out);
            }
            fwrite(start, 1, (size_t)(text - start), out);
        }
    }
    fputc('"', out);
}

void cflow_export_put_line(FILE *out, const char *text)
{
    while (*text) {
        const char *start = text;
        gunichar c = next_char(&text);
        if (!c || is_control(c)) {
            for (; start < text; start++) {
                fprintf(out, "\\x%02x", (unsigned char)*start);
            }
        } else {
            fwrite(start, 1, (size_t)(text - start), out);
        }
    }
}

void cflow_export_put_csv(FILE *out, const char *text)
{
    if (!text) {
        return;
    }
    if (!strpbrk(text, "\",\r\n")) {
        cflow_export_put_line(out, text);
        return;
    }
    g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
    fputc('"', out);
    for (char **part = parts; *part; part++) {
        fputs(part == parts ? "" : "\"\"", out);
        cflow_export_put_line(out, *part);
    }
    fputc('"', out);
}
