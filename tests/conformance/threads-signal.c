/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals to one thread are handled by it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static __thread int me;
static volatile int by[4];
static pthread_barrier_t barrier;
static void on_signal(int s)
{
    (void)s;
    by[me]++;
}
static void *work(void *number)
{
    me = (int)(long)number;
    pthread_barrier_wait(&barrier);
    while (by[me] < 3) {
        usleep(500);
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[3];
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR2, &action, NULL);
    pthread_barrier_init(&barrier, NULL, 4);
    for (long i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    }
    pthread_barrier_wait(&barrier);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 3; i++) {
            pthread_kill(threads[i], SIGUSR2);
            while (by[i + 1] <= k) {
                usleep(100);
            }
        }
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d %d %d %d\n", by[0], by[1], by[2], by[3]);
    return 20;
}
