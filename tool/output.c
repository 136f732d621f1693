/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool/output.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    char *path;      /* as it was given; NULL: standard output */
    char *target;    /* behind symbolic links */
    char *temporary; /* NULL: @file is the target itself */
    FILE *file;
};

static bool failed(const output *o, int code, GError **error)
{
    const char *hint = code == ENOSPC || code == EDQUOT || code == EFBIG
                           ? "free some space"
                           : "choose another place with -o";

    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot write %s: %s; %s", o->path,
                g_strerror(code), hint);
    return false;
}

static bool open_temporary(output *o, const struct stat *old, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(o->target);
    g_autofree char *name = g_path_get_basename(o->target);
    g_autofree char *hidden = g_strdup_printf(".%s.XXXXXX", name);

    o->temporary = g_build_filename(directory, hidden, NULL);
    int fd = g_mkstemp_full(o->temporary, O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0) {
        int code = errno;
        g_clear_pointer(&o->temporary, g_free);
        return failed(o, code, error);
    }
    if (old && fchmod(fd, old->st_mode & 0777) != 0) {
        int code = errno;
        close(fd);
        return failed(o, code, error);
    }
    o->file = fdopen(fd, "w");
    return true;
}

static bool open_file(output *o, GError **error)
{
    struct stat old;
    char *resolved = realpath(o->path, NULL);
    bool exists = resolved && stat(resolved, &old) == 0;

    o->target = g_strdup(resolved ? resolved : o->path);
    free(resolved);
    if (exists && S_ISDIR(old.st_mode)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                    "cannot write %s: it is a directory; name a file", o->path);
        return false;
    }
    if (!exists || S_ISREG(old.st_mode)) {
        return open_temporary(o, exists ? &old : NULL, error);
    }
    o->file = fopen(o->path, "we");
    return o->file || failed(o, errno, error);
}

output *output_open(const char *path, GError **error)
{
    g_autoptr(output) o = g_new0(output, 1);

    if (!path || (path[0] == '-' && !path[1])) {
        o->file = stdout;
        return g_steal_pointer(&o);
    }
    o->path = g_strdup(path);
    return open_file(o, error) ? g_steal_pointer(&o) : NULL;
}

FILE *output_file(output *output)
{
    return output->file;
}

bool output_is_stdout(const output *output)
{
    return !output->path;
}

bool output_commit(output *o, GError **error)
{
    if (!o->path) {
        return true;
    }
    /* A write that failed before leaves no errno that could be trusted. */
    bool broken = ferror(o->file) != 0;
    errno = 0;
    bool ok = fflush(o->file) == 0 && !broken;
    int code = ok ? 0 : errno ? errno : EIO;
    if (ok && o->temporary && fsync(fileno(o->file)) != 0) {
        code = errno;
    }
    if (fclose(o->file) != 0 && !code) {
        code = errno;
    }
    o->file = NULL;
    if (!code && o->temporary && rename(o->temporary, o->target) != 0) {
        code = errno;
    }
    if (code) {
        return failed(o, code, error);
    }
    g_clear_pointer(&o->temporary, g_free);
    return true;
}

void output_free(output *o)
{
    if (!o) {
        return;
    }
    if (o->file && o->file != stdout) {
        fclose(o->file);
    }
    if (o->temporary) {
        unlink(o->temporary);
    }
    g_free(o->path);
    g_free(o->target);
    g_free(o->temporary);
    g_free(o);
}
