/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors of integers and floats, as the compiler has them for the machine. */
#define _GNU_SOURCE
#include <stdio.h>

typedef float f4 __attribute__((vector_size(16)));
typedef int i4 __attribute__((vector_size(16)));
typedef unsigned char b16 __attribute__((vector_size(16)));
static f4 a[64];
static i4 b[64];
static b16 c[64];
int main(void)
{
    f4 sum = {0};
    i4 isum = {0};
    b16 bsum = {0};
    for (int i = 0; i < 64; i++) {
        a[i] = (f4){(float)i, i * 0.5f, i * 0.25f, -(float)i};
        b[i] = (i4){i, -i, i * i, i << 20};
        c[i] = (b16){0} + (unsigned char)(i * 3);
    }
    for (int k = 0; k < 20; k++) {
        for (int i = 0; i < 64; i++) {
            sum += a[i] * a[63 - i];
            isum ^= b[i] + (b[i] > isum);
            bsum += c[i] & ~bsum;
        }
    }
    printf("%.3f %.3f %.3f %.3f\n", sum[0], sum[1], sum[2], sum[3]);
    printf("%d %d %d %d %d\n", isum[0], isum[1], isum[2], isum[3], bsum[5]);
    return 36;
}
