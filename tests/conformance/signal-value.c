/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queued signals come in order with their values. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int values[8];
static volatile int n;
static void on_signal(int s, siginfo_t *info, void *context)
{
    (void)s, (void)context;
    values[n++] = info->si_value.sival_int + (info->si_code == SI_QUEUE ? 0 : 1000);
}
int main(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    sigaction(SIGRTMIN + 2, &action, NULL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 5; i++) {
        sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i * i});
    }
    printf("held back %d\n", n);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    for (int i = 0; i < n; i++) {
        printf("%d\n", values[i]);
    }
    return n;
}
