/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounding modes, exceptions, and functions of the mathematics library. */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    volatile double one = 1, three = 3, zero = 0;
    for (int i = 0; i < 4; i++) {
        fesetround(modes[i]);
        volatile double third = one / three;
        printf("%a %ld\n", third, lrint(2.5));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double infinite = one / zero;
    printf("%d %d\n", isinf(infinite), !!fetestexcept(FE_DIVBYZERO));
    double sum = 0;
    for (int i = 1; i < 200; i++) {
        sum += sin(i) * sqrt(i) + log(i) / exp(i * 0.01);
    }
    printf("%.9f\n", sum);
    return 37;
}
