/* SPDX-License-Identifier: GPL-2.0-or-later */
/* String functions on every alignment. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char a[512], b[512];
    unsigned sum = 0;
    for (unsigned at = 0; at < 40; at++) {
        for (unsigned n = 0; n < 120; n += 7) {
            memset(a, 0, sizeof(a));
            memset(a + at, 'x', n);
            memcpy(b + (at * 3) % 40, a + at, n + 1);
            memmove(a + at / 2, a + at, n);
            sum += (unsigned)strlen(b + (at * 3) % 40) * (at + 1);
            sum += memchr(a, 'x', sizeof(a)) ? 1 : 0;
            sum += (unsigned)(strcmp(a + at, b + (at * 3) % 40) > 0);
        }
    }
    printf("%u\n", sum);
    return 38;
}
