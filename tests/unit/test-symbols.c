/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver, on a table made by hand and on real ELF files that the
 * compilers at hand make; objdump is the judge of PLT names.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "lib/symbols/symbols.h"
#include "lib/symbols/symtab.h"
#include "tests/unit/elf-fixture.h"

static void expect(const symtab *table, uint64_t address, const char *name, uint64_t offset)
{
    uint64_t got_offset = 0;
    const char *got = symtab_lookup(table, address, &got_offset);

    if (g_strcmp0(got, name) != 0 || (name && got_offset != offset)) {
        fail_msg("0x%" G_GINT64_MODIFIER "x: got %s+0x%" G_GINT64_MODIFIER "x", address,
                 got ? got : "nothing", got_offset);
    }
}

static void test_table(void **state)
{
    symtab *table = symtab_new();
    (void)state;

    symtab_add(table, 0x100, 0x80, 0x1000, 2, "local");
    symtab_add(table, 0x100, 0x80, 0x1000, 0, "global");
    symtab_add(table, 0x100, 0x40, 0x1000, 1, "weak");
    symtab_add(table, 0x120, 0x10, 0x1000, 0, "inner");
    symtab_add(table, 0x140, 0, 0x1000, 4, "label_inside");
    symtab_add(table, 0x200, 0, 0x1000, 4, "asm_one");
    symtab_add(table, 0x210, 0, 0x1000, 4, "asm_two");
    symtab_add(table, 0x300, 0x10, 0x1000, 0, "after");
    symtab_add(table, 0x400, 0, 0x420, 4, "last");
    symtab_add(table, 0x420, 0, 0x420, 4, "at_the_end");
    symtab_finish(table);
    expect(table, 0xff, NULL, 0);
    expect(table, 0x100, "global", 0);
    expect(table, 0x11f, "global", 0x1f);
    expect(table, 0x12f, "inner", 0xf);
    expect(table, 0x130, "global", 0x30);
    expect(table, 0x148, "global", 0x48);
    expect(table, 0x17f, "global", 0x7f);
    expect(table, 0x20f, "asm_one", 0xf);
    expect(table, 0x2ff, "asm_two", 0xef);
    expect(table, 0x30f, "after", 0xf);
    expect(table, 0x310, NULL, 0);
    expect(table, 0x41f, "last", 0x1f);
    expect(table, 0x420, NULL, 0);
    expect(table, UINT64_MAX, NULL, 0);
    symtab_free(table);
}

/* Frames come last, but bound what is only known to begin before them. */
static void test_frames_in_table(void **state)
{
    symtab *table = symtab_new();
    (void)state;

    symtab_add(table, 0x100, 0x40, 0x1000, 0, "sized");
    symtab_add(table, 0x160, 0, 0x1000, 4, "label_inside");
    symtab_add(table, 0x180, 0, 0x1000, 4, "label_before");
    symtab_add_frame(table, 0x100, 0x70);
    symtab_add_frame(table, 0x200, 0x80);
    symtab_add_frame(table, 0x200, 0x80);
    symtab_add_frame(table, 0x240, 0x10);
    symtab_add_frame(table, 0x300, 0);
    symtab_add_frame(table, UINT64_MAX - 1, 0x10);
    symtab_finish(table);
    expect(table, 0x13f, "sized", 0x3f);
    expect(table, 0x140, "fn_100", 0x40);
    expect(table, 0x168, "label_inside", 8);
    expect(table, 0x1ff, "label_before", 0x7f);
    expect(table, 0x200, "fn_200", 0);
    expect(table, 0x24f, "fn_240", 0xf);
    expect(table, 0x250, NULL, 0);
    expect(table, 0x300, NULL, 0);
    expect(table, UINT64_MAX, NULL, 0);
    assert_int_equal(symtab_size(table), 3);
    symtab_free(table);
}

static void test_empty_table(void **state)
{
    symtab *table = symtab_new();
    (void)state;

    symtab_finish(table);
    expect(table, 0, NULL, 0);
    assert_int_equal(symtab_size(table), 0);
    symtab_free(table);
}

