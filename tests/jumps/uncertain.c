/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jumps through tables of which it is not certain where they end, or what they hold.
 * None of these may be understood; certain() has to be.
 */
#include <stdlib.h>

volatile int sink;
static int total;

#define CASE(n)                                                                                    \
    case n:                                                                                        \
        total = total * (n + 3) + 7;                                                               \
        sink = n * 11;                                                                             \
        break;
#define CASES                                                                                      \
    CASE(0)                                                                                        \
    CASE(1)                                                                                        \
    CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)

__attribute__((noinline)) int certain(unsigned x)
{
    switch (x) {
        CASES
    default:
        return 1;
    }
    return total;
}

/* The compiler knows that there is no other case, and does not compare. */
__attribute__((noinline)) int uncertain_unreachable(unsigned x)
{
    switch (x) {
        CASES
    default:
        __builtin_unreachable();
    }
    return total;
}

/* A byte could be up to 255; the table has 13 entries. */
__attribute__((noinline)) int uncertain_byte(const unsigned char *x)
{
    switch (*x) {
        CASES
    default:
        __builtin_unreachable();
    }
    return total;
}

/* The mask says 15. */
__attribute__((noinline)) int uncertain_mask(unsigned x)
{
    switch (x & 15) {
        CASES
    default:
        __builtin_unreachable();
    }
    return total;
}

/* A table that is written: whatever is in it now. */
static void *table[13];

__attribute__((noinline)) int uncertain_goto(unsigned x)
{
    if (!table[0]) {
        for (int i = 0; i < 13; i++) {
            table[i] = i & 1 ? &&odd : &&even;
        }
    }
    if (x > 12) {
        return 0;
    }
    goto *table[x];
odd:
    total++;
    return 1;
even:
    total--;
    return 2;
}

/* No table at all. */
__attribute__((noinline)) int uncertain_call(int (*f)(unsigned), unsigned x)
{
    sink = 1;
    return f(x);
}

int main(void)
{
    unsigned char byte = 3;
    int sum = certain(2) + certain(20) + uncertain_unreachable(4) + uncertain_byte(&byte);

    return abs(sum + uncertain_mask(5) + uncertain_goto(3) + uncertain_call(certain, 7)) == 12345;
}
