/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rows are made with: the table of addresses, and sorting by keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/profile/sort.h"
#include "lib/profile/table.h"

static void test_empty_table(void **state)
{
    struct cflow_table table = {0};
    (void)state;

    assert_int_equal(cflow_table_get(&table, 0), 0);
    cflow_table_clear(&table);
    cflow_table_clear(&table);
}

/* Against a GHashTable, over several sizes, with keys close and far. */
static void test_table(void **state)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    g_autofree uint64_t *keys = g_new(uint64_t, 50000);
    struct cflow_table table = {0};
    (void)state;

    for (uint32_t i = 0; i < 50000; i++) {
        uint64_t high = (uint64_t)g_rand_int_range(random, 0, 3) * 0x5555555500000000ull;
        keys[i] = i == 7 ? 0 : i == 8 ? UINT64_MAX : high + g_rand_int_range(random, 0, 100000);
        uint32_t *number = cflow_table_at(&table, keys[i]);
        gpointer expected = g_hash_table_lookup(known, &keys[i]);
        assert_int_equal(*number, GPOINTER_TO_UINT(expected));
        if (!*number) {
            *number = i + 1;
            g_hash_table_insert(known, &keys[i], GUINT_TO_POINTER(i + 1));
        }
    }
    for (uint32_t i = 0; i < 50000; i++) {
        assert_int_equal(cflow_table_get(&table, keys[i]),
                         GPOINTER_TO_UINT(g_hash_table_lookup(known, &keys[i])));
    }
    assert_int_equal(table.n, g_hash_table_size(known));
    assert_int_equal(cflow_table_get(&table, 0x1234567890), 0);
    cflow_table_clear(&table);
}

struct row {
    uint32_t major;
    uint32_t place; /* no part of the key */
    uint64_t minor;
};

static const struct cflow_sort_field key[] = {CFLOW_SORT_FIELD(struct row, major),
                                              CFLOW_SORT_FIELD(struct row, minor)};

static GArray *random_rows(uint32_t n, uint32_t majors, bool wide)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(n);
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));

    for (uint32_t i = 0; i < n; i++) {
        struct row row = {.major = (uint32_t)g_rand_int_range(random, 0, (gint32)majors),
                          .place = i,
                          .minor = (uint64_t)g_rand_int_range(random, 0, 300) << (wide ? 55 : 0)};
        g_array_append_val(rows, row);
    }
    return rows;
}

static void test_sort(void **state)
{
    static const struct {
        uint32_t n, majors;
        bool wide;
    } cases[] = {{0, 1, false},    {1, 1, false},      {2, 2, true},
                 {1000, 1, false}, {1000, 1000, true}, {20000, 100000, false}};
    (void)state;

    for (size_t c = 0; c < G_N_ELEMENTS(cases); c++) {
        g_autoptr(GArray) rows = random_rows(cases[c].n, cases[c].majors, cases[c].wide);
        cflow_sort_rows(rows, key, G_N_ELEMENTS(key));
        assert_int_equal(rows->len, cases[c].n);
        g_autofree bool *seen = g_new0(bool, cases[c].n + 1);
        for (guint i = 0; i < rows->len; i++) {
            const struct row *b = &g_array_index(rows, struct row, i), *a = b - 1;
            assert_false(seen[b->place]);
            seen[b->place] = true;
            if (i) { /* and rows that are equal keep their order */
                assert_true(
                    a->major < b->major ||
                    (a->major == b->major &&
                     (a->minor < b->minor || (a->minor == b->minor && a->place < b->place))));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_table),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
