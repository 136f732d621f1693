/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two filters between three processes. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void upper(int from, int to)
{
    char text[64];
    ssize_t n;
    while ((n = read(from, text, sizeof(text))) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            text[i] = (char)toupper(text[i]);
        }
        if (write(to, text, (size_t)n) != n) {
            _exit(1);
        }
    }
    _exit(0);
}
int main(void)
{
    int a[2], b[2];
    char text[4096];
    size_t have = 0;
    ssize_t n;
    if (pipe(a) < 0 || pipe(b) < 0) {
        return 1;
    }
    if (fork() == 0) {
        close(a[1]);
        close(b[0]);
        upper(a[0], b[1]);
    }
    close(a[0]);
    close(b[1]);
    for (int i = 0; i < 100; i++) {
        dprintf(a[1], "line %d\n", i);
    }
    close(a[1]);
    while ((n = read(b[0], text + have, sizeof(text) - have)) > 0) {
        have += (size_t)n;
    }
    wait(NULL);
    printf("%zu %.7s %.8s", have, text, text + have - 8);
    return 31;
}
