/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three children that work for themselves; exit status: how many did well. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned sink;

static void work(unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        sink += i & 1 ? i : 3 * i;
    }
}

int main(void)
{
    int status, well = 0;

    work(1000);
    for (unsigned i = 0; i < 3; i++) {
        if (fork() == 0) {
            work(2000 * (i + 1));
            exit((int)i);
        }
    }
    work(500);
    while (wait(&status) > 0) {
        well += WIFEXITED(status) && WEXITSTATUS(status) < 3;
    }
    return well;
}
