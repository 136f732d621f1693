/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code at an address that is unmapped and mapped again with other code. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "generate.h"

int main(void)
{
    void *place = NULL;
    unsigned sum = 0;
    for (unsigned i = 0; i < 60; i++) {
        unsigned char *page = mmap(place, 4096, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | (place ? MAP_FIXED : 0), -1, 0);
        place = page;
        generate(page, i);
        mprotect(page, 4096, PROT_READ | PROT_EXEC);
        sum += ((unsigned (*)(void))page)();
        munmap(page, 4096);
    }
    printf("%u\n", sum);
    return 24;
}
