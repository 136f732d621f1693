/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions, lines and inlined calls, on files that the compilers at hand make.
 * nm and addr2line are the judges; what a source says is known from its text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <elf.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/symbols/symbols.h"
#include "tests/unit/elf-fixture.h"

/* Line numbers matter: see the tests. */
static const char inline_source[] =
    "extern volatile int sink;\n"
    "static inline __attribute__((always_inline)) int innermost(int x)\n"
    "{\n"
    "    return sink / x;\n" /* 4 */
    "}\n"
    "static inline __attribute__((always_inline)) int middle(int x)\n"
    "{\n"
    "    return innermost(x + 1) * sink;\n" /* 8 */
    "}\n"
    "__attribute__((noinline)) int outer(int x)\n" /* 10 */
    "{\n"
    "    int y = sink;\n"
    "    y += middle(x);\n" /* 13 */
    "    return y;\n"
    "}\n"
    "volatile int sink;\n"
    "int main(int c, char **v) { (void)v; return outer(c); }\n";

static const struct cflow_function *find_function(cflow_symbols *symbols, const char *path,
                                                  const char *build_id, const char *name)
{
    size_t n;
    const struct cflow_function *functions = cflow_symbols_functions(symbols, path, build_id, &n);

    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || functions[i].start >= functions[i - 1].start + functions[i - 1].size);
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

/* Looks for the chain innermost, middle, outer in the code of outer(). */
static void check_chain(cflow_symbols *symbols, const char *path, const char *build_id)
{
    const struct cflow_function *outer = find_function(symbols, path, build_id, "outer");
    bool found = false;

    assert_non_null(outer);
    assert_int_equal(outer->line, 10);
    assert_true(g_str_has_suffix(outer->file, "/source.c"));
    for (uint64_t a = outer->start; a < outer->start + outer->size; a++) {
        const struct cflow_frame *f;
        struct cflow_location location;
        size_t n = cflow_symbols_frames(symbols, path, build_id, a, &f);
        assert_true(n >= 1 && n <= 3);
        assert_string_equal(f[n - 1].function, "outer");
        assert_false(f[n - 1].inlined);
        assert_ptr_equal(cflow_symbols_function_at(symbols, path, build_id, a), outer);
        if (n == 3 && f[0].line == 4) {
            assert_string_equal(f[0].function, "innermost");
            assert_string_equal(f[1].function, "middle");
            assert_int_equal(f[1].line, 8);
            assert_int_equal(f[2].line, 13);
            assert_true(f[0].inlined && f[1].inlined);
            assert_true(g_str_has_suffix(f[2].file, "/source.c"));
            assert_int_equal(f[2].column, 10);
            found = true;
        }
        assert_true(cflow_symbols_lookup(symbols, path, build_id, a, &location));
        assert_string_equal(location.name, "outer");
        assert_int_equal(location.offset, a - outer->start);
    }
    assert_true(found);
}

