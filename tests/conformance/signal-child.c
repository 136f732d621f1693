/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGCHLD, and what wait says of children that end in different ways. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int seen;
static void on_child(int s, siginfo_t *info, void *context)
{
    (void)s, (void)info, (void)context;
    seen++;
}
static void child(int how)
{
    switch (how) {
    case 0:
        _exit(17);
    case 1:
        raise(SIGKILL);
        break;
    case 2:
        raise(SIGTERM);
        break;
    default:
        raise(SIGSTOP);
        _exit(18);
    }
}
int main(void)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    for (int how = 0; how < 4; how++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            child(how);
        }
        do {
            waitpid(pid, &status, WUNTRACED);
            printf("%d: exit %d, killed by %d, stopped by %d\n", how,
                   WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                   WIFSIGNALED(status) ? WTERMSIG(status) : -1,
                   WIFSTOPPED(status) ? WSTOPSIG(status) == SIGSTOP : -1);
            if (WIFSTOPPED(status)) {
                kill(pid, SIGCONT);
            }
            fflush(stdout);
        } while (WIFSTOPPED(status));
    }
    return seen > 0 ? 3 : 4;
}
