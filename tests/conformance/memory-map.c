/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings: of files, shared, fixed, moved, discarded. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    long page = sysconf(_SC_PAGESIZE);
    FILE *file = tmpfile();
    char *text, *twice;
    for (int i = 0; i < 3 * page; i++) {
        fputc('a' + i % 26, file);
    }
    fflush(file);
    text = mmap(NULL, (size_t)(3 * page), PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
    twice = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), page);
    twice[0] = '!';
    text[1] = '?';
    printf("%c%c%c\n", text[0], text[1], text[page] == twice[0] ? '=' : '/');
    munmap(text + page, (size_t)page);
    text = mmap(text + page, (size_t)page, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("%d %c\n", text[0], text[page]);
    char *moved = mremap(twice, (size_t)page, (size_t)(2 * page), MREMAP_MAYMOVE);
    printf("%c%d\n", moved[0], moved != MAP_FAILED);
    memset(text, 7, (size_t)page);
    madvise(text, (size_t)page, MADV_DONTNEED);
    printf("%d\n", text[5]);
    printf("%d\n", msync(moved, (size_t)page, MS_SYNC));
    return 21;
}
