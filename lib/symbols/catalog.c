/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/catalog.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "lib/symbols/debug-file.h"

/* A file that the user named. */
struct given {
    char *path;
    elf_file *file; /* until there is an image of it; NULL for a list */
    image *image;
    bool replaces;    /* the modules of its build-id or file name */
    bool is_absolute; /* for modules whose addresses are absolute */
    uint64_t bias;
    char *build_id; /* or NULL */
};

struct catalog {
    char *sysroot;       /* or NULL */
    GPtrArray *dirs;     /* char * */
    GPtrArray *given;    /* struct given */
    GPtrArray *images;   /* image, of files that were found */
    GHashTable *by_key;  /* "build-id:path" -> struct module, NULL if nothing is known */
    GPtrArray *warnings; /* char * */
    GHashTable *checked; /* set of image: those that catalog_check() warned of */
    bool force, names_only;
    /* What was asked last: reports ask for one module many times. */
    char *last_path, *last_build_id;
    struct module *last;
};

GQuark cflow_symbols_error_quark(void)
{
    return g_quark_from_static_string("cflow-symbols-error-quark");
}

static void free_given(gpointer data)
{
    struct given *given = data;

    image_free(given->image);
    elf_file_close(given->file);
    g_free(given->build_id);
    g_free(given->path);
    g_free(given);
}

static void free_image(gpointer data)
{
    image_free(data);
}

static void free_module(gpointer data)
{
    struct module *module = data;

    if (module) {
        g_array_unref(module->parts);
        g_clear_pointer(&module->functions, g_array_unref);
        g_clear_pointer(&module->by_address, segments_free);
        g_clear_pointer(&module->sections, g_array_unref);
        g_free(module);
    }
}

struct catalog *catalog_new(const char *sysroot)
{
    struct catalog *catalog = g_new0(struct catalog, 1);

    catalog->sysroot = g_strdup(sysroot);
    catalog->dirs = g_ptr_array_new_with_free_func(g_free);
    catalog->given = g_ptr_array_new_with_free_func(free_given);
    catalog->images = g_ptr_array_new_with_free_func(free_image);
    catalog->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_module);
    catalog->warnings = g_ptr_array_new_with_free_func(g_free);
    catalog->checked = g_hash_table_new(NULL, NULL);
    return catalog;
}

void catalog_free(struct catalog *catalog)
{
    g_hash_table_unref(catalog->by_key);
    g_hash_table_unref(catalog->checked);
    g_ptr_array_unref(catalog->images);
    g_ptr_array_unref(catalog->given);
    g_ptr_array_unref(catalog->dirs);
    g_ptr_array_unref(catalog->warnings);
    g_free(catalog->last_path);
    g_free(catalog->last_build_id);
    g_free(catalog->sysroot);
    g_free(catalog);
}

void catalog_add_debug_dir(struct catalog *catalog, const char *dir)
{
    g_ptr_array_add(catalog->dirs, g_strdup(dir));
}

void catalog_set_force(struct catalog *catalog, bool force)
{
    catalog->force = force;
}

void catalog_set_names_only(struct catalog *catalog, bool names_only)
{
    catalog->names_only = names_only;
}

const GPtrArray *catalog_warnings(const struct catalog *catalog)
{
    return catalog->warnings;
}

