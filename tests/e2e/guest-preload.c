/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that says on descriptor 1 that it was loaded. */
#include <unistd.h>

__attribute__((constructor)) static void loaded(void)
{
    if (write(1, "loaded\n", 7) != 7) {
        _exit(98);
    }
}
