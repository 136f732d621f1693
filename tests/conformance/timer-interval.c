/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interval timer that interrupts a loop at places nobody knows. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static volatile int ticks;
static void on_tick(int s)
{
    (void)s;
    ticks++;
}
int main(void)
{
    struct itimerval interval = {{0, 2000}, {0, 2000}};
    unsigned long sum = 0;
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &interval, NULL);
    for (unsigned i = 0; ticks < 20; i++) {
        sum += i & 1;
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    printf("%d\n", ticks >= 20 && sum > 0);
    return 11;
}