static void G_GNUC_PRINTF(2, 3) warn(struct catalog *catalog, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(catalog->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

void catalog_check(struct catalog *catalog, image *image)
{
    const debug_info *debug = image_debug(image);
    const char *missing = debug ? debug_info_missing(debug) : NULL;
    bool damaged = debug && debug_info_is_damaged(debug);

    if ((!damaged && !missing) || !g_hash_table_add(catalog->checked, image)) {
        return;
    }
    if (damaged) {
        warn(catalog, "lines are missing: the DWARF of %s is damaged", image_file(image)->path);
    } else {
        warn(catalog, "inlined functions are missing: %s needs %s, which is not there",
             image_file(image)->path, missing);
    }
}

/* Splits "FILE@BIAS" at its last '@', if a file of the whole name is not there. */
static bool parse_given(struct given *given, const char *text, bool *has_bias, GError **error)
{
    const char *at = strrchr(text, '@');
    const char *number = at ? at + 1 : NULL;
    char *end;

    *has_bias = at && !g_file_test(text, G_FILE_TEST_EXISTS);
    if (!*has_bias) {
        given->path = g_strdup(text);
        return true;
    }
    errno = 0;
    given->bias = g_ascii_strtoull(number, &end, 0);
    if (!g_ascii_isdigit(number[0]) || *end || errno || at == text) {
        g_set_error(error, CFLOW_SYMBOLS_ERROR, CFLOW_SYMBOLS_ERROR_VALUE,
                    "bad bias '%s' in '%s': write FILE@0x1000", number, text);
        return false;
    }
    given->path = g_strndup(text, (gsize)(at - text));
    return true;
}

static bool open_list(struct given *given, GError **error)
{
    g_autofree char *text = NULL;
    bool hidden = false;

    if (g_file_test(given->path, G_FILE_TEST_IS_REGULAR)) {
        /* Not mapped: files in /proc have no size. */
        if (!g_file_get_contents(given->path, &text, NULL, error)) {
            return false;
        }
        given->image = image_new_list(text, &hidden);
    }
    if (!given->image) {
        g_set_error(error, CFLOW_SYMBOLS_ERROR, CFLOW_SYMBOLS_ERROR_FILE,
                    "%s is neither an ELF file nor a list of symbols like System.map", given->path);
        return false;
    }
    if (hidden) {
        g_set_error(error, CFLOW_SYMBOLS_ERROR, CFLOW_SYMBOLS_ERROR_FILE,
                    "all addresses in %s are 0: read it as root", given->path);
        return false;
    }
    given->is_absolute = true;
    return true;
}

static bool open_given(struct given *given, bool has_bias, GError **error)
{
    bool missing;
    GElf_Ehdr ehdr;

    given->file = elf_file_open(given->path, &missing);
    if (missing) {
        g_set_error(error, CFLOW_SYMBOLS_ERROR, CFLOW_SYMBOLS_ERROR_FILE, "no file %s",
                    given->path);
        return false;
    }
    if (!given->file) {
        return open_list(given, error);
    }
    if (!gelf_getehdr(given->file->elf, &ehdr) || ehdr.e_type == ET_REL) {
        g_set_error(error, CFLOW_SYMBOLS_ERROR, CFLOW_SYMBOLS_ERROR_FILE,
                    "%s is not linked: where its functions will be, it does not say", given->path);
        return false;
    }
    given->build_id = g_strdup(given->file->build_id);
    given->replaces = !has_bias;
    given->is_absolute = has_bias || ehdr.e_type == ET_EXEC;
    return true;
}

bool catalog_add_file(struct catalog *catalog, const char *file_at_bias, GError **error)
{
    struct given *given = g_new0(struct given, 1);
    bool has_bias;

    if (!parse_given(given, file_at_bias, &has_bias, error) ||
        !open_given(given, has_bias, error)) {
        free_given(given);
        return false;
    }
    g_ptr_array_add(catalog->given, given);
    return true;
}

/* Takes @file over. */
static image *image_of(struct catalog *catalog, elf_file *file)
{
    struct debug_places places = {catalog->sysroot, catalog->dirs, !catalog->names_only};
    bool own = elf_file_has_dwarf(file) || catalog->names_only;
    elf_file *debug = own && symtab_elf_is_full(file->elf) ? NULL : debug_file_open(file, &places);
    const elf_file *dwarf = catalog->names_only ? NULL : own ? file : debug;
    g_autofree char *missing = NULL;
    elf_file *alt = dwarf ? debug_file_open_alt(dwarf, &places, &missing) : NULL;
    image *new = image_new(file, debug, alt, dwarf && !missing);

    if (missing) {
        warn(catalog, "no lines: %s needs %s, which is missing or another; see --debug-dir DIR",
             dwarf->path, missing);
    }

    if (symtab_size(image_names(new)) == 0) {
        warn(catalog, "no symbols: %s is stripped; install its debug symbols", file->path);
    }
    return new;
}

static image *image_of_given(struct catalog *catalog, struct given *given)
{
    if (!given->image) {
        given->image = image_of(catalog, g_steal_pointer(&given->file));
    }
    return given->image;
}

static const char *id_text(const char *build_id)
{
    return build_id ? build_id : "none";
}

/* A file that the user gave for the module; one of its build-id goes first. */
static image *find_given(struct catalog *catalog, const char *path, const char *build_id)
{
    g_autofree char *name = g_path_get_basename(path);

    for (guint i = 0; i < catalog->given->len; i++) {
        struct given *given = g_ptr_array_index(catalog->given, i);
        if (given->replaces && build_id && g_strcmp0(given->build_id, build_id) == 0) {
            return image_of_given(catalog, given);
        }
    }
    for (guint i = 0; i < catalog->given->len; i++) {
        struct given *given = g_ptr_array_index(catalog->given, i);
        g_autofree char *given_name = g_path_get_basename(given->path);
        if (!given->replaces || strcmp(name, given_name) != 0) {
            continue;
        }
        bool same = g_strcmp0(given->build_id, build_id) == 0;
        if (catalog->force && !same) {
            warn(catalog, "%s has build-id %s, %s was recorded with %s: names may be wrong",
                 given->path, id_text(given->build_id), path, id_text(build_id));
        }
        if (catalog->force || same) {
            return image_of_given(catalog, given);
        }
        warn(catalog, "not used: %s has build-id %s, %s was recorded with %s; --force uses it",
             given->path, id_text(given->build_id), path, id_text(build_id));
    }
    return NULL;
}

/* Opens the file that was recorded; warns and returns NULL if it is not there. */
static elf_file *open_recorded(struct catalog *catalog, const char *path, const char *build_id)
{
    g_autofree char *below =
        catalog->sysroot ? g_build_filename(catalog->sysroot, path, NULL) : NULL;
    const char *candidates[] = {path, below};
    g_autofree char *wrong = NULL;
    g_autoptr(elf_file) other = NULL;
    bool all_missing = true;

    for (size_t i = 0; i < G_N_ELEMENTS(candidates) && candidates[i]; i++) {
        bool missing;
        g_autoptr(elf_file) file = elf_file_open(candidates[i], &missing);
        all_missing = all_missing && missing;
        if (!file) {
            continue;
        }
        if (g_strcmp0(file->build_id, build_id) == 0) {
            return g_steal_pointer(&file);
        }
        g_free(wrong);
        wrong = g_strdup_printf("%s has build-id %s, the recorded file had %s", candidates[i],
                                id_text(file->build_id), id_text(build_id));
        elf_file_close(other);
        other = g_steal_pointer(&file);
    }
    if (other && catalog->force) {
        warn(catalog, "%s: used all the same, names may be wrong", wrong);
        return g_steal_pointer(&other);
    }
    if (wrong) {
        warn(catalog, "no symbols: %s; give that one with --symbols FILE or --sysroot DIR", wrong);
    } else if (all_missing) {
        warn(catalog, "no symbols: %s not found; say where it is with --sysroot DIR", path);
    } else {
        warn(catalog, "no symbols: %s is not a readable ELF file", path);
    }
    return NULL;
}

static void add_part(GArray *parts, image *image, uint64_t bias)
{
    struct part part = {image, bias};

    if (image) {
        g_array_append_val(parts, part);
    }
}

/* Of the modules in brackets, those with addresses of the guest's. */
static bool is_absolute(const char *path)
{
    return path[0] == '[' && !g_str_has_prefix(path, "[anon") && strcmp(path, "[vdso]") != 0 &&
           strcmp(path, "[outside]") != 0;
}

static struct module *load(struct catalog *catalog, const char *path, const char *build_id)
{
    struct module *module = g_new0(struct module, 1);
    image *found = find_given(catalog, path, build_id);

    module->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    if (!found && path[0] == '/') {
        elf_file *file = open_recorded(catalog, path, build_id);
        if (file) {
            found = image_of(catalog, file);
            g_ptr_array_add(catalog->images, found);
        }
    }
    add_part(module->parts, found, 0);
    for (guint i = 0; i < catalog->given->len && is_absolute(path); i++) {
        struct given *given = g_ptr_array_index(catalog->given, i);
        if (given->is_absolute) {
            add_part(module->parts, image_of_given(catalog, given), given->bias);
        }
    }
    if (module->parts->len == 0) {
        g_clear_pointer(&module, free_module);
    }
    return module;
}

struct module *catalog_find(struct catalog *catalog, const char *path, const char *build_id)
{
    gpointer module;

    if (catalog->last_path && strcmp(catalog->last_path, path) == 0 &&
        g_strcmp0(catalog->last_build_id, build_id) == 0) {
        return catalog->last;
    }
    if (path[0] != '/' && path[0] != '[') {
        return NULL;
    }
    g_autofree char *key = g_strconcat(build_id ? build_id : "", ":", path, NULL);
    if (!g_hash_table_lookup_extended(catalog->by_key, key, NULL, &module)) {
        module = load(catalog, path, build_id);
        g_hash_table_insert(catalog->by_key, g_steal_pointer(&key), module);
    }
    g_free(catalog->last_path);
    g_free(catalog->last_build_id);
    catalog->last_path = g_strdup(path);
    catalog->last_build_id = g_strdup(build_id);
    catalog->last = module;
    return module;
}
