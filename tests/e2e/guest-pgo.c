/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program to be optimised: what a profile of straight-line code can get wrong. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOINLINE __attribute__((noinline))

/* Two sides, one of them cold. */
static NOINLINE unsigned mix(unsigned x)
{
    if (__builtin_expect(x % 64 == 63, 1)) {
        x = x * 3 + 1;
    } else {
        x = x / 2 + 77;
    }
    return x > 1000000 ? x % 1000 : x;
}

/* A jump table. */
static NOINLINE unsigned classify(unsigned x)
{
    switch (x % 8) {
    case 0:
        return mix(x);
    case 1:
        return x + 5;
    case 2:
        return x / 3;
    case 3:
        return x * 9;
    case 4:
        return x ^ 0x55;
    case 5:
        return mix(x + 1) + 1;
    case 6:
        return x - 11;
    default:
        return 0;
    }
}

/* Called by another module. */
static int compare(const void *pa, const void *pb)
{
    unsigned a = *(const unsigned *)pa, b = *(const unsigned *)pb;

    return a < b ? -1 : a > b;
}

static NOINLINE unsigned walk(unsigned depth) /* calls and returns within one function */
{
    unsigned sum = depth;

    for (unsigned i = 0; i < 2 && depth > 0; i++) {
        sum += walk(depth - 1) + i;
    }
    return sum;
}

/* Longer than a page and than QEMU's blocks: cut where no branch is. */
#define STEP(n)     (x = (x ^ (x >> 7)) * 2654435761u + (n), table[x % 256] += x)
#define STEPS_4(n)  (STEP(n), STEP(n + 1), STEP(n + 2), STEP(n + 3))
#define STEPS_16(n) (STEPS_4(n), STEPS_4(n + 4), STEPS_4(n + 8), STEPS_4(n + 12))
#define STEPS_64(n) (STEPS_16(n), STEPS_16(n + 16), STEPS_16(n + 32), STEPS_16(n + 48))
static unsigned table[256];

static NOINLINE unsigned straight(unsigned x)
{
    STEPS_64(0);
    STEPS_64(64);
    STEPS_64(128);
    STEPS_64(192);
    STEPS_64(256);
    STEPS_64(320);
    return x;
}

/* A string instruction, which QEMU runs as a loop. */
static NOINLINE unsigned fill(unsigned char *p, unsigned n)
{
#ifdef __x86_64__
    unsigned char *to = p;
    unsigned long left = n;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(left) : "a"(n & 0xff) : "memory");
#else
    memset(p, (int)(n & 0xff), n);
#endif
    return p[n - 1];
}

/* Faults in the middle of a block, which goes on there when the page is back. */
static volatile sig_atomic_t faults;
static unsigned *page;

static void on_fault(int signal)
{
    (void)signal;
    faults++;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static NOINLINE unsigned touch(unsigned x)
{
    unsigned y = x * 7;

    mprotect(page, 4096, PROT_NONE);
    for (unsigned i = 0; i < 3; i++) {
        y = (y << 1) + page[i] + i;
        page[i + 1] = y;
    }
    return y;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 400, sum = 0;
    static unsigned numbers[1000];
    static unsigned char bytes[512];

    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, on_fault);
    for (unsigned i = 0; i < 1000; i++) {
        numbers[i] = (i * 7919 + 13) % 1009;
    }
    qsort(numbers, 1000, sizeof(numbers[0]), compare);
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned k = 0; k < 40; k++) {
            sum = mix(sum + numbers[(i + k) % 1000]);
        }
        sum += classify(sum) + straight(i) + fill(bytes, i % 300 + 1);
        sum += i % 10 == 0 ? walk(4) + touch(i) : 0;
    }
    printf("%u %u %d\n", sum, table[sum % 256], (int)faults);
    return 0;
}
