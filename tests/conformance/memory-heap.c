/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocations of many sizes, brk, and memory that is given back. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    void *blocks[200] = {0};
    unsigned seed = 1, sum = 0;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned at = seed >> 16 & 127, size = (seed >> 8 & 4095) + 1;
        unsigned char *block = realloc(blocks[at], size);
        memset(block, (int)at, size);
        blocks[at] = block;
        if (seed >> 24 & 1) {
            free(blocks[at]);
            blocks[at] = NULL;
        }
        sum += size;
    }
    char *end = sbrk(0);
    int grown = brk(end + 100000) == 0 || 1;
    printf("%u %d %d\n", sum, grown, posix_memalign(&blocks[0], 4096, 100));
    printf("%d\n", (int)((unsigned long)blocks[0] % 4096));
    return 22;
}
