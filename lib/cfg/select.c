/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function does the user mean? */
#include <string.h>

#include "lib/cfg/program.h"

struct selection {
    cflow_cfg_program *program;
    const char *module; /* NULL: any */
    GPtrArray *found;
};

static bool module_matches(const struct selection *s, const struct cflow_module *module)
{
    g_autofree char *name = cflow_cfg_module_name(module);

    return module->id != CFLOW_MODULE_OUTSIDE &&
           (!s->module || strcmp(s->module, module->path) == 0 || strcmp(s->module, name) == 0 ||
            g_pattern_match_simple(s->module, module->path) ||
            g_pattern_match_simple(s->module, name));
}

static void add(struct selection *s, const struct cflow_cfg_function *function)
{
    if (!g_ptr_array_find(s->found, function, NULL)) {
        g_ptr_array_add(s->found, (gpointer)function);
    }
}

/* Calls @each with every module that may be meant. */
static void for_modules(struct selection *s, const char *words,
                        void (*each)(struct selection *s, const struct cflow_module *module,
                                     const char *words))
{
    size_t n;
    const struct cflow_module *modules = cflow_profile_modules(s->program->profile, &n);

    for (size_t i = 0; i < n; i++) {
        if (module_matches(s, &modules[i])) {
            each(s, &modules[i], words);
        }
    }
}

static void by_name(struct selection *s, const struct cflow_module *module, const char *words)
{
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(s->program->symbols, module->path, module->build_id, &n);

    for (size_t i = 0; i < n; i++) {
        if (functions[i].name && strcmp(functions[i].name, words) == 0) {
            add(s, cflow_cfg_program_at(s->program, module->id, functions[i].start));
        }
    }
}

static void by_pattern(struct selection *s, const struct cflow_module *module, const char *words)
{
    g_autoptr(GPatternSpec) pattern = g_pattern_spec_new(words);
    size_t n;
    const struct cflow_function *functions =
        cflow_symbols_functions(s->program->symbols, module->path, module->build_id, &n);

    for (size_t i = 0; i < n; i++) {
        if (functions[i].name && g_pattern_spec_match_string(pattern, functions[i].name)) {
            add(s, cflow_cfg_program_at(s->program, module->id, functions[i].start));
        }
    }
}

/* What no file names but QEMU did. */
static void by_recorded_name(struct selection *s, const char *words)
{
    for (guint i = 0; i < s->program->functions->len; i++) {
        const struct cflow_cfg_function *f = g_ptr_array_index(s->program->functions, i);
        if (f->has_name && !f->has_range && strcmp(f->name, words) == 0 &&
            module_matches(s, cflow_profile_module(s->program->profile, f->module))) {
            add(s, f);
        }
    }
}

static bool is_file(const char *path, const char *wanted)
{
    size_t n = strlen(path), m = strlen(wanted);

    return n >= m && strcmp(path + n - m, wanted) == 0 &&
           (n == m || path[n - m - 1] == '/' || wanted[0] == '/');
}

static void by_line(struct selection *s, const struct cflow_module *module, const char *words)
{
    const char *colon = strrchr(words, ':');
    g_autofree char *file = g_strndup(words, (gsize)(colon - words));
    guint64 line = g_ascii_strtoull(colon + 1, NULL, 10);
    size_t n;
    const struct cflow_line *lines =
        cflow_symbols_lines(s->program->symbols, module->path, module->build_id, 0, UINT64_MAX, &n);
    g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(uint64_t));

    for (size_t i = 0; i < n; i++) {
        if (lines[i].line == line && !lines[i].end_sequence && lines[i].file &&
            is_file(lines[i].file, file)) {
            g_array_append_val(addresses, lines[i].address);
        }
    }
    for (guint i = 0; i < addresses->len; i++) { /* lines are gone by the next question */
        add(s, cflow_cfg_program_at(s->program, module->id, g_array_index(addresses, uint64_t, i)));
    }
}

static bool parse_address(const char *text, uint64_t *address, const char **end)
{
    char *rest;

    if (!g_str_has_prefix(text, "0x") || !g_ascii_isxdigit(text[2])) {
        return false;
    }
    *address = g_ascii_strtoull(text, &rest, 16);
    *end = rest;
    return true;
}