static const char plain_source[] = "int first(int x) { return x + 1; }\n"
                                   "__attribute__((weak)) int second(int x) { return x * 3; }\n"
                                   "static int third(int x) { return x - 5; }\n"
                                   "int (*fourth)(int) = third;\n"
                                   "int main(void) { return first(1) + second(2); }\n";

/*
 * Looks up each function of plain_source that @nm finds in @names_from, in the
 * module @path; returns their number.
 */
static int check_functions(cflow_symbols *symbols, const char *nm, const char *names_from,
                           const char *path)
{
    g_autofree char *command = g_strdup_printf("%s %s", nm, names_from);
    g_autofree char *text = run(command);
    int found = 0;

    assert_non_null(text);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char name[100], type;
        guint64 address;
        struct cflow_location location;
        if (sscanf(*line, "%" G_GINT64_MODIFIER "x %c %99s", &address, &type, name) != 3 ||
            (strcmp(name, "first") != 0 && strcmp(name, "second") != 0 &&
             strcmp(name, "third") != 0 && strcmp(name, "main") != 0)) {
            continue;
        }
        if (g_str_has_prefix(nm, "arm")) {
            address &= ~UINT64_C(1); /* Thumb */
        }
        assert_true(cflow_symbols_lookup(symbols, path, BUILD_ID, address + 2, &location));
        assert_string_equal(location.name, name);
        assert_int_equal(location.offset, 2);
        assert_true(location.file && g_str_has_suffix(location.file, "/source.c"));
        assert_in_range(location.line, 1, 5);
        found++;
    }
    return found;
}

static const struct {
    const char *prefix, *flags;
} targets[] = {
    {"x86_64-linux-gnu", ""},           {"i686-linux-gnu", ""},           {"aarch64-linux-gnu", ""},
    {"arm-linux-gnueabihf", "-mthumb"}, {"arm-linux-gnueabihf", "-marm"}, {"riscv64-linux-gnu", ""},
    {"x86_64-linux-gnu", "-static"},
};

static void test_functions(void **state)
{
    int compilers = 0;
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *compiler = g_strconcat(targets[i].prefix, "-gcc", NULL);
        g_autofree char *nm = g_strconcat(targets[i].prefix, "-nm", NULL);
        g_autofree char *flags = g_strconcat(COMMON_FLAGS, targets[i].flags, NULL);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct scratch s;
        if (!have(compiler) || !have(nm)) {
            continue;
        }
        scratch_make(&s, ".c", plain_source);
        if (compile(&s, compiler, flags)) {
            assert_int_equal(check_functions(symbols, nm, s.output, s.output), 4);
            assert_int_equal(cflow_symbols_warnings(symbols)->len, 0);
            compilers++;
        }
        scratch_free(&s);
    }
    if (compilers == 0) {
        skip();
    }
}

/* A stripped file, whose unwind tables tell where functions are; not on arm. */
static void test_stripped(void **state)
{
    int compilers = 0;
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *compiler = g_strconcat(targets[i].prefix, "-gcc", NULL);
        g_autofree char *nm = g_strconcat(targets[i].prefix, "-nm ", NULL);
        g_autofree char *strip = g_strconcat(targets[i].prefix, "-strip ", NULL);
        g_autofree char *flags =
            g_strconcat(COMMON_FLAGS "-fasynchronous-unwind-tables ", targets[i].flags, NULL);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct cflow_location location;
        struct scratch s;
        if (!have(compiler) || g_str_has_prefix(targets[i].prefix, "arm")) {
            continue;
        }
        scratch_make(&s, ".c", plain_source);
        if (compile(&s, compiler, flags)) {
            g_autofree char *nm_command = g_strconcat(nm, s.output, NULL);
            g_autofree char *strip_command = g_strconcat(strip, s.output, NULL);
            g_autofree char *names = run(nm_command), *stripped = run(strip_command);
            const char *line = names ? strstr(names, " t third") : NULL;
            assert_true(line && stripped);
            int digits = strstr(targets[i].prefix, "i686") ? 8 : 16;
            guint64 address = g_ascii_strtoull(line - digits, NULL, 16);
            g_autofree char *name = g_strdup_printf("fn_%" G_GINT64_MODIFIER "x", address);
            assert_true(cflow_symbols_lookup(symbols, s.output, BUILD_ID, address + 2, &location));
            assert_string_equal(location.name, name);
            assert_int_equal(location.offset, 2);
            compilers++;
        }
        scratch_free(&s);
    }
    if (compilers == 0) {
        skip();
    }
}

