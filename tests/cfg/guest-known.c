/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of which every count is known: run.py has them. */
#include <signal.h>
#include <stdlib.h>

volatile unsigned sink;

#define NOINLINE __attribute__((noinline, noclone))

/* 3 calls, 7 turns each, 11 turns each of the inner loop. */
NOINLINE void nest(int n, int m)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            sink++;
        }
        sink += 2;
    }
}

/* Entered four times, for 0, 1, 2 and 9 turns. */
NOINLINE void zero_or_more(int n)
{
    while (n-- > 0) {
        sink ^= 1;
    }
}

/* Case i is chosen i + 1 times; 6 never. */
NOINLINE int pick(int which)
{
    switch (which) {
    case 0:
        sink += 3;
        return 11;
    case 1:
        sink ^= 5;
        return 7;
    case 2:
        sink *= 7;
        return 5;
    case 3:
        sink -= 11;
        return 13;
    case 4:
        sink |= 13;
        return 2;
    case 5:
        sink &= 17;
        return 17;
    case 6:
        sink = 19;
        return 19;
    case 7:
        sink = ~sink;
        return 23;
    default:
        return 0;
    }
}

/* fib(10): called 177 times, 176 times by itself. */
NOINLINE __attribute__((optimize("no-optimize-sibling-calls"))) unsigned fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

NOINLINE int callee(int n)
{
    sink += (unsigned)n;
    return n * 3;
}

/* 12 tail calls. */
NOINLINE int caller(int n)
{
    sink++;
    return callee(n + 1);
}

NOINLINE int left(int n)
{
    return n + 1;
}

NOINLINE int right(int n)
{
    return n * 2;
}

/* 6 times left, 4 times right. */
int (*const volatile table[2])(int) = {left, right};

NOINLINE int through_table(int which)
{
    return table[which](which) + 1;
}

/* 5 times. */
void handler(int signum)
{
    sink += (unsigned)signum;
}

int main(void)
{
    static const int turns[] = {0, 1, 2, 9};

    for (int i = 0; i < 3; i++) {
        nest(7, 11);
    }
    for (int i = 0; i < 4; i++) {
        zero_or_more(turns[i]);
    }
    for (int i = 0; i < 8; i++) {
        for (int j = 0; i != 6 && j <= i; j++) {
            sink += (unsigned)pick(i);
        }
    }
    sink += fib(10);
    for (int i = 0; i < 12; i++) {
        sink += (unsigned)caller(i);
    }
    for (int i = 0; i < 10; i++) {
        sink += (unsigned)through_table(i >= 6);
    }
    signal(SIGUSR1, handler);
    for (int i = 0; i < 5; i++) {
        raise(SIGUSR1);
    }
    return 0;
}
