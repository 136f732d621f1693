/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch PROGRAM [ARGUMENT]...: run a program and write to descriptor 3 its
 * wait status, user and system time in microseconds, and peak memory in KB.
 *
 * Linux lets a process's peak begin with the size of the one that started it,
 * so whatever measures small programs has to be smaller still.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long us(struct timeval t)
{
    return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;

    if (argc < 2) {
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(3);
        execv(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        return 1;
    }
    return dprintf(3, "%d %lld %lld %ld\n", status, us(usage.ru_utime), us(usage.ru_stime),
                   usage.ru_maxrss) < 0;
}
