/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every bare-metal guest has: how it says what it counted. */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

void put_char(char c); /* the machine's */

static inline void put_text(const char *s)
{
    while (*s) {
        put_char(*s++);
    }
}

static inline void put_number(u32 n)
{
    char digits[12], *p = digits + sizeof(digits);

    *--p = '\0';
    do {
        *--p = (char)('0' + n % 10);
    } while (n /= 10);
    put_text(p);
}

/* "@name value": the runner compares it with the profile. */
static inline void report(const char *name, u32 value)
{
    put_text("@");
    put_text(name);
    put_text(" ");
    put_number(value);
    put_text("\n");
}

#endif
