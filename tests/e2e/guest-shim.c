/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into qemu-cflow, a bad world: $SHIM is "locks" (the file system has
 * none), "quota" (no more of it once something is written to a file), "clock" (an hour
 * back at each look), or "slow" (a disk that takes its time: it makes a file "slow" and
 * waits for one "go").
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int is_on(const char *what)
{
    const char *shim = getenv("SHIM");

    return shim && strcmp(shim, what) == 0;
}

static int shim_fcntl(const char *name, int fd, int command, void *argument)
{
    int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, name);

    if (is_on("locks") && (command == F_SETLK || command == F_SETLKW || command == F_GETLK)) {
        errno = ENOLCK;
        return -1;
    }
    return real(fd, command, argument);
}

#define FCNTL(name)                                                                                \
    int name(int fd, int command, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, command);                                                                   \
        void *argument = va_arg(args, void *);                                                     \
        va_end(args);                                                                              \
        return shim_fcntl(#name, fd, command, argument);                                           \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

    if (is_on("quota")) {
        errno = EDQUOT;
        return -1;
    }
    return real(fd, data, n, at);
}

ssize_t write(int fd, const void *data, size_t n)
{
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    struct stat st;

    if (fd > 2 && is_on("quota") && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        errno = EDQUOT;
        return -1;
    }
    return real(fd, data, n);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

    if (is_on("slow")) {
        close(open("slow", O_WRONLY | O_CREAT, 0600));
        for (int i = 0; i < 600 && access("go", F_OK) != 0; i++) {
            usleep(100000);
        }
    }
    return real(fd);
}

static long earlier(void)
{
    static long looks;

    return 3600 * ++looks;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, t);

    if (clock == CLOCK_REALTIME && is_on("clock")) {
        t->tv_sec -= earlier();
    }
    return result;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    int (*real)(struct timeval *, void *) =
        (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(t, zone);

    if (is_on("clock")) {
        t->tv_sec -= earlier();
    }
    return result;
}
