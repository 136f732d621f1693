/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/fuzz/fuzz.h"

uint8_t fuzz_take8(struct fuzz_reader *r)
{
    return (uint8_t)(r->at < r->end ? *r->at++ : 0);
}

uint16_t fuzz_take16(struct fuzz_reader *r)
{
    uint16_t low = fuzz_take8(r);

    return (uint16_t)(low | fuzz_take8(r) << 8);
}

uint64_t fuzz_take64(struct fuzz_reader *r)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)fuzz_take8(r) << 8 * i;
    }
    return value;
}

uint64_t fuzz_take_number(struct fuzz_reader *r)
{
    static const uint64_t odd[] = {0,          1,           2,         3,          0x7f,
                                   0x80,       0xff,        0x7fff,    0x8000,     0xffff,
                                   0x10000,    0x7fffffff,  0xfffff,   0x80000000, 0xffffffff,
                                   100000000,  0x100000000, INT64_MAX, 1ull << 63, UINT64_MAX,
                                   0x1000,     16,          14,        1ull << 62, UINT64_MAX - 7,
                                   0xfffffff0, 4096,        1ull << 32};
    unsigned which = fuzz_take8(r);

    return which < 96    ? odd[which % G_N_ELEMENTS(odd)]
           : which < 128 ? fuzz_take64(r)
           : which < 192 ? fuzz_take8(r)
                         : fuzz_take16(r);
}

static const char *const texts[] = {
    "",
    "a",
    "\033[31mred\033]0;title\007",
    "<b>&\"'</b>]]>&amp;",
    "two\nlines",
    "\r\n",
    "tab\ttab",
    "\"quoted\\\"",
    ",;=()[]{}#%s%n",
    "../../../etc/passwd",
    "/",
    "/opt/demo/bin/demo",
    "/opt/graph/graph",
    "[anon:1]",
    "[guest]",
    "[outside]",
    "[vdso]",
    "elf",
    "vdso",
    "file",
    "anon",
    "absolute",
    "outside",
    "conditional",
    "call",
    "jump",
    "return",
    "plain",
    "repeat",
    "indirect-call",
    "indirect-jump",
    "syscall",
    "trap",
    "system",
    "unknown",
    "exit",
    "exec",
    "running",
    "signal 9",
    "exit -1",
    "\xff\xfe",
    "cut \xe2\x80",
    "\xe2\x80\xae\xe2\x80\xa8",
    "\302\23331m",
    "\x7f\x01\x02",
    "x86_64",
    "i386",
    "aarch64",
    "arm",
    "riscv64",
    "user",
    "flow",
    "edge",
    "recognised",
    "9223372036854775808",
    "-1",
    "1e999",
    "nan",
    "0x10",
    "00112233445566778899aabbccddeeff00112233",
    "4772617068000000000000000000000000000001",
    "_ZN4demo4stepERKSs",
    "_ZNSt6vectorIiSaIiEE17_M_realloc_insertIJRKiEEEvN9__gnu_cxx17__normal_iteratorIPiS1_EEDpOT_",
    "_ZN1aIXadL_Z1bIXadL_Z1cEEEEEEvv",
    "_ZSS_SS_S_S_S_S_S_",
    "_RNvC6_123foo3bar",
    "[\"a\",\"b\"]",
    "[[[[[[[[",
    "fatal",
    "SIGSEGV",
    "fn=(1) a",
    "SF:/x\nend_of_record",
    "jmp 0x10 # 0x20",
    "module a,range b",
    "mixed",
    "2026-01-01T00:00:00Z",
};

char *fuzz_take_text(struct fuzz_reader *r)
{
    unsigned which = fuzz_take8(r);

    if (which < 2 * G_N_ELEMENTS(texts)) {
        return g_strdup(texts[which % G_N_ELEMENTS(texts)]);
    }
    if (which % 8 == 0) {
        return g_strnfill((gsize)64 << which % 11, (char)(fuzz_take8(r) | 1));
    }
    size_t wanted = fuzz_take8(r); /* MIN() evaluates twice */
    size_t n = MIN(wanted, (size_t)(r->end - r->at));
    char *text = g_strndup((const char *)r->at, n);
    r->at += n;
    return text;
}

void fuzz_add_noise(GPtrArray *seeds, unsigned n, size_t size)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20);

    for (unsigned i = 0; i < n; i++) {
        size_t used = (size_t)g_rand_int_range(random, 1, (gint32)size);
        uint8_t *data = g_malloc(used);
        for (size_t k = 0; k < used; k++) {
            data[k] = (uint8_t)g_rand_int(random);
        }
        g_ptr_array_add(seeds, g_bytes_new_take(data, used));
    }
}
