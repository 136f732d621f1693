/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives up all that a recorder might lean on, then works: descriptors, the
 * directory, the file system and, of who may, the privileges.  Exit status 42.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
    enum {
        N = 200000
    };
    unsigned seed = 1;

    for (int fd = 3; fd < 1024; fd++) {
        close(fd);
    }
    if (argc < 2 || chdir(argv[1]) != 0) {
        return 1;
    }
    if (geteuid() == 0 &&
        (chroot(".") != 0 || setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
        return 2;
    }
    /* Large enough for memory of its own, and functions not used before. */
    int *numbers = malloc(N * sizeof(*numbers));
    if (!numbers) {
        return 3;
    }
    for (int i = 0; i < N; i++) {
        seed = seed * 1103515245 + 12345;
        numbers[i] = i < 2000 ? (int)(seed >> 8) : i;
    }
    qsort(numbers, 2000, sizeof(*numbers), compare);
    for (int i = 1; i < 2000; i++) {
        if (numbers[i - 1] > numbers[i]) {
            return 4;
        }
    }
    free(numbers);
    return 42;
}
