/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends SIGTERM to children that are about to execute another program: either the
 * handler runs, or the new program dies of it.  Exit status: 0 if none was lost.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void on_term(int signum)
{
    (void)signum;
    _exit(21);
}

static void child(const char *self, int ready)
{
    signal(SIGTERM, on_term);
    if (write(ready, "r", 1) != 1) {
        _exit(23);
    }
    execl(self, self, "wait", NULL);
    _exit(22);
}

int main(int argc, char **argv)
{
    unsigned handled = 0, died = 0, lost = 0;

    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        alarm(10);
        for (;;) {
            pause();
        }
    }
    for (unsigned i = 0; i < (argc > 1 ? (unsigned)atoi(argv[1]) : 1); i++) {
        struct timespec delay = {0, (long)(i * 7919 % 400) * 1000};
        int ready[2], status;
        char byte;
        if (pipe(ready) < 0) {
            return 2;
        }
        pid_t pid = fork();
        if (pid == 0) {
            child(argv[0], ready[1]);
        }
        if (read(ready[0], &byte, 1) != 1) {
            return 3;
        }
        nanosleep(&delay, NULL);
        kill(pid, SIGTERM);
        waitpid(pid, &status, 0);
        handled += WIFEXITED(status) && WEXITSTATUS(status) == 21;
        died += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
        lost += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
        close(ready[0]);
        close(ready[1]);
    }
    printf("%u handled, %u died, %u lost\n", handled, died, lost);
    return lost || handled + died == 0;
}
