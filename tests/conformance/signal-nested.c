/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers that are interrupted by other signals, and masks that hold them back. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>

static char order[32];
static int n;
static void note(int s)
{
    order[n++] = s == SIGUSR1 ? '1' : '2';
    if (s == SIGUSR1) {
        raise(SIGUSR2);
    }
    order[n++] = s == SIGUSR1 ? 'a' : 'b';
}
int main(void)
{
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    order[n++] = ' ';
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    order[n++] = ' ';
    sigset_t both, old;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_BLOCK, &both, &old);
    raise(SIGUSR2);
    raise(SIGUSR1);
    order[n++] = '-';
    sigprocmask(SIG_SETMASK, &old, NULL);
    puts(order);
    return n;
}
