/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONSTRUCTS_H
#define CONSTRUCTS_H

#define CLAMP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))

/* Compiled in two files, called from both. */
static int half(int x)
{
    if (x % 2) {
        return -1;
    }
    return x / 2;
}

int other_file(int x);

#endif
