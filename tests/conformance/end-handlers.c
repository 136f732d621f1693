/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs at exit, in which order, and what does not at _exit. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void first(void)
{
    puts("first");
}
static void second(void)
{
    puts("second");
}
static void last(void)
{
    fflush(stdout);
    _exit(44);
}
__attribute__((destructor)) static void destructor(void)
{
    puts("destructor");
}
__attribute__((constructor)) static void constructor(void)
{
    puts("constructor");
}
int main(void)
{
    atexit(last);
    atexit(second);
    atexit(first);
    exit(1);
}