static const char plt_source[] =
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
    "#include <math.h>\n"
    "int (*taken)(const char *) = puts;\n"
    "int work(char **v) { int (*f)(const char *) = atoi; puts(v[0]); free(malloc(getpid()));\n"
    "  if (taken == puts) qsort(v, 3, 8, (void *)f); return f(v[1]) + strcoll(v[0], v[1]) +\n"
    "  (f == atoi) + atoi(v[2]); }\n";

/* Every "ADDRESS <NAME@plt>:" of objdump, and the bytes before the next. */
static int check_plt(const char *objdump, const char *path)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    g_autofree char *command = g_strdup_printf("%s -d %s", objdump, path);
    g_autofree char *text = run(command);
    int found = 0;

    assert_non_null(text);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char name[100];
        guint64 address;
        struct cflow_location location;
        if (sscanf(*line, "%" G_GINT64_MODIFIER "x <%99[^>]>:", &address, name) != 2 ||
            !g_str_has_suffix(name, "@plt") || name[0] == '*') {
            continue;
        }
        if (!cflow_symbols_lookup(symbols, path, BUILD_ID, address, &location) ||
            strcmp(location.name, name) != 0 || location.offset != 0) {
            fail_msg("%s: got %s", *line, location.name ? location.name : "nothing");
        }
        assert_true(cflow_symbols_lookup(symbols, path, BUILD_ID, address + 4, &location));
        assert_string_equal(location.name, name);
        found++;
    }
    return found;
}

static void test_plt(void **state)
{
    static const char *const variants[] = {
        "-Wl,-z,lazy",
        "-Wl,-z,now",
        "-Wl,-z,ibtplt -fcf-protection",
        "-mbranch-protection=bti",
        "-Wl,-z,lazy -Wl,-z,ibtplt",
        "-Wl,-z,force-bti",
    };
    int compilers = 0;
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *compiler = g_strconcat(targets[i].prefix, "-gcc", NULL);
        g_autofree char *objdump = g_strconcat(targets[i].prefix, "-objdump", NULL);
        if (!have(compiler) || !have(objdump) || strcmp(targets[i].flags, "-static") == 0) {
            continue;
        }
        for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
            g_autofree char *flags = g_strconcat(COMMON_FLAGS "-fPIC -shared ", targets[i].flags,
                                                 " ", variants[v], NULL);
            struct scratch s;
            scratch_make(&s, ".c", plt_source);
            if (compile(&s, compiler, flags)) {
                int found = check_plt(objdump, s.output);
                if (found < 4) {
                    fail_msg("%s %s: %d stubs", compiler, flags, found);
                }
                print_message("%s %s %s: %d stubs\n", targets[i].prefix, targets[i].flags,
                              variants[v], found);
                compilers++;
            }
            scratch_free(&s);
        }
    }
    if (compilers == 0) {
        skip();
    }
}

