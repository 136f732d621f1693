/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end by a signal that is not handled, in a child, seen by its parent. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGPIPE, SIGSEGV, SIGILL, SIGALRM, SIGKILL};
    for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            raise(signals[i]);
            _exit(1);
        }
        waitpid(pid, &status, 0);
        printf("%d\n", WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
    }
    fflush(stdout);
    raise(SIGUSR2);
    return 1;
}
