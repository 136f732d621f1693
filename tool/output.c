/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* fopencookie() */

#include "tool/output.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/unfinished.h"

struct output {
    char *path;      /* as it was given; NULL: standard output */
    char *target;    /* behind symbolic links */
    char *temporary; /* NULL: the target itself is written */
    int fd;
    int failure; /* errno of the first write that failed: a FILE forgets it */
    FILE *file;
};

static bool failed(const output *o, int code, GError **error)
{
    const char *hint = code == ENOSPC || code == EDQUOT || code == EFBIG
                           ? "free some space"
                           : "choose another place with -o";

    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot write %s: %s; %s",
                o->path ? o->path : "standard output", g_strerror(code), hint);
    return false;
}

static ssize_t write_some(void *cookie, const char *data, size_t n)
{
    output *o = cookie;
    ssize_t done;

    do {
        done = write(o->fd, data, n);
    } while (done < 0 && errno == EINTR);
    if (done < 0 && !o->failure) {
        o->failure = errno;
    }
    return MAX(done, 0);
}

static bool begin(output *o, int fd, GError **error)
{
    const cookie_io_functions_t functions = {.write = write_some};

    o->fd = fd;
    o->file = fopencookie(o, "w", functions);
    if (!o->file) {
        return failed(o, errno, error);
    }
    setvbuf(o->file, NULL, _IOFBF, 1 << 16);
    return true;
}

static bool open_temporary(output *o, const struct stat *old, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(o->target);
    g_autofree char *name = g_path_get_basename(o->target);
    g_autofree char *hidden = g_strdup_printf(".%s.XXXXXX", name);

    o->temporary = g_build_filename(directory, hidden, NULL);
    unfinished_hold();
    int fd = g_mkstemp_full(o->temporary, O_RDWR | O_CLOEXEC, 0666);
    int code = errno;
    unfinished_add(fd < 0 ? NULL : o->temporary);
    if (fd < 0) {
        g_clear_pointer(&o->temporary, g_free);
        return failed(o, code, error);
    }
    if (old && fchmod(fd, old->st_mode & 0777) != 0) {
        code = errno;
        close(fd);
        return failed(o, code, error);
    }
    return begin(o, fd, error);
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
    int fd = open(o->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? failed(o, errno, error) : begin(o, fd, error);
}

output *output_open(const char *path, GError **error)
{
    g_autoptr(output) o = g_new0(output, 1);

    o->fd = -1;
    if (!path || (path[0] == '-' && !path[1])) {
        fflush(stdout);
        return begin(o, STDOUT_FILENO, error) ? g_steal_pointer(&o) : NULL;
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
    bool flushed = fflush(o->file) == 0;
    int code = o->failure ? o->failure : flushed ? 0 : EIO;

    if (!code && o->temporary && fsync(o->fd) != 0) {
        code = errno;
    }
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
    g_clear_pointer(&o->file, fclose);
    if (o->fd >= 0 && o->fd != STDOUT_FILENO) {
        close(o->fd);
    }
    if (o->temporary) {
        unlink(o->temporary);
    }
    unfinished_forget();
    g_free(o->path);
    g_free(o->target);
    g_free(o->temporary);
    g_free(o);
}
