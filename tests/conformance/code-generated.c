/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that is written, run, and written over. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "generate.h"

int main(void)
{
    unsigned char *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned sum = 0;
    for (unsigned i = 0; i < 300; i++) {
        generate(page + i % 4 * 64, i % 200);
        sum += ((unsigned (*)(void))(page + i % 4 * 64))();
        sum += ((unsigned (*)(void))(page + i % 4 * 64))();
    }
    printf("%u\n", sum);
    return 23;
}
