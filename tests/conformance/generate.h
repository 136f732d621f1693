/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

/* A function that returns @value (below 200). */
static void generate(unsigned char *at, unsigned value)
{
#if defined(__x86_64__)
    static const unsigned char code[] = {0xb8, 0, 0, 0, 0, 0xc3}; /* mov eax, 0; ret */
    memcpy(at, code, sizeof(code));
    at[1] = (unsigned char)value;
#elif defined(__aarch64__)
    unsigned code[] = {0x52800000 | value << 5, 0xd65f03c0}; /* mov w0, value; ret */
    memcpy(at, code, sizeof(code));
#elif defined(__arm__)
    unsigned code[] = {0xe3a00000 | value, 0xe12fff1e}; /* mov r0, value; bx lr */
    memcpy(at, code, sizeof(code));
#elif defined(__riscv)
    unsigned code[] = {0x00000513 | value << 20, 0x00008067}; /* li a0, value; ret */
    memcpy(at, code, sizeof(code));
#else
#error "which code?"
#endif
    __builtin___clear_cache((char *)at, (char *)at + 16);
}
