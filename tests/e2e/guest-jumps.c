/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways out of a function that are no return: longjmp out of a recursion, out of
 * qsort's callback, and out of the handlers of signals that the program raises and
 * of faults that it makes.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static jmp_buf top;
static sigjmp_buf out;
static volatile int *hole;
static int compared, handled;

static int dive(int depth, int bottom)
{
    if (depth == bottom) {
        longjmp(top, depth);
    }
    return depth > bottom ? 0 : dive(depth + 1, bottom) + depth;
}

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    if (++compared % 1000 == 0) {
        longjmp(top, 1);
    }
    return (x > y) - (x < y);
}

static void leave(int signum)
{
    handled++;
    siglongjmp(out, signum);
}

static void stay(int signum)
{
    handled += signum != 0;
}

int main(void)
{
    static int numbers[500];
    volatile unsigned random = 1;
    volatile int sum = 0, caught = 0;

    for (volatile int i = 1; i < 60; i++) {
        int depth = setjmp(top);

        if (depth == 0) {
            sum += dive(0, i);
        }
        sum += depth;
    }
    for (volatile int i = 0; i < 8; i++) {
        for (int k = 0; k < 500; k++) {
            numbers[k] = (int)(random >> 16);
            random = random * 1103515245 + 12345;
        }
        if (setjmp(top) == 0) {
            qsort(numbers, 500, sizeof(numbers[0]), compare);
        } else {
            caught++;
        }
    }
    hole = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGUSR1, stay);
    signal(SIGUSR2, leave);
    signal(SIGSEGV, leave);
    for (volatile int i = 0; i < 100; i++) {
        if (sigsetjmp(out, 1) == 0) {
            raise(SIGUSR1);
            if (i % 3 == 0) {
                raise(SIGUSR2);
            }
            sum += *hole;
        } else {
            caught++;
        }
    }
    printf("%d %d %d %d\n", sum, compared, caught, handled);
    return 0;
}
