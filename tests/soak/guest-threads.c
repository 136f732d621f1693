/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N threads that live for a moment, eight at a time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *work(void *argument)
{
    unsigned long n = (unsigned long)argument, sum = 0;

    for (unsigned long i = 0; i < n; i++) {
        sum += i ^ n;
    }
    return (void *)sum;
}

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 8, total = 0;

    for (unsigned long i = 0; i < n; i += 8) {
        pthread_t threads[8];
        for (unsigned long k = 0; k < 8; k++) {
            if (pthread_create(&threads[k], NULL, work, (void *)((i + k) % 200)) != 0) {
                return 1;
            }
        }
        for (unsigned long k = 0; k < 8; k++) {
            void *sum;
            pthread_join(threads[k], &sum);
            total += (unsigned long)sum;
        }
    }
    printf("%lu\n", total);
    return 0;
}
