/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stack overflow that is handled on another stack. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

static sigjmp_buf back;
static char stack[65536];
static volatile int sink;
static void on_segv(int s)
{
    char here;
    int inside = &here >= stack && &here < stack + sizeof(stack);
    siglongjmp(back, s == SIGSEGV && inside ? 2 : 3);
}
static int deeper(int n)
{
    volatile char room[4096];
    room[n % 4096] = (char)n;
    sink += room[n % 4096];
    return deeper(n + 1) + room[0];
}
int main(void)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_segv, .sa_flags = SA_ONSTACK};
    setrlimit(RLIMIT_STACK, &limit);
    sigaltstack(&alternate, NULL);
    sigaction(SIGSEGV, &action, NULL);
    int how = sigsetjmp(back, 1);
    if (how == 0) {
        return deeper(0);
    }
    printf("came back %d\n", how);
    return how;
}
