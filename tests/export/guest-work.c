/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of which the numbers are known, to be found again by gprof and others.
 * All of it is in the section .work, apart from what the C library brings, so
 * that its addresses are easily told.
 */
#include <stdio.h>

#ifndef SECTION
#define SECTION ".work"
#endif
#define WORK __attribute__((noinline, noclone, section(SECTION)))

static volatile int calls; /* or compilers make one call do for all, and a loop */

WORK int odd(int n)
{
    return 3 * n + 1;
}

WORK int even(int n)
{
    return n / 2;
}

/* 27 -> 1 takes 111 steps: 41 odd, 70 even. */
WORK int collatz(int n)
{
    int steps = 0;

    for (; n != 1; steps++) {
        n = n % 2 ? odd(n) : even(n);
    }
    return steps;
}

WORK int factorial(int n) /* factorial(10): once from outside, 9 times from itself */
{
    int below = n < 2 ? 1 : factorial(n - 1);

    calls++;
    return n * below;
}

WORK int leaf(int n)
{
    return n ^ 5;
}

WORK int tail(int n) /* a jump with -O2 */
{
    return leaf(n + 1);
}

int (*volatile table[2])(int) = {leaf, tail};

WORK int indirect(int turns)
{
    int sum = 0;

    for (int i = 0; i < turns; i++) {
        sum += table[i % 3 == 0](i); /* tail for 0, 3, 6, ... */
    }
    return sum;
}

WORK int main(void)
{
    int sum = collatz(27);

    for (int i = 0; i < 7; i++) {
        sum += factorial(10) & 0xff;
    }
    sum += indirect(1000);
    printf("%d\n", sum);
    return 0;
}
