/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue between threads, with a mutex and conditions. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int slots[4], used;
static void *produce(void *none)
{
    (void)none;
    for (int i = 1; i <= 500; i++) {
        pthread_mutex_lock(&lock);
        while (used == 4) {
            pthread_cond_wait(&changed, &lock);
        }
        slots[used++] = i;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[2];
    long sum = 0;
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, produce, NULL);
    }
    for (int taken = 0; taken < 1000; taken++) {
        pthread_mutex_lock(&lock);
        while (!used) {
            pthread_cond_wait(&changed, &lock);
        }
        sum += slots[--used];
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%ld\n", sum);
    return 14;
}
