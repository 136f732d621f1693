/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/options.h"

#include <string.h>

#include "plugin/narrow.h"

const char options_help[] =
    "Options of libcflow.so (-plugin libcflow.so,NAME=VALUE,...):\n"
    "  engine=auto|edge|flow  how to measure (default auto: flow where it is exact)\n"
    "  checkpoint=MS        under record: bring counters to safety this often (default\n"
    "                       1000; 0: only in calls that may be the last)\n"
    "  cold=N               engine=flow: measure a block inline once it ran N times (default\n"
    "                       4096; 0: at once; QEMU before 10.2: always at once)\n"
    "  memory=BYTES         a program: record no code that was not seen before once the\n"
    "                       recording takes so much (default 0: no limit)\n"
    "  lastn=N              keep the last N transfers before each fault (engine=edge)\n"
    "  last-at=[MODULE@]ADDRESS[:N]  keep them before the N-th arrival there, too\n"
    "  module=GLOB          record only code of files of this name (may be repeated, as all\n"
    "                       of these; !GLOB: all but those)\n"
    "  range=[MODULE@]START-END  only code at these addresses (!...: all but that)\n"
    "  privilege=LEVEL      only code that runs as user, kernel, hypervisor or machine\n"
    "  start-at=[MODULE@]ADDRESS[:N]  record from the N-th arrival there on\n"
    "  stop-at=[MODULE@]ADDRESS[:N]   and no longer than to the N-th arrival there\n"
    "  stop-after=N|TIME    and no longer than N instructions, or 10s\n"
    "  out=FILE             write a profile at exit, for qemu-cflow report\n"
    "  report=on|off        print the busiest nodes at exit through QEMU's plugin log\n"
    "                       (-d plugin; default: on without out=)\n"
    "  sort=ORDER           what the printed report is about:\n"
    "                         hottest       most branches (default)\n"
    "                         faults        most early exits; also: early, exceptions\n"
    "                         destinations  most destinations; also: popdest\n"
    "  topn=N               how many nodes it prints (default 10)\n"
    "  help                 this text\n";

static bool bad_value(const char *name, const char *value, GError **error)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "'%s' is no value for the option %s; 'help' as an option lists what there is",
                value, name);
    return false;
}

static bool parse_int(const char *name, const char *value, int min, int *out, GError **error)
{
    gint64 number;

    if (!g_ascii_string_to_signed(value, 10, min, G_MAXINT, &number, NULL)) {
        return bad_value(name, value, error);
    }
    *out = (int)number;
    return true;
}

static bool parse_sort(const char *value, enum options_sort *out, GError **error)
{
    static const struct {
        const char *name;
        enum options_sort sort;
    } names[] = {
        {"hottest", SORT_HOTTEST},
        {"faults", SORT_FAULTS},
        {"early", SORT_FAULTS},
        {"exceptions", SORT_FAULTS},
        {"destinations", SORT_DESTINATIONS},
        {"popdest", SORT_DESTINATIONS},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i].name, value) == 0) {
            *out = names[i].sort;
            return true;
        }
    }
    return bad_value("sort", value, error);
}

static bool parse_bool(const char *name, const char *value, bool *out, GError **error)
{
    static const char *const yes[] = {"on", "yes", "true", NULL};
    static const char *const no[] = {"off", "no", "false", NULL};

    *out = g_strv_contains(yes, value);
    return *out || g_strv_contains(no, value) || bad_value(name, value, error);
}

bool options_parse(struct options *o, int argc, char **argv, GError **error)
{
    int report = -1;

    narrow_forget();
    *o = (struct options){.topn = 10,
                          .arena_fd = -1,
                          .engine = "auto",
                          .checkpoint = 1000,
                          .cold = 4096,
                          .damage = -1};
    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        g_autofree char *name =
            g_strndup(argv[i], equals ? (gsize)(equals - argv[i]) : strlen(argv[i]));
        const char *value = equals ? equals + 1 : "on"; /* QEMU's own short form */
        bool ok = true, on;
        if (strcmp(name, "help") == 0) {
            o->help = true;
        } else if (strcmp(name, "engine") == 0) {
            o->engine = value;
        } else if (strcmp(name, "out") == 0) {
            o->out = value;
        } else if (strcmp(name, "report") == 0) {
            ok = parse_bool(name, value, &on, error);
            report = ok ? on : -1;
        } else if (strcmp(name, "sort") == 0) {
            ok = parse_sort(value, &o->sort, error);
        } else if (strcmp(name, "topn") == 0) {
            ok = parse_int(name, value, 1, &o->topn, error);
        } else if (strcmp(name, "lastn") == 0) {
            ok = parse_int(name, value, 1, &o->last, error) &&
                 (o->last <= 100000 || bad_value(name, value, error));
        } else if (strcmp(name, "checkpoint") == 0) {
            ok = parse_int(name, value, 0, &o->checkpoint, error);
        } else if (strcmp(name, "program") == 0) {
            o->program = value;
        } else if (strcmp(name, "cold") == 0) {
            ok = parse_int(name, value, 0, &o->cold, error) &&
                 (o->cold <= 1 << 30 || bad_value(name, value, error));
        } else if (strcmp(name, "memory") == 0) {
            ok = g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &o->memory, NULL) ||
                 bad_value(name, value, error);
        } else if (strcmp(name, "damage") == 0) {
            ok = parse_int(name, value, 0, &o->damage, error);
        } else if (strcmp(name, "arena") == 0) {
            ok = parse_int(name, value, 0, &o->arena_fd, error);
        } else if (narrow_knows(name)) {
            ok = narrow_option(name, value, error);
        } else {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        "there is no option '%s'; 'help' as an option lists what there is", name);
            ok = false;
        }
        if (!ok) {
            return false;
        }
    }
    o->narrowed = narrow_describe();
    o->report = report >= 0 ? report : !o->out && o->arena_fd < 0;
    return true;
}
