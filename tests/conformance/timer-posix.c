/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POSIX timers, to a signal and with overruns. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value = {.sival_int = 77}};
    struct itimerspec when = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    printf("create %d\n", timer_create(CLOCK_MONOTONIC, &event, &timer));
    timer_settime(timer, 0, &when, NULL);
    for (int i = 0; i < 3; i++) {
        int s = sigwaitinfo(&set, &info);
        printf("%d %d\n", s == SIGUSR1, info.si_value.sival_int);
    }
    printf("delete %d\n", timer_delete(timer));
    return 12;
}
