/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executes /proc/self/exe, then tells its name, one variable, and whether there is AVX2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        execl("/proc/self/exe", "another name", "a b", (char *)NULL);
        return 2;
    }
    const char *value = getenv("AGAIN");
    printf("%s,%s,%s", argv[0], argc > 1 ? argv[1] : "", value ? value : "unset");
#ifdef __x86_64__
    printf(",%d", !!__builtin_cpu_supports("avx2"));
#endif
    printf("\n");
    return 6;
}
