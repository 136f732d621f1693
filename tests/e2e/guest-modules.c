/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs code of every kind of module: a PIE program, a shared library, one that
 * is loaded and unloaded by hand, the vdso, and code made at run time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

int library_work(int n);

/* mov eax, edi; add eax, eax; dec edi; jnz -4 (to the add); ret */
static const unsigned char code[] = {0x89, 0xf8, 0x01, 0xc0, 0xff, 0xcf, 0x75, 0xfa, 0xc3};

static int generated(int n)
{
    unsigned char *page =
        mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int (*run)(int);
    void *start = page + 0x120;

    memcpy(start, code, sizeof(code));
    mprotect(page, 8192, PROT_READ | PROT_EXEC);
    memcpy(&run, &start, sizeof(run));
    return run(n);
}

int main(int argc, char **argv)
{
    int (*plugin_work)(int);
    struct timespec now;
    struct timeval today;
    void *handle, *symbol;
    int sum = 0;

    for (int i = 0; i < 1000; i++) {
        sum += clock_gettime(CLOCK_MONOTONIC, &now);
        sum += gettimeofday(&today, NULL);
    }
    for (int i = 0; i < 3 && argc > 1; i++) {
        handle = dlopen(argv[1], RTLD_NOW);
        symbol = handle ? dlsym(handle, "library_work") : NULL;
        if (!symbol) {
            puts(dlerror());
            return 1;
        }
        memcpy(&plugin_work, &symbol, sizeof(plugin_work));
        sum += plugin_work(100 + i);
        dlclose(handle);
    }
    printf("%d\n", sum + library_work(500) + generated(5));
    return 0;
}
