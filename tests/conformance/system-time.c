/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks that go forward, sleeps that last. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
int main(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                       CLOCK_THREAD_CPUTIME_ID};
    for (int i = 0; i < 4; i++) {
        long long before = now(clocks[i]), back = 0;
        for (int k = 0; k < 200; k++) {
            long long t = now(clocks[i]);
            back += t < before && clocks[i] != CLOCK_REALTIME;
            before = t;
        }
        printf("%d back\n", (int)back);
    }
    long long begin = now(CLOCK_MONOTONIC);
    usleep(5000);
    printf("%d\n", now(CLOCK_MONOTONIC) - begin >= 5000000);
    return time(NULL) > 1000000000 ? 43 : 1;
}
