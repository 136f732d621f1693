/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends by a fault in the middle of a block, at one of three loads in it. */
#define WORK __attribute__((noinline, noclone, section(".work")))

WORK int loads(volatile int *a, volatile int *b)
{
    int sum = *a;

    sum += *a;
    sum *= 3;
    sum += *b;
    return sum;
}

WORK int main(void)
{
    static int good = 1;

    for (int i = 0; i < 5; i++) {
        loads(&good, &good);
    }
    return loads(&good, (int *)8);
}
