/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/demangle.h"

#include <glib.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#define OPTIONS (DMGL_PARAMS | DMGL_ANSI)

/*
 * A mangled name refers back to its own parts, and a hostile one grows with
 * each by the factor of two: the demangler has no limit, hence this one.
 */
#define MAX_NAME ((size_t)1 << 16)

struct output {
    GString *text;
    jmp_buf too_long;
};

static void append(const char *text, size_t n, void *data)
{
    struct output *output = data;

    if (output->text->len + n > MAX_NAME) {
        longjmp(output->too_long, 1);
    }
    g_string_append_len(output->text, text, (gssize)n);
}

typedef int (*demangler)(const char *mangled, int options, demangle_callbackref callback,
                         void *data);

static char *try(demangler demangler, const char *name)
{
    struct output output = {.text = g_string_sized_new(128)};
    GString *volatile text = output.text;
    volatile bool good = false;

    if (setjmp(output.too_long) == 0) {
        good = demangler(name, OPTIONS, append, &output) != 0;
    }
    return g_string_free(text, !good || text->len == 0);
}

char *demangle(const char *name)
{
    const char *at = strrchr(name, '@');
    bool plt = at && strcmp(at, "@plt") == 0;
    g_autofree char *bare = plt ? g_strndup(name, (gsize)(at - name)) : NULL;
    const char *mangled = bare ? bare : name;
    g_autofree char *shown = NULL;

    /* Rust's old names are names of C++ with a hash at their end. */
    if (mangled[0] == '_' || mangled[0] == 'R') {
        shown = try(rust_demangle_callback, mangled);
    }
    if (!shown && strncmp(mangled, "_Z", 2) == 0) {
        shown = try(cplus_demangle_v3_callback, mangled);
    }
    return shown ? g_strconcat(shown, plt ? "@plt" : NULL, NULL) : NULL;
}
