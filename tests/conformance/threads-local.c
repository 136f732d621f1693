/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Thread-local variables, keys with destructors, once. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static __thread int local = 5;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int begun, destroyed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void begin(void)
{
    begun++;
}
static void destroy(void *value)
{
    pthread_mutex_lock(&lock);
    destroyed += *(int *)value;
    pthread_mutex_unlock(&lock);
    free(value);
}
static void *work(void *argument)
{
    int *value = malloc(sizeof(*value));
    pthread_once(&once, begin);
    local += (int)(long)argument;
    *value = local;
    pthread_setspecific(key, value);
    return NULL;
}
int main(void)
{
    pthread_t threads[6];
    pthread_key_create(&key, destroy);
    for (long i = 0; i < 6; i++) {
        pthread_create(&threads[i], NULL, work, (void *)i);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d %d %d\n", local, begun, destroyed);
    return 16;
}
