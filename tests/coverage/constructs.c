/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every construct of C that moves control, some of it never run; the layout is a
 * part of it.
 */
/* clang-format off */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constructs.h"

static jmp_buf back;
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    signals += number == SIGUSR1;
}

static int loops(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        sum += i;
    }
    for (int i = 0; i < n; i++) sum ^= i; /* all on one line */
    while (n > 3) {
        n--;
        if (n == 5) {
            continue;
        }
        sum += n;
    }
    do {
        sum++;
    } while (++n < 6);
    for (;;) {
        if (sum > 100) {
            break;
        }
        sum += 7;
    }
    while (0) {
        sum = 0;
    }
    return sum;
}

static int switches(int x)
{
    switch (x) {
    case 0:
        return 10;
    case 1:
    case 2:
        x += 5;
        /* fall through */
    case 3:
        x++;
        break;
    case 4: {
        int y = x * 2;
        return y;
    }
    case 100:
        return -100;
    default:
        x = 0;
    }
    switch (x & 7) { /* dense: a jump table */
    case 0: x = 1; break;
    case 1: x = 3; break;
    case 2: x = 4; break;
    case 3: x = 1; break;
    case 4: x = 5; break;
    case 5: x = 9; break;
    case 6: x = 2; break;
    case 7: x = 6; break;
    }
    return x;
}

static int conditions(int a, int b, int c)
{
    int r = 0;

    if (a && b) {
        r += 1;
    }
    if (a || b || c) {
        r += 2;
    } else {
        r += 4;
    }
    if (a > 0 && (b > 0 || c > 0) && !(a == b)) {
        r += 8;
    } else if (a < -100) {
        r += 16;
    }
    r += a ? b : c;
    r += a > b
             ? a
             : b;
    r += CLAMP(a, 0, 2);
    return r;
}

static int recursion(int n)
{
    return n < 2 ? n : recursion(n - 1) + recursion(n - 2);
}

static int jumps(int n)
{
    int tries = 0;

again:
    tries++;
    if (n-- > 0) {
        goto again;
    }
    if (tries > 1000) {
        goto out;
    }
    tries += 2;
out:
    return tries;
}

static void leap(int n)
{
    if (n == 0) {
        longjmp(back, 3);
    }
    leap(n - 1);
}

static int landing(void)
{
    volatile int count = 0;
    int code = setjmp(back);

    count++;
    if (code == 0) {
        leap(4);
        count = 1000;
    }
    return count + code;
}

static double numbers(double x)
{
    double y = 0;

    if (x < 1.5) {
        y = x * 2;
    } else if (x == 2.5) {
        y = 3;
    }
    return y;
}

static int many_arguments(int a, int b,
                          int c, int d)
{
    return a + b
           + c
           + d;
}

static int (*const table[])(int) = {loops, switches, recursion, jumps};

static int indirect(int n)
{
    int sum = 0;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        sum += table[i](n);
    }
    return sum;
}

struct point {
    int x, y;
    char name[40];
};

static struct point structures(int n)
{
    struct point p = {.x = n, .y = -n};
    struct point q = p;
    char buffer[300];

    memset(buffer, n, sizeof(buffer));
    strcpy(q.name, "q");
    q.x += buffer[7];
    return q;
}

static int never(int x)
{
    if (x) {
        return 1;
    }
    for (int i = 0; i < x; i++) {
        x--;
    }
    return x;
}

static void stops(int x)
{
    if (x > 0) {
        printf("stops\n");
        exit(0);
    }
    printf("does not stop\n");
}

int main(int argc, char **argv)
{
    int sum = 0;

    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 8; i++) {
        sum += loops(i);
        sum += switches(i);
        sum += conditions(i % 3 - 1, i % 2, i / 4);
    }
    sum += recursion(10);
    sum += jumps(5);
    sum += landing();
    sum += (int)numbers(1.0) + (int)numbers(2.0);
    sum += many_arguments(1,
                          half(4),
                          other_file(20), argc > 5 ? 7 : 8);
    sum += indirect(4);
    sum += structures(3).x;
    raise(SIGUSR1);
    raise(SIGUSR1);
    if (argc > 100) {
        sum += never(sum);
    }
    printf("%d %d %s\n", sum, (int)signals, argv[0] ? "run" : "odd");
    stops(0);
    stops(1);
    printf("not reached\n");
    return 0;
}
