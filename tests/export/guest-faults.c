/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks that are left in their middle: loads that fault at three places of one
 * block, entered at two.  All of it is in the section .work.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

#define WORK __attribute__((noinline, noclone, section(".work")))

static sigjmp_buf back;
static volatile int before, between, after;

WORK void handler(int signal)
{
    siglongjmp(back, signal);
}

/* Straight-line code, so that the three loads are in one block. */
WORK int loads(volatile int *a, volatile int *b, volatile int *c, int skip)
{
    int sum = 0;

    if (!skip) {
        before++;
        sum += *a;
    }
    between++;
    sum += *b;
    after++;
    sum += *c;
    return sum;
}

WORK int main(void)
{
    static int good = 1;
    int *bad = (int *)8;
    struct sigaction action = {.sa_handler = handler};
    volatile int done = 0;

    sigaction(SIGSEGV, &action, NULL);
    for (volatile int i = 0; i < 24; i++) {
        if (sigsetjmp(back, 1) == 0) {
            int n = i % 8;
            done += loads(n & 1 ? bad : &good, n & 2 ? bad : &good, n & 4 ? bad : &good, i >= 8);
        }
    }
    printf("%d %d %d %d\n", done, before, between, after);
    return 0;
}