/* Labels of hand-written code count; the assembler's own marks do not. */
static void test_markers(void **state)
{
    static const char source[] = ".text\n.globl _start\n_start:\n$x:\n nop\n.Lskip:\n nop\n"
                                 "loop:\n nop\n nop\n$x.1:\n nop\n";
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    (void)state;

    if (!have("aarch64-linux-gnu-gcc")) {
        skip();
    }
    scratch_make(&s, ".s", source);
    assert_true(
        compile(&s, "aarch64-linux-gnu-gcc", COMMON_FLAGS "-nostdlib -static -Wl,-Ttext=0x10000"));
    assert_true(cflow_symbols_lookup(symbols, s.output, BUILD_ID, 0x10004, &location));
    assert_string_equal(location.name, "_start");
    assert_int_equal(location.offset, 4);
    assert_true(cflow_symbols_lookup(symbols, s.output, BUILD_ID, 0x10010, &location));
    assert_string_equal(location.name, "loop");
    assert_int_equal(location.offset, 8);
    assert_false(cflow_symbols_lookup(symbols, s.output, BUILD_ID, 0x10014, &location));
    scratch_free(&s);
}

static const char *only_warning(const cflow_symbols *symbols)
{
    const GPtrArray *warnings = cflow_symbols_warnings(symbols);

    assert_int_equal(warnings->len, 1);
    return g_ptr_array_index(warnings, 0);
}

static void test_build_id(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    (void)state;

    if (!have("gcc")) {
        skip();
    }
    scratch_make(&s, ".c", plain_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS));
    for (int i = 0; i < 2; i++) { /* one warning, however often it is asked for */
        assert_false(cflow_symbols_lookup(symbols, s.output, "ffff", 0x1000, &location));
        assert_null(location.name);
    }
    assert_non_null(strstr(only_warning(symbols), BUILD_ID));
    assert_non_null(strstr(only_warning(symbols), "ffff"));
    scratch_free(&s);
}

/* The linker takes any id, and pads none. */
static void test_odd_build_id(void **state)
{
    static const char *const ids[] = {"0a", "0a1b2c", "0a1b2c3d4e5f60718293"};
    (void)state;

    if (!have("gcc") || !have("nm")) {
        skip();
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *flags = g_strdup_printf("-Wl,--build-id=0x%s", ids[i]);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct cflow_location location;
        struct scratch s;
        scratch_make(&s, ".c", plain_source);
        assert_true(compile(&s, "gcc", flags));
        cflow_symbols_lookup(symbols, s.output, ids[i], 0, &location);
        assert_int_equal(cflow_symbols_warnings(symbols)->len, 0);
        scratch_free(&s);
    }
}

static void test_no_file(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;
    (void)state;

    assert_false(cflow_symbols_lookup(symbols, "/nonexistent/x", NULL, 0, &location));
    assert_non_null(strstr(only_warning(symbols), "/nonexistent/x not found"));
    assert_false(cflow_symbols_lookup(symbols, "[vdso]", NULL, 0, &location));
    assert_false(cflow_symbols_lookup(symbols, "relative", NULL, 0, &location));
    assert_int_equal(cflow_symbols_warnings(symbols)->len, 1);
    assert_false(cflow_symbols_lookup(symbols, "/etc/passwd", NULL, 0, &location));
    assert_false(cflow_symbols_lookup(symbols, "/dev/zero", NULL, 0, &location));
    assert_int_equal(cflow_symbols_warnings(symbols)->len, 3);
}

/* "/opt/prog" is not there, but is below the sysroot. */
static void test_sysroot(void **state)
{
    g_autoptr(cflow_symbols) symbols = NULL;
    struct scratch s;
    (void)state;

    if (!have("gcc") || !have("nm")) {
        skip();
    }
    scratch_make(&s, ".c", plain_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS));
    symbols = cflow_symbols_new(s.dir);
    assert_int_equal(check_functions(symbols, "nm", s.output, "/output"), 4);
    assert_int_equal(cflow_symbols_warnings(symbols)->len, 0);
    scratch_free(&s);
}

