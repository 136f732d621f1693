/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults that a handler repairs or jumps away from, with the address of each. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static sigjmp_buf back;
static char *page;
static volatile int repaired;
static void on_segv(int s, siginfo_t *info, void *context)
{
    (void)s, (void)context;
    if (info->si_addr == page + 16 && !repaired) {
        repaired = 1;
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
        return;
    }
    siglongjmp(back, info->si_addr == (void *)64 ? 5 : 6);
}
int main(void)
{
    struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, NULL);
    page[16] = 42;
    printf("stored %d, repaired %d\n", page[16], repaired);
    for (volatile int i = 0; i < 3; i++) {
        int how = sigsetjmp(back, 1);
        if (how == 0) {
            *(volatile int *)64 = 1;
        }
        printf("jumped %d\n", how);
    }
    return 4;
}
