/* SPDX-License-Identifier: GPL-2.0-or-later */
unsigned count_zeros(const unsigned char *bytes, unsigned n);

int main(void)
{
    static unsigned char bytes[1000];

    for (int i = 0; i < 1000; i++) {
        bytes[i] = (unsigned char)(i % 10);
    }
    return count_zeros(bytes, sizeof(bytes)) != 100;
}
