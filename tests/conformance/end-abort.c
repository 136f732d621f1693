/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler of SIGABRT that returns does not help. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_abort(int s)
{
    (void)s;
    if (write(1, "aborting\n", 9) != 9) {
        _exit(1);
    }
}
int main(void)
{
    signal(SIGABRT, on_abort);
    printf("lost in the buffer");
    abort();
}
