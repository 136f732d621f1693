/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for causes, and which addresses of a machine belong to a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "lib/profile/cause.h"
#include "lib/symbols/load-map.h"

#define KNOWN CFLOW_CAUSE_KNOWN
#define OTHER CFLOW_CAUSE_OTHER

static void names_causes(void **unused)
{
    static const struct {
        const char *isa;
        enum cflow_kind kind;
        unsigned cause;
        const char *words;
    } cases[] = {
        {"x86_64", CFLOW_EXCEPTION, KNOWN | 6, "undefined instruction"},
        {"x86_64", CFLOW_EXCEPTION, KNOWN | 14 | 7 << 8, "page fault (user write, protected)"},
        {"x86_64", CFLOW_EXCEPTION, KNOWN | 14 | 0x10 << 8, "page fault (fetch, not present)"},
        {"x86_64", CFLOW_EXCEPTION, KNOWN | 14 | 9 << 8, "page fault (read, reserved bit)"},
        {"i386", CFLOW_EXCEPTION, KNOWN | 0x80, "int 0x80"},
        {"x86_64", CFLOW_INTERRUPT, KNOWN | 0xec, "vector 0xec"},
        {"x86_64", CFLOW_INTERRUPT, KNOWN | 2, "NMI"},
        {"x86_64", CFLOW_INTERRUPT, KNOWN | OTHER, "SMI"},
        {"riscv64", CFLOW_EXCEPTION, KNOWN | 13, "load page fault"},
        {"riscv64", CFLOW_EXCEPTION, KNOWN | 0, "instruction address misaligned"},
        {"riscv32", CFLOW_INTERRUPT, KNOWN | 7, "machine timer interrupt"},
        {"riscv64", CFLOW_INTERRUPT, KNOWN | 900, "cause 900"},
        {"aarch64", CFLOW_EXCEPTION, KNOWN | 0x15, "svc"},
        {"aarch64", CFLOW_EXCEPTION, KNOWN | 0x25 | 0xd << 6, "data abort (permission)"},
        {"aarch64", CFLOW_EXCEPTION, KNOWN | 0x3f, "exception class 0x3f"},
        {"aarch64", CFLOW_INTERRUPT, KNOWN | OTHER | 2, "FIQ"},
        {"arm", CFLOW_EXCEPTION, KNOWN | 4 | 5 << 3, "data abort (translation)"},
        {"arm", CFLOW_EXCEPTION, KNOWN | 4 | 0x21 << 3 | 1 << 9, "data abort (alignment)"},
        {"arm", CFLOW_INTERRUPT, KNOWN | 6, "IRQ"},
        {"arm", CFLOW_INTERRUPT, KNOWN | OTHER | 15, "SysTick"},
        {"arm", CFLOW_INTERRUPT, KNOWN | OTHER | 16, "IRQ 0"},
        {"arm", CFLOW_EXCEPTION, KNOWN | OTHER | 9, "exception 9"},
    };

    (void)unused;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_string_equal(cflow_cause_name(cases[i].isa, cases[i].kind, cases[i].cause),
                            cases[i].words);
    }
    assert_null(cflow_cause_name("x86_64", CFLOW_EXCEPTION, 0));
    assert_null(cflow_cause_name("sparc64", CFLOW_EXCEPTION, KNOWN | 1));
}

/* Whatever an arena holds, there are words for it or none, and no crash. */
static void survives_every_cause(void **unused)
{
    static const char *const isas[] = {"x86_64", "riscv64", "aarch64", "arm", "mips"};

    (void)unused;
    for (unsigned cause = 0; cause < 0x10000; cause++) {
        for (size_t i = 0; i < G_N_ELEMENTS(isas); i++) {
            const char *words = cflow_cause_name(isas[i], CFLOW_EXCEPTION, cause);
            assert_true(!words || *words);
            cflow_cause_name(isas[i], CFLOW_INTERRUPT, cause);
        }
    }
}

/* This program is an ELF file with code; PIE, so that it begins at 0. */
static void finds_code(void **unused)
{
    (void)unused;
    g_autoptr(cflow_load_map) map = cflow_load_map_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *moved = g_strconcat(self, "@0x40000000", NULL);

    assert_true(cflow_load_map_is_elf(self));
    assert_true(cflow_load_map_add(map, moved, &error));
    assert_int_equal(map->files->len, 1);
    const struct cflow_load_range *first = &g_array_index(map->ranges, struct cflow_load_range, 0);
    assert_int_equal(first->bias, 0x40000000);
    assert_true(first->start >= 0x40000000 && first->end > first->start);
    assert_ptr_equal(cflow_load_map_find(map, first->start), first);
    assert_ptr_equal(cflow_load_map_find(map, first->end - 1), first);
    assert_null(cflow_load_map_find(map, first->end + (1 << 30)));
    assert_null(cflow_load_map_find(map, 0));
    assert_null(cflow_load_map_find(NULL, 0));
}

static void refuses(const char *text, enum cflow_load_map_error code)
{
    g_autoptr(cflow_load_map) map = cflow_load_map_new();
    g_autoptr(GError) error = NULL;

    assert_false(cflow_load_map_add(map, text, &error));
    assert_int_equal(error->code, code);
    assert_int_equal(map->files->len, 0);
}

static void refuses_what_is_no_elf_file(void **unused)
{
    (void)unused;
    refuses("/nonexistent", CFLOW_LOAD_MAP_ERROR_FILE);
    refuses("/dev/null", CFLOW_LOAD_MAP_ERROR_FILE);
    refuses("meson.build", CFLOW_LOAD_MAP_ERROR_FILE);
    refuses("/bin/ls@here", CFLOW_LOAD_MAP_ERROR_VALUE);
    refuses("/bin/ls@", CFLOW_LOAD_MAP_ERROR_VALUE);
    refuses("/bin/ls@-1", CFLOW_LOAD_MAP_ERROR_VALUE);
    assert_false(cflow_load_map_is_elf("meson.build"));
    assert_false(cflow_load_map_is_elf("/nonexistent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_causes),
        cmocka_unit_test(survives_every_cause),
        cmocka_unit_test(finds_code),
        cmocka_unit_test(refuses_what_is_no_elf_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
