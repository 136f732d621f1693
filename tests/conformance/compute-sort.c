/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls through pointers: qsort with several orders, and binary search. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

static int rising(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}
static int falling(const void *a, const void *b)
{
    return -rising(a, b);
}
static int by_digit(const void *a, const void *b)
{
    int order = *(const int *)a % 10 - *(const int *)b % 10;
    return order ? order : rising(a, b);
}
int main(void)
{
    static int (*const orders[])(const void *, const void *) = {rising, falling, by_digit};
    static int values[2000];
    unsigned seed = 7;
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 2000; i++) {
            seed = seed * 1664525u + 1013904223u;
            values[i] = (int)(seed >> 12 & 0xffff);
        }
        qsort(values, 2000, sizeof(int), orders[k]);
        int key = values[777], *found = bsearch(&key, values, 2000, sizeof(int), orders[k]);
        printf("%d %d %d\n", values[0], values[1999], found && *found == key);
    }
    return 39;
}
