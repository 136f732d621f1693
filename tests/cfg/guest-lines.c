/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library with debug information; run.py calls it for 1000 bytes, one in ten of them zero. */
volatile unsigned seen;

unsigned count_zeros(const unsigned char *bytes, unsigned n)
{
    unsigned zeros = 0;

    for (unsigned i = 0; i < n; i++) {
        seen++; /* every byte */
        if (bytes[i] == 0) {
            zeros++;
            seen += 1000; /* every zero */
        }
    }
    seen = 7; /* once */
    return zeros;
}