/* Where several modules have an address, those with a function or with code that ran there. */
static void by_address(struct selection *s, const struct cflow_module *module, const char *words)
{
    const cflow_cfg_context *context = s->program->context;
    uint64_t address = 0;
    const char *end;
    size_t first;

    parse_address(words, &address, &end);
    if (cflow_symbols_function_at(s->program->symbols, module->path, module->build_id, address) ||
        cflow_cfg_edges_to(context, module->id, address, address + 1, &first) > 0) {
        add(s, cflow_cfg_program_at(s->program, module->id, address));
    }
}

static void by_range(struct selection *s, const struct cflow_module *module, const char *words)
{
    struct cflow_cfg_function *function = g_new0(struct cflow_cfg_function, 1);
    const cflow_cfg_context *context = s->program->context;
    const char *end;
    size_t first;

    parse_address(words, &function->start, &end);
    parse_address(end + 1, &function->end, &end);
    function->module = module->id;
    function->has_range = true;
    function->name = g_string_chunk_insert_const(s->program->strings, words);
    g_ptr_array_add(s->program->functions, function); /* the program owns it */
    if (cflow_cfg_edges_to(context, module->id, function->start, function->end, &first) > 0) {
        add(s, function);
    }
}

static int compare_heat(const void *pa, const void *pb)
{
    const struct cflow_cfg_function *a = *(const struct cflow_cfg_function *const *)pa;
    const struct cflow_cfg_function *b = *(const struct cflow_cfg_function *const *)pb;

    if (a->instructions != b->instructions) {
        return a->instructions > b->instructions ? -1 : 1;
    }
    if (a->module != b->module) {
        return a->module < b->module ? -1 : 1;
    }
    return a->start < b->start ? -1 : a->start > b->start;
}

static void hottest(struct selection *s)
{
    const struct cflow_cfg_function *best = NULL;

    for (guint i = 0; i < s->program->functions->len; i++) {
        const struct cflow_cfg_function *f = g_ptr_array_index(s->program->functions, i);
        if (f->has_range && f->instructions > 0 && (!best || compare_heat(&f, &best) < 0)) {
            best = f;
        }
    }
    if (best) {
        add(s, best);
    }
}

static bool is_line(const char *words)
{
    const char *colon = strrchr(words, ':');

    return colon && colon > words && colon[-1] != ':' && g_ascii_isdigit(colon[1]) &&
           strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static void select_words(struct selection *s, const char *words)
{
    uint64_t start = 0, stop = 0;
    const char *end;

    if (parse_address(words, &start, &end) && *end == '\0') {
        for_modules(s, words, by_address);
    } else if (parse_address(words, &start, &end) && *end == '-' &&
               parse_address(end + 1, &stop, &end) && *end == '\0' && stop > start) {
        for_modules(s, words, by_range);
    } else {
        for_modules(s, words, by_name);
        if (s->found->len == 0) {
            by_recorded_name(s, words);
        }
        if (s->found->len == 0 && is_line(words)) {
            for_modules(s, words, by_line);
        }
        if (s->found->len == 0 && strpbrk(words, "*?")) {
            for_modules(s, words, by_pattern);
        }
    }
}

static void set_error(const cflow_cfg_program *program, const char *words, GError **error)
{
    const char *path = cflow_profile_path(program->profile);

    if (!words) {
        g_set_error(error, CFLOW_CFG_ERROR, CFLOW_CFG_ERROR_NOTHING,
                    "no function of which anything is known ran in %s; "
                    "say where the files are with --sysroot DIR",
                    path);
    } else if (is_line(words)) {
        g_set_error(error, CFLOW_CFG_ERROR, CFLOW_CFG_ERROR_NOTHING,
                    "no code of '%s' in %s: is there debug information (-g) for it?", words, path);
    } else {
        g_set_error(error, CFLOW_CFG_ERROR, CFLOW_CFG_ERROR_NOTHING,
                    "no function '%s' in the modules of %s; "
                    "'qemu-cflow callgraph' lists those that ran",
                    words, path);
    }
}

GPtrArray *cflow_cfg_program_select(cflow_cfg_program *program, const char *words, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    const char *mark = words ? strchr(words, '!') : NULL;
    g_autofree char *module = mark && mark > words ? g_strndup(words, (gsize)(mark - words)) : NULL;
    struct selection s = {.program = program, .module = module, .found = found};

    if (!words) {
        hottest(&s);
    } else {
        select_words(&s, module ? mark + 1 : words);
        if (found->len == 0 && module) { /* a name with an exclamation mark */
            s.module = NULL;
            select_words(&s, words);
        }
    }
    if (found->len == 0) {
        set_error(program, words, error);
        return NULL;
    }
    g_ptr_array_sort(found, compare_heat);
    return g_steal_pointer(&found);
}
