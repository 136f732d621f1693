/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Atomic additions and exchanges of several threads add up. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static _Atomic unsigned counter;
static _Atomic unsigned char flag;
static _Atomic unsigned long long wide;
static unsigned guarded;
static void *work(void *none)
{
    (void)none;
    for (unsigned i = 0; i < 2000; i++) {
        atomic_fetch_add(&counter, 3);
        unsigned long long old = atomic_load(&wide);
        while (!atomic_compare_exchange_weak(&wide, &old, old + 0x100000001ull)) {
        }
        while (atomic_exchange(&flag, 1)) {
            sched_yield();
        }
        guarded++;
        atomic_store(&flag, 0);
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%u %u %llx\n", counter, guarded, (unsigned long long)wide);
    return 18;
}
