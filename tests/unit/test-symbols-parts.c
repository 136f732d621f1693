/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of lib/symbols that need no DWARF: ranges, mapping symbols, names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/symbols/demangle.h"
#include "lib/symbols/segments.h"
#include "lib/symbols/symbols.h"
#include "tests/unit/elf-fixture.h"

/* Against a search through all ranges. */
static void test_segments(void **state)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    (void)state;

    for (int round = 0; round < 300; round++) {
        struct {
            uint64_t start, end;
        } r[12];
        segments *s = segments_new();
        int n = g_rand_int_range(rand, 0, 12);
        for (int i = 0; i < n; i++) {
            r[i].start = (uint64_t)g_rand_int_range(rand, 0, 40);
            r[i].end = (uint64_t)g_rand_int_range(rand, 0, 40);
            segments_add(s, r[i].start, r[i].end, (uint32_t)i);
        }
        segments_finish(s);
        for (uint64_t a = 0; a < 42; a++) {
            int best = -1;
            uint32_t got;
            for (int i = 0; i < n; i++) {
                if (a < r[i].start || a >= r[i].end) {
                    continue;
                }
                if (best < 0 || r[i].start > r[best].start ||
                    (r[i].start == r[best].start && r[i].end <= r[best].end)) {
                    best = i;
                }
            }
            assert_int_equal(segments_find(s, a, &got), best >= 0);
            assert_true(best < 0 || got == (uint32_t)best);
        }
        segments_free(s);
    }
}

/* Thumb, Arm and data in one file; then without the symbols that tell. */
static void test_mapping_symbols(void **state)
{
    static const char source[] = ".text\n.arm\n.globl _start\n.type _start,%function\n_start:\n"
                                 " mov r0, r1\n mov r0, r2\n .word 0x12345678\n"
                                 ".thumb\n.globl t\n.type t,%function\nt:\n mov r0, r1\n bx lr\n";
    (void)state;

    if (!have("arm-linux-gnueabihf-gcc") || !have("arm-linux-gnueabihf-strip")) {
        skip();
    }
    for (int stripped = 0; stripped <= 1; stripped++) {
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct scratch s;
        scratch_make(&s, ".s", source);
        assert_true(compile(&s, "arm-linux-gnueabihf-gcc",
                            "-nostdlib -static -Wl,-Ttext=0x10000,--build-id=0x" BUILD_ID));
        if (stripped) { /* -N takes single symbols away, also these */
            g_autofree char *command =
                g_strdup_printf("arm-linux-gnueabihf-strip -w -N $a* -N $t* -N $d* %s", s.output);
            g_autofree char *out = run(command);
            assert_non_null(out);
        }
        assert_false(cflow_symbols_is_thumb(symbols, s.output, BUILD_ID, 0x10004));
        assert_int_equal(cflow_symbols_is_data(symbols, s.output, BUILD_ID, 0x10008), !stripped);
        assert_true(cflow_symbols_is_thumb(symbols, s.output, BUILD_ID, 0x1000c));
        assert_true(cflow_symbols_is_thumb(symbols, s.output, BUILD_ID, 0x1000e));
        assert_false(cflow_symbols_is_thumb(symbols, s.output, BUILD_ID, 0x20000));
        scratch_free(&s);
    }
}

static void expect_name(const char *mangled, const char *expected)
{
    g_autofree char *shown = demangle(mangled);

    if (g_strcmp0(shown, expected) != 0) {
        fail_msg("%s: got %s", mangled, shown ? shown : "nothing");
    }
}

static void test_demangle(void **state)
{
    (void)state;

    expect_name("main", NULL);
    expect_name("_start", NULL);
    expect_name("_ZN2ns1fEi", "ns::f(int)");
    expect_name("_ZN2ns1fEi@plt", "ns::f(int)@plt");
    expect_name("_ZL4workv.cold", "work() [clone .cold]");
    expect_name("_ZNSt6vectorIiSaIiEE9push_backERKi",
                "std::vector<int, std::allocator<int> >::push_back(int const&)");
    expect_name("_ZN4core3fmt5Write9write_str17h0123456789abcdefE", "core::fmt::Write::write_str");
    expect_name("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar");
    /* Each of its parts is twice the one before: this would be 2^40 names. */
    g_autoptr(GString) hostile = g_string_new("_Z1fISt4pairIiiE");
    for (int i = 0; i < 40; i++) {
        static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if (i == 0) {
            g_string_append(hostile, "S_IS0_S0_E");
        } else if (i < 36) {
            g_string_append_printf(hostile, "S_IS%c_S%c_E", digits[i], digits[i]);
        }
    }
    g_string_append(hostile, "Evv");
    g_autofree char *shown = demangle(hostile->str);
    assert_true(!shown || strlen(shown) <= 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_mapping_symbols),
        cmocka_unit_test(test_demangle),
    };

    g_unsetenv("DEBUGINFOD_URLS");
    return cmocka_run_group_tests_name("symbols-parts", tests, NULL, NULL);
}
