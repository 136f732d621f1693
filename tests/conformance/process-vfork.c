/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfork and exec, and a pipe to the child. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int ends[2], status;
    char text[32] = "";
    if (argc > 1 && strcmp(argv[1], "child") == 0) {
        return printf("from the child\n") == 15 ? 27 : 1;
    }
    if (pipe(ends) < 0) {
        return 1;
    }
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execl("/proc/self/exe", argv[0], "child", (char *)NULL);
        _exit(1);
    }
    close(ends[1]);
    waitpid(pid, &status, 0);
    ssize_t n = read(ends[0], text, sizeof(text) - 1);
    printf("%d %s%d\n", (int)n, text, WEXITSTATUS(status));
    return 28;
}