/* Units in files of their own, which are gone: lines are left, and a warning. */
static void test_split_units(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    (void)state;

    if (!have("gcc")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-O2 -gsplit-dwarf"));
    g_autofree char *command = g_strdup_printf("find %s -name *.dwo -delete", s.dir);
    g_autofree char *out = run(command);
    assert_non_null(out);
    uint64_t start = find_function(symbols, s.output, BUILD_ID, "outer")->start;
    assert_true(cflow_symbols_lookup(symbols, s.output, BUILD_ID, start, &location));
    assert_true(g_str_has_suffix(location.file, "/source.c"));
    assert_in_range(location.line, 11, 12);
    assert_int_equal(cflow_symbols_warnings(symbols)->len, 1);
    assert_non_null(strstr(g_ptr_array_index(cflow_symbols_warnings(symbols), 0), ".dwo"));
    scratch_free(&s);
}

static void test_names_only(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    const struct cflow_function *outer;
    struct cflow_location location;
    struct scratch s;
    (void)state;

    if (!have("gcc")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-O2"));
    cflow_symbols_set_names_only(symbols, true);
    outer = find_function(symbols, s.output, BUILD_ID, "outer");
    assert_non_null(outer);
    assert_true(cflow_symbols_lookup(symbols, s.output, BUILD_ID, outer->start, &location));
    assert_string_equal(location.name, "outer");
    assert_null(location.file);
    assert_null(outer->file);
    scratch_free(&s);
}

static const struct {
    const char *prefix, *flags;
    unsigned machine;
} targets[] = {
    {"x86_64-linux-gnu", "-gdwarf-5", EM_X86_64},
    {"x86_64-linux-gnu", "-gdwarf-4", EM_X86_64},
    {"x86_64-linux-gnu", "-gdwarf-4 -fdebug-types-section -ffunction-sections", EM_X86_64},
    {"x86_64-linux-gnu", "-g -gz=zlib", EM_X86_64},
    {"x86_64-linux-gnu", "-g -gsplit-dwarf", EM_X86_64},
    {"i686-linux-gnu", "-g", EM_386},
    {"aarch64-linux-gnu", "-g", EM_AARCH64},
    {"arm-linux-gnueabihf", "-g -mthumb", EM_ARM},
    {"riscv64-linux-gnu", "-g", EM_RISCV},
};

static void test_inlined(void **state)
{
    int compilers = 0;
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *compiler = g_strconcat(targets[i].prefix, "-gcc", NULL);
        g_autofree char *flags =
            g_strconcat("-O2 -Wl,--build-id=0x" BUILD_ID " ", targets[i].flags, NULL);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        struct cflow_elf elf;
        struct scratch s;
        if (!have(compiler)) {
            continue;
        }
        scratch_make(&s, ".c", inline_source);
        if (compile(&s, compiler, flags)) {
            check_chain(symbols, s.output, BUILD_ID);
            assert_true(cflow_symbols_elf(symbols, s.output, BUILD_ID, &elf));
            assert_int_equal(elf.machine, targets[i].machine);
            assert_int_equal(cflow_symbols_warnings(symbols)->len, 0);
            compilers++;
        }
        scratch_free(&s);
    }
    if (compilers == 0) {
        skip();
    }
}

/* "FUNCTION\nFILE:LINE" per frame, as addr2line prints them. */
static char *frames_text(cflow_symbols *symbols, const char *path, uint64_t address)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const struct cflow_frame *f;
    size_t n = cflow_symbols_frames(symbols, path, BUILD_ID, address, &f);

    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(text, "%s\n%s:%u\n", f[i].function, f[i].file, f[i].line);
    }
    return g_strdup(text->str);
}

