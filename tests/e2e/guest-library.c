/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shared library of guest-modules.c, once linked and once loaded by hand. */
int library_work(int n);

int library_work(int n)
{
    volatile int odd = 0;

    for (int i = 0; i < n; i++) {
        if (i % 3 == 1) {
            odd++;
        }
    }
    return odd;
}
