/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As many children as it is told, at the same time; each turns a loop 100 times. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1, well = 0, status;

    for (int i = 0; i < n; i++) {
        if (fork() == 0) {
            volatile unsigned sink = 0;
            for (unsigned turn = 0; turn < 100; turn++) {
                sink += turn;
            }
            _exit(sink != 4950);
        }
    }
    while (wait(&status) > 0) {
        well += status == 0;
    }
    return well != n;
}
