/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "tool/owner.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OVERFLOW_UID 65534 /* as which users are shown whom a user namespace does not have */

/* In a user namespace files of the real root's look as if they were nobody's. */
static bool in_user_namespace(void)
{
    g_autofree char *map = NULL;
    unsigned first, outside, n;

    return g_file_get_contents("/proc/self/uid_map", &map, NULL, NULL) &&
           (sscanf(map, "%u %u %u", &first, &outside, &n) != 3 || first || outside ||
            n != G_MAXUINT32);
}

static bool is_foreign(const struct stat *st)
{
    return st->st_uid != 0 && (st->st_uid != OVERFLOW_UID || !in_user_namespace());
}

static char *user_name(uid_t uid)
{
    const struct passwd *entry = getpwuid(uid);

    return entry ? g_strdup(entry->pw_name) : g_strdup_printf("#%u", (unsigned)uid);
}

static char *belongs(const char *path, const char *what, const struct stat *st)
{
    g_autofree char *name = user_name(st->st_uid);
    bool named = *name != '#';

    return g_strdup_printf("%s is run as root, but %s belongs to %s; better: "
                           "%s%s -- qemu-cflow record ...",
                           path, what, name,
                           named ? "runuser -u " : "setpriv --reuid=", named ? name : name + 1);
}

static char *is_open(const char *path, const char *what)
{
    return g_strdup_printf("%s is run as root, but everybody may write to %s; better: "
                           "runuser -u USER -- qemu-cflow record ...",
                           path, what);
}

char *owner_warning(const char *path)
{
    char *real = path && geteuid() == 0 ? realpath(path, NULL) : NULL;
    g_autofree char *at = g_strdup(real);
    char *warning = NULL;
    bool file = true;
    struct stat st;

    free(real);
    /* From the file up to the root directory. */
    while (at && !warning && stat(at, &st) == 0) {
        const char *what = file ? "it" : at;
        if (is_foreign(&st)) {
            warning = belongs(path, what, &st);
        } else if ((st.st_mode & S_IWOTH) && (file || !(st.st_mode & S_ISVTX))) {
            warning = is_open(path, what);
        }
        char *up = strcmp(at, "/") == 0 ? NULL : g_path_get_dirname(at);
        g_free(at);
        at = up;
        file = false;
    }
    return warning;
}
