/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that are waited for instead of handled. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    sigset_t set;
    siginfo_t info;
    int s;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    printf("wait %d\n", sigwait(&set, &s) == 0 && s == SIGUSR1);
    alarm(1);
    printf("info %d\n", sigwaitinfo(&set, &info) == SIGALRM);
    struct timespec soon = {0, 1000000};
    printf("timed out %d\n", sigtimedwait(&set, &info, &soon));
    return 9;
}
