/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/verbs.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tool/verbs.h"

int tool_main(int argc, char **argv);

/* A variable of an option, and what it is at the start. */
struct variable {
    void *at;
    gint64 value;
    size_t size;
};

static size_t size_of(const GOptionEntry *entry)
{
    switch (entry->arg) {
    case G_OPTION_ARG_NONE:
    case G_OPTION_ARG_INT:
        return sizeof(gint);
    case G_OPTION_ARG_CALLBACK:
        return 0;
    default: /* pointers, numbers of 64 bits */
        return sizeof(gint64);
    }
}

static GArray *remember(void)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct variable));

    for (const struct verb *verb = verbs; verb->name; verb++) {
        for (const GOptionEntry *e = verb->options; e && e->long_name; e++) {
            struct variable v = {e->arg_data, 0, size_of(e)};
            memcpy(&v.value, v.at, v.size);
            g_array_append_val(all, v);
        }
    }
    return all;
}

int fuzz_verb(char **words)
{
    static GArray *variables;
    g_autofree char **argv = g_new0(char *, g_strv_length(words) + 2);
    int argc = 0;

    if (!variables) {
        variables = remember();
    }
    for (guint i = 0; i < variables->len; i++) { /* their text is lost: it is not much */
        const struct variable *v = &g_array_index(variables, struct variable, i);
        if (v->size) {
            memcpy(v->at, &v->value, v->size);
        }
    }
    argv[argc++] = (char *)"qemu-cflow";
    while (*words) {
        argv[argc++] = *words++;
    }
    return tool_main(argc, argv);
}
