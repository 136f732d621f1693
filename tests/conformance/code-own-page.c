/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function that lies in the page that it writes to. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "generate.h"

__attribute__((aligned(4096))) static unsigned char area[8192];
int main(void)
{
    unsigned sum = 0;
    mprotect(area, sizeof(area), PROT_READ | PROT_WRITE | PROT_EXEC);
    for (unsigned i = 0; i < 100; i++) {
        generate(area + 256, i);
        area[i] = (unsigned char)i;
        sum += ((unsigned (*)(void))(area + 256))() + area[i];
    }
    printf("%u\n", sum);
    return 25;
}
