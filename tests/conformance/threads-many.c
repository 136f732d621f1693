/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that come and go, each with work of its own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

static void *work(void *argument)
{
    unsigned long n = (unsigned long)argument, sum = 0;
    for (unsigned long i = 0; i <= n; i++) {
        sum += i;
    }
    return (void *)sum;
}
int main(void)
{
    unsigned long total = 0;
    for (unsigned round = 0; round < 8; round++) {
        pthread_t threads[8];
        for (unsigned long i = 0; i < 8; i++) {
            pthread_create(&threads[i], NULL, work, (void *)(100 * round + i));
        }
        for (unsigned i = 0; i < 8; i++) {
            void *sum;
            pthread_join(threads[i], &sum);
            total += (unsigned long)sum;
        }
    }
    printf("%lu\n", total);
    return 13;
}
