/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler, its replacement, ignoring, the default of SIGCHLD. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int seen;
static void first(int s)
{
    seen = s;
}
static void second(int s)
{
    seen = 100 + s;
}
int main(void)
{
    signal(SIGUSR1, first);
    raise(SIGUSR1);
    printf("first %d\n", seen == SIGUSR1);
    signal(SIGUSR1, second);
    kill(getpid(), SIGUSR1);
    printf("second %d\n", seen == 100 + SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    seen = 0;
    raise(SIGUSR1);
    raise(SIGCHLD);
    printf("ignored %d\n", seen);
    return 1;
}
