/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "tool/words.h"

static void test_short_function(void **state)
{
    static const struct {
        const char *name, *expected;
    } names[] = {
        {"main", "main"},
        {"f(int)@plt", "f@plt"},
        {"ns::f(int) const", "ns::f"},
        {"foo() [clone .cold]", "foo [clone .cold]"},
        {"unsigned long std::f<int (*)(int)>(int (*)(int))", "std::f<int (*)(int)>"},
        {"operator new(unsigned long)", "operator new"},
        {"operator delete[](void*, unsigned long)@plt", "operator delete[]@plt"},
        {"S::operator bool() const", "S::operator bool"},
        {"S::operator()(int) const", "S::operator()"},
        {"V<int, A<int> >::operator[](unsigned long)", "V<int, A<int> >::operator[]"},
        {"S* S::operator->()", "S::operator->"},
        {"bool operator< <int>(S<int> const&, S<int> const&)", "operator< <int>"},
        {"std::ostream& operator<< <char>(std::ostream&, char const*)", "operator<< <char>"},
        {"myoperator(int)", "myoperator"},
        {"void (anonymous namespace)::g<int>(int)", "(anonymous namespace)::g<int>"},
        {"decltype(auto) f<int>(int)", "f<int>"},
        {"main::{lambda(int, int)#1}::operator()(int, int) const",
         "main::{lambda(int, int)#1}::operator()"},
        {"f(int)::Local::g(char)", "f(int)::Local::g"},
        {"<alloc::vec::Vec<T> as core::ops::Drop>::drop",
         "<alloc::vec::Vec<T> as core::ops::Drop>::drop"},
        {"(", "("},
        {"f(", "f"},
        {"x)>)(", "x)>)"},
        {"", ""},
    };
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *got = words_short_function(names[i].name);
        assert_string_equal(got, names[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_short_function)};

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
