/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that is in no file: a loop of three instructions and a return (x86-64). */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
    static const unsigned char code[] = {
        0x31, 0xc0, /* xor %eax,%eax */
        0xff, 0xc0, /* 1: inc %eax */
        0x39, 0xf8, /* cmp %edi,%eax */
        0x75, 0xfa, /* jne 1b */
        0xc3,       /* ret */
    };
    void *memory =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        return 1;
    }
    memcpy(memory, code, sizeof(code));
    printf("%d\n", ((int (*)(int))memory)(1000));
    return 0;
}
