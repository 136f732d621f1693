/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/words.h"

#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "tool/term.h"

/* The array of strings in @json; NULL if it is anything else. */
static GPtrArray *parse_command(const char *json)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    JsonNode *root;

    if (!json || !json_parser_load_from_data(parser, json, -1, NULL) ||
        !(root = json_parser_get_root(parser)) || !JSON_NODE_HOLDS_ARRAY(root)) {
        return NULL;
    }
    JsonArray *array = json_node_get_array(root);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING) {
            return NULL;
        }
        g_ptr_array_add(words, json_node_dup_string(node));
    }
    return g_steal_pointer(&words);
}

static bool needs_quotes(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=:,./@%^";

    return !word[0] || word[strspn(word, plain)];
}

char *words_command_line(const char *json)
{
    g_autoptr(GPtrArray) words = parse_command(json);
    GString *line = g_string_new(NULL);

    if (!words) {
        g_string_free(line, TRUE);
        return g_strdup(json ? json : "");
    }
    for (guint i = 0; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        g_autofree char *quoted = needs_quotes(word) ? g_shell_quote(word) : g_strdup(word);
        g_string_append_printf(line, "%s%s", i ? " " : "", quoted);
    }
    return g_string_free(line, FALSE);
}

/* The value of "file=" in the options of a loader. */
static char *loader_file(const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);

    if (strcmp(parts[0], "loader") != 0 && strcmp(parts[0], "driver=loader") != 0) {
        return NULL;
    }
    for (char **part = parts; *part; part++) {
        if (g_str_has_prefix(*part, "file=")) {
            return g_strdup(*part + strlen("file="));
        }
    }
    return NULL;
}

char *words_machine_file(const char *json)
{
    static const char *const options[] = {"-kernel", "-bios", "-device"};
    g_autoptr(GPtrArray) words = parse_command(json);

    for (size_t o = 0; words && o < G_N_ELEMENTS(options); o++) {
        for (guint i = 0; i + 1 < words->len; i++) {
            const char *word = g_ptr_array_index(words, i);
            const char *value = g_ptr_array_index(words, i + 1);
            word += g_str_has_prefix(word, "--");
            char *file = strcmp(word, options[o]) != 0 ? NULL
                         : o < 2                       ? g_strdup(value)
                                                       : loader_file(value);
            if (file) {
                return file;
            }
        }
    }
    return NULL;
}

void words_add_command(JsonBuilder *builder, const char *name, const char *json)
{
    g_autoptr(GPtrArray) words = parse_command(json);

    if (!words) {
        words_add_string(builder, name, json);
        return;
    }
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < words->len; i++) {
        g_autofree char *clean = term_escape(g_ptr_array_index(words, i));
        json_builder_add_string_value(builder, clean);
    }
    json_builder_end_array(builder);
}

void words_add_string(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    if (text) {
        g_autofree char *clean = term_escape(text);
        json_builder_add_string_value(builder, clean);
    } else {
        json_builder_add_null_value(builder);
    }
}

void words_add_element(JsonBuilder *builder, const char *text)
{
    g_autofree char *clean = term_escape(text);

    json_builder_add_string_value(builder, clean);
}

void words_add_int(JsonBuilder *builder, const char *name, int64_t value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

void words_add_bool(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void words_add_address(JsonBuilder *builder, const char *name, uint64_t address)
{
    g_autofree char *text = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);

    words_add_string(builder, name, text);
}

void words_print_json(JsonBuilder *builder, gboolean pretty)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = NULL;

    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, pretty);
    text = json_generator_to_data(generator, NULL);
    fputs(text, stdout);
}

char *words_count(int64_t n, const char *one, const char *many)
{
    return g_strdup_printf("%" G_GINT64_FORMAT " %s", n, n == 1 ? one : many);
}

char *words_hex(GBytes *bytes)
{
    GString *text = g_string_new(NULL);
    gsize n = 0;
    const uint8_t *data = bytes ? g_bytes_get_data(bytes, &n) : NULL;

    for (gsize i = 0; i < n; i++) {
        g_string_append_printf(text, "%02x", data[i]);
    }
    return g_string_free(text, FALSE);
}

char *words_squeeze(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (*text != ' ' && *text != '\t') {
            g_string_append_c(out, *text);
        } else if (out->len && out->str[out->len - 1] != ' ') {
            g_string_append_c(out, ' ');
        }
    }
    return g_strchomp(g_string_free(out, FALSE));
}

/* Behind the bracket that closes the one at @p; the end if none does. */
static const char *behind_bracket(const char *p)
{
    int depth = 0;

    for (; *p; p++) {
        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (depth == 0) {
            return p + 1;
        }
    }
    return p;
}

/*
 * Whether the bracket at @p is not that of parameters: "(anonymous namespace)",
 * "decltype(auto)", and "f(int)::g", in f().
 */
static bool is_of_name(const char *name, const char *p)
{
    const char *end = behind_bracket(p);

    return g_str_has_prefix(p, "(anonymous") || g_str_has_prefix(end, "::") ||
           g_str_has_prefix(end, " const::") ||
           (p - name >= 8 && strncmp(p - 8, "decltype", 8) == 0);
}

/* The length of the name of an operator at @p: "operator()", "operator new[]", or 0. */
static size_t operator_length(const char *name, const char *p)
{
    size_t n = strlen("operator");

    if (!g_str_has_prefix(p, "operator") || g_ascii_isalnum(p[n]) || p[n] == '_' ||
        (p > name && (g_ascii_isalnum(p[-1]) || p[-1] == '_'))) {
        return 0;
    }
    if (g_str_has_prefix(p + n, "()")) {
        return n + 2;
    }
    n += strspn(p + n, "<>=!-+*/%^&|~,[] ");
    return n + strcspn(p + n, "(<");
}

/*
 * Brackets nest; outside of all of them the first "(" begins the parameters, and
 * the last blank before it ends the return type.
 */
char *words_short_function(const char *name)
{
    const char *start = name, *p = name;
    size_t length;
    int depth = 0;

    while (*p && (*p != '(' || depth > 0 || is_of_name(name, p))) {
        if (depth == 0 && (length = operator_length(name, p)) > 0) {
            p += length;
            continue;
        }
        if (strchr("(<{[", *p)) {
            depth++;
        } else if (strchr(")>}]", *p) && !(p > name && p[-1] == '-')) {
            depth--;
        } else if (*p == ' ' && depth == 0) {
            start = p + 1;
        }
        p++;
    }
    const char *plt = g_str_has_suffix(p, "@plt") ? "@plt" : "";
    const char *clone = strstr(p, " [clone");
    return p > start ? g_strdup_printf("%.*s%s%s", (int)(p - start), start, clone ? clone : "", plt)
                     : g_strdup(name);
}
