/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that are cancelled, with handlers that clean up. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int cleaned;
static void clean(void *what)
{
    cleaned += (int)(long)what;
}
static void *wait_forever(void *none)
{
    (void)none;
    pthread_cleanup_push(clean, (void *)3);
    pthread_cleanup_push(clean, (void *)40);
    for (;;) {
        pause();
    }
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}
int main(void)
{
    pthread_t thread;
    void *result;
    for (int i = 0; i < 5; i++) {
        pthread_create(&thread, NULL, wait_forever, NULL);
        usleep(2000);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        printf("%d %d\n", result == PTHREAD_CANCELED, cleaned % 43);
    }
    return 17;
}
