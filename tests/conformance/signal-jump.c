/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jumps out of handlers, many times, with the mask restored. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf back;
static void on_signal(int s)
{
    siglongjmp(back, s == SIGUSR1 ? 1 : 2);
}
int main(void)
{
    volatile int ones = 0, twos = 0;
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    for (volatile int i = 0; i < 500; i++) {
        int how = sigsetjmp(back, 1);
        if (how == 0) {
            raise(i % 3 ? SIGUSR1 : SIGUSR2);
            return 1;
        }
        if (how == 1) {
            ones++;
        } else {
            twos++;
        }
    }
    printf("%d %d\n", ones, twos);
    return 8;
}
