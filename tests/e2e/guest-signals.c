/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for a signal and says which one came: exit status 10 + its number. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t got;

static void handle(int signum)
{
    got = signum;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigset_t all, none;

    /* Blocked but while waiting, so that none is lost between test and wait. */
    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!got) {
        sigsuspend(&none);
    }
    printf("got %s\n", strsignal(got));
    return 10 + got;
}
