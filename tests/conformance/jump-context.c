/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coroutines with ucontext. */
#define _GNU_SOURCE
#include <stdio.h>
#include <ucontext.h>

static ucontext_t caller, coroutine;
static char stack[65536];
static int value;
static void produce(void)
{
    for (int i = 0; i < 20; i++) {
        value = i * i;
        swapcontext(&coroutine, &caller);
    }
}
int main(void)
{
    int sum = 0;
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = sizeof(stack);
    coroutine.uc_link = &caller;
    makecontext(&coroutine, produce, 0);
    for (int i = 0; i < 20; i++) {
        swapcontext(&caller, &coroutine);
        sum += value;
    }
    printf("%d\n", sum);
    return 35;
}
