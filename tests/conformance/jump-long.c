/* SPDX-License-Identifier: GPL-2.0-or-later */
/* longjmp out of deep calls, and values kept in volatile variables. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;
static int deep(int n)
{
    if (n == 0) {
        longjmp(back, 7);
    }
    return deep(n - 1) + 1;
}
int main(void)
{
    volatile int times = 0;
    int how = setjmp(back);
    if (how) {
        times++;
    }
    if (times < 50) {
        deep(times * 10);
    }
    printf("%d %d\n", how, times);
    return 34;
}
