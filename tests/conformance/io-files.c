/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: positions, directories, links, times, truncation. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    char name[] = "/tmp/conformance-XXXXXX", path[64], text[32] = "";
    struct stat st;
    if (!mkdtemp(name)) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/file", name);
    int fd = open(path, O_RDWR | O_CREAT, 0640);
    printf("%zd\n", pwrite(fd, "0123456789", 10, 5));
    printf("%d %ld\n", ftruncate(fd, 12), (long)lseek(fd, -4, SEEK_END));
    printf("%zd %.4s\n", read(fd, text, sizeof(text)), text);
    fstat(fd, &st);
    printf("%o %d\n", st.st_mode & 0777, (int)st.st_size);
    int directory = open(name, O_RDONLY | O_DIRECTORY);
    printf("%d\n", symlinkat("file", directory, "link"));
    printf("%zd %.4s\n", readlinkat(directory, "link", text, sizeof(text)), text);
    printf("%d\n", renameat(directory, "file", directory, "other"));
    printf("%d\n", openat(directory, "link", O_RDONLY) < 0);
    unlinkat(directory, "link", 0);
    unlinkat(directory, "other", 0);
    return rmdir(name) ? 1 : 33;
}