/* Names of static functions are only in the separate file. */
static void check_debug_file(bool by_link)
{
    g_autoptr(cflow_symbols) symbols = NULL;
    struct scratch s;

    scratch_make(&s, ".c", plain_source);
    assert_true(compile(&s, "gcc", by_link ? "-O1 -g -Wl,--build-id=none" : COMMON_FLAGS));
    g_autofree char *below =
        g_build_filename(s.dir, by_link ? ".debug" : "usr/lib/debug/.build-id/01", NULL);
    g_autofree char *debug = g_build_filename(
        below, by_link ? "output.dbg" : "23456789abcdef0123456789abcdef01234567.debug", NULL);
    g_autofree char *split = g_strdup_printf("objcopy --only-keep-debug %s %s", s.output, debug);
    g_autofree char *full = g_strconcat(s.output, ".full", NULL);
    g_autofree char *keep = g_strdup_printf("cp %s %s", s.output, full);
    g_autofree char *link =
        g_strdup_printf("objcopy --strip-all %s%s %s", by_link ? "--add-gnu-debuglink=" : "",
                        by_link ? debug : "", s.output);
    const char *commands[] = {keep, split, link};
    assert_int_equal(g_mkdir_with_parents(below, 0755), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *out = run(commands[i]);
        assert_non_null(out);
    }
    symbols = cflow_symbols_new(s.dir);
    if (by_link) {
        struct cflow_location location;
        g_autofree char *nm = g_strdup_printf("nm %s", full);
        g_autofree char *text = run(nm);
        const char *line = strstr(text, " t third");
        assert_non_null(line);
        guint64 address = g_ascii_strtoull(line - 16, NULL, 16);
        assert_true(cflow_symbols_lookup(symbols, s.output, NULL, address, &location));
        assert_string_equal(location.name, "third");
    } else {
        assert_int_equal(check_functions(symbols, "nm", full, s.output), 4);
    }
    scratch_free(&s);
}

static void test_debug_file(void **state)
{
    (void)state;
    if (!have("gcc") || !have("nm") || !have("objcopy")) {
        skip();
    }
    check_debug_file(false);
    check_debug_file(true);
}

/* Where the bytes of the section @name lie in the file @path. */
static void find_section(const char *path, const char *name, gsize *start, gsize *size)
{
    g_autofree char *command = g_strdup_printf("objdump -h -j %s %s", name, path);
    g_autofree char *text = run(command);
    const char *line = text ? strstr(text, name) : NULL;

    assert_true(line && sscanf(line, "%*s %" G_GSIZE_MODIFIER "x %*s %*s %" G_GSIZE_MODIFIER "x",
                               size, start) == 2);
}

/* Damaged files yield wrong names or none, but no crash. */
static void test_damaged_elf(void **state)
{
    g_autofree char *image = NULL;
    struct scratch s;
    gsize size, frames, frames_size;
    guint32 seed = 4711;
    (void)state;

    if (!have("gcc") || !have("objdump")) {
        skip();
    }
    scratch_make(&s, ".c", plt_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-fPIC -shared"));
    assert_true(g_file_get_contents(s.output, &image, &size, NULL));
    find_section(s.output, ".eh_frame", &frames, &frames_size);
    for (int round = 0; round < 600; round++) {
        g_autofree char *copy = g_memdup2(image, size);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct cflow_location location;
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            /* Half of them in the headers, where they do most harm. */
            gsize at = (seed >> 5) % (i % 2 ? 1024 : size);
            if (round % 3 == 0) {
                at = frames + (seed >> 5) % frames_size;
            } else if (round % 4 == 0 && i % 2) {
                at = size - 1 - at;
            }
            copy[at] = (char)(seed >> 3);
        }
        assert_true(g_file_set_contents(s.output, copy, (gssize)size, NULL));
        for (uint64_t a = 0x1000; a < 0x1200; a += 16) {
            cflow_symbols_lookup(symbols, s.output, BUILD_ID, a, &location);
        }
    }
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_frames_in_table),
        cmocka_unit_test(test_empty_table),  cmocka_unit_test(test_stripped),
        cmocka_unit_test(test_odd_build_id), cmocka_unit_test(test_functions),
        cmocka_unit_test(test_plt),          cmocka_unit_test(test_markers),
        cmocka_unit_test(test_build_id),     cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_sysroot),      cmocka_unit_test(test_debug_file),
        cmocka_unit_test(test_damaged_elf),
    };

    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
