/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "constructs.h"

int other_file(int x)
{
    int sum = 0;

    while (x > 0) {
        int h = half(x);
        if (h < 0) {
            x--;
            continue;
        }
        sum += h;
        x = h;
    }
    return sum;
}

int nobody_calls(int x)
{
    return half(x) ? 1 : 2;
}
