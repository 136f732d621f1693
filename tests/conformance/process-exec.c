/* SPDX-License-Identifier: GPL-2.0-or-later */
/* execve of oneself, with other arguments and another environment; and in vain. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "second") == 0) {
        printf("%s %s %s\n", argv[0], argv[2], getenv("ONLY") ? getenv("ONLY") : "none");
        printf("path %s\n", getenv("PATH") ? "set" : "unset");
        return 26;
    }
    char *words[] = {"renamed", "second", "a \"b\"", NULL}, *environment[] = {"ONLY=one,two", NULL};
    printf("%d\n", execve("./does/not/exist", words, environment));
    fflush(stdout);
    execve("/proc/self/exe", words, environment);
    return 1;
}
