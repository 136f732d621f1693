/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that fault in the middle of a block: what is behind them did not
 * run, and what is begun again runs once.  "runs N" is checked.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *page;
static sigjmp_buf back;
static int mended;

static void mend(int number) /* runs 5 */
{
    (void)number;
    mended++; /* runs 5 */
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void flee(int number) /* runs 3 */
{
    (void)number;
    siglongjmp(back, 1); /* runs 3 */
}

static void touch(int i) /* runs 5 */
{
    int before = i * 2;               /* runs 5 */
    page[i] = (char)before;           /* runs 5 */
    page[i + 1] = (char)(before + 1); /* runs 5 */
}

static int crash(volatile int *where)
{
    int sum = 1;   /* runs 3 */
    sum += *where; /* runs 3 */
    sum += 2;      /* runs 0 */
    return sum;    /* runs 0 */
}

int main(void)
{
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, mend);
    for (int i = 0; i < 5; i++) { /* runs 6 */
        mprotect(page, 4096, PROT_NONE);
        touch(i); /* runs 5 */
    }
    signal(SIGSEGV, flee);
    mprotect(page, 4096, PROT_NONE);
    for (int i = 0; i < 3; i++) {      /* runs 4 */
        if (sigsetjmp(back, 1) == 0) { /* runs 6 */
            crash((int *)page);        /* runs 3 */
            printf("unreachable\n");   /* runs 0 */
        }
    }
    printf("%d\n", mended); /* runs 1 */
    return 0;
}
