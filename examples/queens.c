/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Example guest: count the ways to put N queens on a board, with two orders of
 * trying chosen through a function pointer, so that a report has loops,
 * recursion, a biased branch and an indirect call to show.
 *
 *   aarch64-linux-gnu-gcc -O1 -static -o queens queens.c
 *   qemu-cflow record -- ./queens 8
 */
#include <stdio.h>
#include <stdlib.h>

static int n;
static unsigned long solutions;

static int from_left(int i)
{
    return i;
}

static int from_right(int i)
{
    return n - 1 - i;
}

static int (*column_of)(int i);

static void place(int row, unsigned columns, unsigned falling, unsigned rising)
{
    if (row == n) {
        solutions++;
        return;
    }
    for (int i = 0; i < n; i++) {
        int column = column_of(i);
        unsigned here = 1u << column;
        unsigned down = 1u << (row + column), up = 1u << (row - column + n - 1);
        if ((columns & here) || (falling & down) || (rising & up)) {
            continue;
        }
        place(row + 1, columns | here, falling | down, rising | up);
    }
}

int main(int argc, char **argv)
{
    n = argc > 1 ? atoi(argv[1]) : 8;
    if (n < 1 || n > 12) {
        fprintf(stderr, "usage: queens [1 to 12]\n");
        return 2;
    }
    column_of = from_left;
    place(0, 0, 0, 0);
    column_of = from_right;
    place(0, 0, 0, 0);
    printf("%d queens: %lu ways\n", n, solutions / 2);
    return 0;
}
