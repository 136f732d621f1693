/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/self says about the guest and not about QEMU. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char text[4096] = "", path[4096] = "";
    int maps = 0, executable = 0;
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t n = fread(text, 1, sizeof(text), file);
    printf("%zu %d\n", n > strlen(argv[0]) ? n - strlen(argv[0]) : 0, argc);
    fclose(file);
    file = fopen("/proc/self/maps", "r");
    while (fgets(text, sizeof(text), file)) {
        maps++;
        executable += strstr(text, "r-xp") != NULL;
        if (strstr(text, "cflow") || strstr(text, "memfd")) {
            printf("what is this? %s", text);
        }
    }
    fclose(file);
    printf("%d %d\n", maps > 3, executable > 0);
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    printf("%s\n", length > 0 ? strrchr(path, '/') + 1 : "");
    int open_ones = 0;
    for (int fd = 3; fd < 256; fd++) {
        open_ones += fcntl(fd, F_GETFD) >= 0;
    }
    printf("%d\n", open_ones);
    return 41;
}
