/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recursion a hundred thousand calls deep. */
#define _GNU_SOURCE
#include <stdio.h>

__attribute__((noinline)) static unsigned down(unsigned n, unsigned seed)
{
    if (n == 0) {
        return seed;
    }
    unsigned r = down(n - 1, seed * 31 + n);
    __asm__ volatile("" : "+r"(r));
    return r ^ n;
}
int main(void)
{
    printf("%u\n", down(50000, 1));
    printf("%u\n", down(50000, 2));
    return 40;
}