/* Every address of two functions, and of the standard library's code between them. */
static void test_addr2line(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    g_autoptr(GString) command = g_string_new(NULL);
    struct scratch s;
    (void)state;

    if (!have("gcc") || !have("addr2line")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", "-O2 -g -Wl,--build-id=0x" BUILD_ID));
    const struct cflow_function *outer = find_function(symbols, s.output, BUILD_ID, "outer");
    assert_non_null(outer);
    g_string_printf(command, "addr2line -aif -e %s", s.output);
    for (uint64_t a = outer->start; a < outer->start + outer->size; a++) {
        g_string_append_printf(command, " 0x%" G_GINT64_MODIFIER "x", a);
    }
    g_autofree char *answer = run(command->str);
    assert_non_null(answer);
    g_autoptr(GRegex) discriminator = g_regex_new(" \\(discriminator \\d+\\)", 0, 0, NULL);
    g_autofree char *plain = g_regex_replace_literal(discriminator, answer, -1, 0, "", 0, NULL);
    g_auto(GStrv) parts = g_regex_split_simple("0x[0-9a-f]{16}\n", plain, 0, 0);
    for (uint64_t i = 0; i < outer->size; i++) {
        g_autofree char *text = frames_text(symbols, s.output, outer->start + i);
        assert_string_equal(text, parts[i + 1]);
    }
    scratch_free(&s);
}

/* The rows of the whole are those of its parts, and tell what a lookup tells. */
static void test_lines(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    size_t n, sections_n, in_function = 0;
    struct scratch s;
    (void)state;

    if (!have("gcc")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", "-O2 -g -ffunction-sections -Wl,--build-id=0x" BUILD_ID));
    const struct cflow_function *outer = find_function(symbols, s.output, BUILD_ID, "outer");
    uint64_t end = outer->start + outer->size;
    const struct cflow_line *l =
        cflow_symbols_lines(symbols, s.output, BUILD_ID, 0, UINT64_MAX, &n);
    assert_true(n > 5);
    assert_true(l[n - 1].end_sequence);
    g_autofree struct cflow_line *all = g_memdup2(l, n * sizeof(*l));
    for (size_t i = 0; i + 1 < n; i++) {
        struct cflow_location location;
        assert_true(all[i].address <= all[i + 1].address);
        in_function +=
            all[i].address >= outer->start && all[i].address < end && !all[i].end_sequence;
        if (all[i].end_sequence || all[i].address == all[i + 1].address) {
            continue;
        }
        for (uint64_t a = all[i].address; a < all[i + 1].address; a++) {
            cflow_symbols_lookup(symbols, s.output, BUILD_ID, a, &location);
            assert_string_equal(location.file, all[i].file);
            assert_int_equal(location.line, all[i].line);
            assert_int_equal(location.column, all[i].column);
        }
    }
    cflow_symbols_lines(symbols, s.output, BUILD_ID, outer->start, end, &n);
    assert_int_equal(n, in_function);
    /* From the middle of a row on: it comes first, cut. */
    l = cflow_symbols_lines(symbols, s.output, BUILD_ID, outer->start + 1, end, &n);
    assert_int_equal(l[0].address, outer->start + 1);
    const struct cflow_section *sections =
        cflow_symbols_sections(symbols, s.output, BUILD_ID, &sections_n);
    bool text = false;
    for (size_t i = 0; i < sections_n; i++) {
        size_t left;
        text = text || strcmp(sections[i].name, ".text") == 0;
        assert_non_null(
            cflow_symbols_code(symbols, s.output, BUILD_ID, sections[i].start + 1, &left));
        assert_int_equal(left, sections[i].size - 1);
    }
    assert_true(text);
    assert_null(cflow_symbols_code(symbols, s.output, BUILD_ID, 0, &n));
    scratch_free(&s);
}

/* Moves the debug information of s->output into a file of its own. */
static void split(struct scratch *s, const char *directory, const char *file, bool link)
{
    g_autofree char *dir = g_build_filename(s->dir, directory, NULL);
    g_autofree char *debug = g_build_filename(dir, file, NULL);
    g_autofree char *keep = g_strdup_printf("objcopy --only-keep-debug %s %s", s->output, debug);
    g_autofree char *strip =
        g_strdup_printf("objcopy --strip-all %s%s %s", link ? "--add-gnu-debuglink=" : "",
                        link ? debug : "", s->output);
    assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
    const char *commands[] = {keep, strip};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *out = run(commands[i]);
        assert_non_null(out);
    }
}

#define DEBUG_NAME "23456789abcdef0123456789abcdef01234567.debug"

static void test_debug_dir(void **state)
{
    (void)state;

    if (!have("gcc") || !have("objcopy")) {
        skip();
    }
    for (int by_link = 0; by_link <= 1; by_link++) {
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        g_autoptr(cflow_symbols) without = cflow_symbols_new(NULL);
        struct cflow_location location;
        struct scratch s;
        scratch_make(&s, ".c", inline_source);
        g_autofree char *dir = g_build_filename(s.dir, "debug", NULL);
        assert_true(compile(&s, "gcc",
                            by_link ? "-O2 -g -Wl,--build-id=none" : "-O2 -g " COMMON_FLAGS "-O2"));
        split(&s, by_link ? "debug" : "debug/.build-id/01", by_link ? "x.dbg" : DEBUG_NAME,
              by_link);
        cflow_symbols_add_debug_dir(symbols, dir);
        check_chain(symbols, s.output, by_link ? NULL : BUILD_ID);
        assert_int_equal(cflow_symbols_warnings(symbols)->len, 0);
        cflow_symbols_lookup(without, s.output, by_link ? NULL : BUILD_ID, 0x1100, &location);
        assert_null(location.file);
        scratch_free(&s);
    }
}

/* dwz moves what two files share into a third; without it there are no lines. */
static void test_dwz(void **state)
{
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    g_autoptr(cflow_symbols) without = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    (void)state;

    if (!have("gcc") || !have("dwz") || !have("readelf")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    g_autofree char *text =
        g_strconcat("#include <stdio.h>\n#include <stdlib.h>\n", "#line 1\n", inline_source, NULL);
    assert_true(g_file_set_contents(s.source, text, -1, NULL));
    assert_true(compile(&s, "gcc", "-gdwarf-4 " COMMON_FLAGS "-O2 -gdwarf-4"));
    g_autofree char *second = g_strconcat(s.output, "2", NULL);
    g_autofree char *common = g_build_filename(s.dir, "common.dwz", NULL);
    g_autofree char *copy = g_strdup_printf("cp %s %s", s.output, second);
    g_autofree char *dwz = g_strdup_printf("dwz -m %s %s %s", common, s.output, second);
    g_autofree char *out = run(copy), *out2 = run(dwz);
    g_autofree char *sections = g_strdup_printf("readelf -SW %s", s.output);
    g_autofree char *list = run(sections);
    assert_non_null(strstr(list, ".gnu_debugaltlink"));
    check_chain(symbols, s.output, BUILD_ID);
    assert_int_equal(g_remove(common), 0);
    assert_true(cflow_symbols_lookup(without, s.output, BUILD_ID,
                                     find_function(symbols, s.output, BUILD_ID, "outer")->start,
                                     &location));
    assert_null(location.file);
    assert_int_equal(cflow_symbols_warnings(without)->len, 1);
    assert_non_null(strstr(g_ptr_array_index(cflow_symbols_warnings(without), 0), "common.dwz"));
    scratch_free(&s);
}

/* A server that is a directory; without the variable it must not be asked. */
static void test_debuginfod(void **state)
{
    struct scratch s;
    (void)state;

    if (!have("gcc") || !have("objcopy") ||
        (!g_file_test("/usr/lib/x86_64-linux-gnu/libdebuginfod.so.1", G_FILE_TEST_EXISTS) &&
         !g_file_test("/usr/lib64/libdebuginfod.so.1", G_FILE_TEST_EXISTS))) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-O2"));
    split(&s, "server/buildid/" BUILD_ID, "debuginfo", false);
    g_autofree char *url = g_strdup_printf("file://%s/server", s.dir);
    g_autofree char *cache = g_build_filename(s.dir, "cache", NULL);
    g_setenv("DEBUGINFOD_CACHE_PATH", cache, TRUE);
    for (int asked = 0; asked <= 1; asked++) {
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        if (asked) {
            g_setenv("DEBUGINFOD_URLS", url, TRUE);
            check_chain(symbols, s.output, BUILD_ID);
        } else {
            g_unsetenv("DEBUGINFOD_URLS");
            assert_null(find_function(symbols, s.output, BUILD_ID, "outer"));
            assert_false(g_file_test(cache, G_FILE_TEST_EXISTS));
        }
    }
    g_autoptr(cflow_symbols) names = cflow_symbols_new(NULL);
    cflow_symbols_set_names_only(names, true);
    assert_null(find_function(names, s.output, BUILD_ID, "outer"));
    g_unsetenv("DEBUGINFOD_URLS");
    g_unsetenv("DEBUGINFOD_CACHE_PATH");
    scratch_free(&s);
}

static void test_given_files(void **state)
{
    static const char *const wrong[] = {"/nonexistent", "/etc/passwd", "/", "/etc/passwd@0x12",
                                        "/dev/null"};
    g_autoptr(cflow_symbols) by_name = cflow_symbols_new(NULL);
    g_autoptr(cflow_symbols) forced = cflow_symbols_new(NULL);
    g_autoptr(cflow_symbols) biased = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    (void)state;

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(cflow_symbols_add_file(by_name, wrong[i], &error));
        assert_non_null(strstr(error->message, "/"));
    }
    if (!have("gcc")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-O2"));
    assert_true(cflow_symbols_add_file(by_name, s.output, NULL));
    check_chain(by_name, "/not/here/other-name", BUILD_ID);
    assert_int_equal(cflow_symbols_warnings(by_name)->len, 0);
    assert_false(cflow_symbols_lookup(by_name, "/not/here/output", "ffff", 0x1100, &location));
    const char *warning = g_ptr_array_index(cflow_symbols_warnings(by_name), 0);
    assert_non_null(strstr(warning, BUILD_ID));
    assert_non_null(strstr(warning, "ffff"));

    cflow_symbols_set_force(forced, true);
    assert_true(cflow_symbols_add_file(forced, s.output, NULL));
    check_chain(forced, "/not/here/output", "ffff");

    g_autofree char *with_bias = g_strconcat(s.output, "@0xffff800000000000", NULL);
    g_autofree char *bad_bias = g_strconcat(s.output, "@12x", NULL);
    assert_true(cflow_symbols_add_file(biased, with_bias, NULL));
    assert_false(cflow_symbols_add_file(biased, bad_bias, NULL));
    check_chain(biased, "[guest]", NULL);
    assert_true(find_function(biased, "[guest]", NULL, "outer")->start > 0xffff800000000000);
    assert_false(cflow_symbols_lookup(biased, "[anon:1]", NULL, 0xffff800000001100, &location));
    scratch_free(&s);
}

static void test_list(void **state)
{
    static const char list[] = "ffffffff81000000 T _stext\n"
                               "ffffffff81000000 T startup_64\n"
                               "ffffffff81000040 t helper\n"
                               "ffffffff81000080 T _etext\n"
                               "ffffffff82000000 D data\n"
                               "ffffffffc0000000 t in_module\t[ext4]\n";
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;
    struct scratch s;
    size_t n;
    (void)state;

    scratch_make(&s, ".map", list);
    assert_true(cflow_symbols_add_file(symbols, s.source, NULL));
    assert_true(cflow_symbols_lookup(symbols, "[guest]", NULL, 0xffffffff81000044, &location));
    assert_string_equal(location.name, "helper");
    assert_int_equal(location.offset, 4);
    assert_true(cflow_symbols_lookup(symbols, "[guest]", NULL, 0xffffffffc0000004, &location));
    assert_string_equal(location.name, "in_module");
    assert_false(cflow_symbols_lookup(symbols, "[guest]", NULL, 0xffffffff82000004, &location));
    assert_false(cflow_symbols_lookup(symbols, "/bin/x", NULL, 0xffffffff81000044, &location));
    cflow_symbols_functions(symbols, "[guest]", NULL, &n);
    assert_int_equal(n, 4);
    scratch_free(&s);
}

/* Damaged DWARF yields wrong lines or none, but no crash, and it ends. */
static void test_damaged_dwarf(void **state)
{
    static const char *const names[] = {".debug_info",     ".debug_abbrev",  ".debug_line",
                                        ".debug_rnglists", ".debug_aranges", ".debug_str",
                                        ".debug_line_str"};
    g_autofree char *image = NULL;
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    struct scratch s;
    gsize size;
    (void)state;

    if (!have("gcc") || !have("objdump")) {
        skip();
    }
    scratch_make(&s, ".c", inline_source);
    assert_true(compile(&s, "gcc", COMMON_FLAGS "-O2"));
    assert_true(g_file_get_contents(s.output, &image, &size, NULL));
    for (int round = 0; round < 1500; round++) {
        g_autofree char *copy = g_memdup2(image, size);
        g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
        static gsize start[7], length[7];
        const struct cflow_frame *frames;
        size_t n;
        if (round < 7) {
            g_autofree char *command =
                g_strdup_printf("objdump -h -j %s %s", names[round], s.output);
            g_autofree char *text = run(command);
            const char *line = text ? strstr(text, names[round]) : NULL;
            if (line) {
                sscanf(line, "%*s %" G_GSIZE_MODIFIER "x %*s %*s %" G_GSIZE_MODIFIER "x",
                       &length[round], &start[round]);
            }
            continue;
        }
        int damage = g_rand_int_range(rand, 1, 12);
        for (int i = 0; i < damage && length[round % 7]; i++) {
            gsize at = start[round % 7] + g_rand_int(rand) % length[round % 7];
            copy[at] = (char)(g_rand_int(rand) >> (g_rand_boolean(rand) ? 24 : 30));
        }
        assert_true(g_file_set_contents_full(s.output, copy, (gssize)size, G_FILE_SET_CONTENTS_NONE,
                                             0700, NULL));
        for (uint64_t a = 0x1000; a < 0x1200; a += 3) {
            cflow_symbols_frames(symbols, s.output, BUILD_ID, a, &frames);
        }
        cflow_symbols_functions(symbols, s.output, BUILD_ID, &n);
        cflow_symbols_lines(symbols, s.output, BUILD_ID, 0, UINT64_MAX, &n);
    }
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inlined),       cmocka_unit_test(test_addr2line),
        cmocka_unit_test(test_lines),         cmocka_unit_test(test_debug_dir),
        cmocka_unit_test(test_dwz),           cmocka_unit_test(test_debuginfod),
        cmocka_unit_test(test_given_files),   cmocka_unit_test(test_list),
        cmocka_unit_test(test_names_only),    cmocka_unit_test(test_split_units),
        cmocka_unit_test(test_damaged_dwarf),
    };

    g_unsetenv("DEBUGINFOD_URLS");
    return cmocka_run_group_tests_name("symbols-dwarf", tests, NULL, NULL);
}
