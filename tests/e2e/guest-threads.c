/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that share code and nothing else: some run all the time, many are
 * short, and each does what its number says.  How often this program's own
 * branches go where does not depend on when the threads run; what the C library
 * does to wait for them does.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum {
    LONG = 4,
    SHORT = 150,
    AT_ONCE = 3
};

static unsigned next(unsigned x)
{
    return x & 1 ? x >> 1 ^ 0xedb88320 : x >> 1;
}

static unsigned odd_steps(unsigned x)
{
    return x % 3 == 0 ? x / 3 : x + 1;
}

static unsigned even_steps(unsigned x)
{
    return x % 5 == 0 ? x / 5 : x + 2;
}

static uintptr_t mix(unsigned seed, unsigned steps)
{
    static unsigned (*const functions[])(unsigned) = {next, odd_steps, next, even_steps};
    unsigned x = seed * 2654435761u + 1, sum = 0;

    for (unsigned i = 0; i < steps; i++) {
        x = functions[(x ^ i) & 3](x + seed);
        switch (x % 7) {
        case 0:
            sum += x;
            break;
        case 1:
            sum ^= i;
            break;
        case 2:
        case 5:
            sum -= seed;
            break;
        case 3:
            sum = next(sum);
            break;
        default:
            break;
        }
    }
    return sum & 0xffff;
}

static void *run_long(void *argument)
{
    return (void *)mix((unsigned)(uintptr_t)argument, 200000);
}

static void *run_short(void *argument)
{
    unsigned number = (unsigned)(uintptr_t)argument;

    if (number % 5 == 4) {
        pthread_exit((void *)mix(number, 50));
    }
    return (void *)mix(number, number % 40);
}

int main(void)
{
    pthread_t long_ones[LONG], short_ones[AT_ONCE];
    uintptr_t sum = 0;
    void *result;

    for (uintptr_t i = 0; i < LONG; i++) {
        pthread_create(&long_ones[i], NULL, run_long, (void *)i);
    }
    for (uintptr_t i = 0; i < SHORT; i += AT_ONCE) {
        for (uintptr_t k = 0; k < AT_ONCE; k++) {
            pthread_create(&short_ones[k], NULL, run_short, (void *)(i + k));
        }
        for (uintptr_t k = 0; k < AT_ONCE; k++) {
            pthread_join(short_ones[k], &result);
            sum += (uintptr_t)result;
        }
    }
    for (uintptr_t i = 0; i < LONG; i++) {
        pthread_join(long_ones[i], &result);
        sum += (uintptr_t)result;
    }
    printf("%lu\n", (unsigned long)sum);
    return 0;
}
