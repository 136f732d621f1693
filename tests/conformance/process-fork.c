/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of processes, each with its own copy of memory. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int depth, total = 1;
int main(void)
{
    for (depth = 0; depth < 4; depth++) {
        pid_t pid = fork();
        if (pid == 0) {
            total = 1;
            continue;
        }
        int status;
        waitpid(pid, &status, 0);
        total += WEXITSTATUS(status);
        fflush(stdout);
        if (depth == 1) {
            break;
        }
    }
    return total;
}
