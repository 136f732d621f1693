/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads a library, calls it, unloads it: libraries LIBRARY..., in turn, N times. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    unsigned n = argc > 2 ? (unsigned)atoi(argv[1]) : 0, sum = 0;

    for (unsigned i = 0; i < n; i++) {
        void *library = dlopen(argv[2 + i % (unsigned)(argc - 2)], RTLD_NOW);
        if (!library) {
            return 1;
        }
        unsigned (*turn)(unsigned) = (unsigned (*)(unsigned))dlsym(library, "turn");
        sum += turn(i % 100);
        dlclose(library);
    }
    printf("%u\n", sum);
    return 0;
}
