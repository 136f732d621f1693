/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library; STEP makes several different ones of it. */
unsigned turn(unsigned n);

unsigned turn(unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++) {
        sum += i % STEP ? i : STEP;
    }
    return sum;
}
