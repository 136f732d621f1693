/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/profile-fixture.h"

#include <inttypes.h>

#include "lib/export/runs.h"

/* The runs of module 1 of a profile with @rows: "START-LAST:COUNT", '<' if from outside. */
static char *runs_of(const char *rows)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = g_strconcat(
        "INSERT INTO module VALUES(1, '/p', NULL, 'elf'), (2, '/lib', NULL, 'elf');", rows, NULL);
    char *path = fixture_make(sql);
    cflow_profile *profile = cflow_profile_open(path, &error);
    cflow_runs *runs = profile ? cflow_runs_new(profile, 1, &error) : NULL;
    GString *text = g_string_new(NULL);

    if (!runs) {
        fail_msg("%s", error->message);
    }
    for (guint i = 0; i < runs->runs->len; i++) {
        const struct cflow_run *run = &g_array_index(runs->runs, struct cflow_run, i);
        g_string_append_printf(text, "%s%s%" PRIx64 "-%" PRIx64 ":%" PRId64, i ? " " : "",
                               run->from_outside ? "<" : "", run->start, run->last, run->count);
    }
    cflow_runs_free(runs);
    cflow_profile_close(profile);
    fixture_remove(path);
    return g_string_free(text, FALSE);
}

static void check(const char *rows, const char *wanted)
{
    g_autofree char *got = runs_of(rows);

    assert_string_equal(got, wanted);
}

/* block: process, module, start, last, insns, entered, completed
 * edge: process, src_module, src, dst_module, dst, kind, count */

/* A branch not taken, and a block that was cut, go on in the same run. */
static void test_joined(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,20,2,10,10), (1,1,22,30,4,7,7), (1,1,32,40,4,7,7);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,2,1,1,16,7,10), (1,1,20,1,22,2,7), (1,1,20,1,64,1,3),"
          "(1,1,30,1,32,9,7), (1,1,40,2,9,5,7);",
          "<10-14:3 <10-28:7");
}

/* Two blocks share an end; each arrival is known for what it is. */
static void test_overlapping(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,40,9,5,5), (1,1,32,40,4,94,94), (1,1,42,44,2,4,4);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,2,1,1,16,7,5), (1,1,40,1,32,1,94), (1,1,40,1,42,2,5),"
          "(1,1,40,1,32,2,0);",
          "<10-2a:1 <10-2c:4 20-28:94");
}

/* Rounds of a string instruction are one execution of it. */
static void test_repeated(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,20,2,3,3), (1,1,20,20,1,60,60), (1,1,22,24,2,3,3);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,2,1,1,16,7,3), (1,1,20,1,20,9,60), (1,1,20,1,22,9,3),"
          "(1,1,24,2,9,5,3);",
          "<10-18:3");
}

/* Left in the middle, and begun there again: by QEMU, and after a signal. */
static void test_left(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,30,5,10,4), (1,1,20,30,3,6,6);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,1,8,1,16,3,10), (1,1,20,1,20,16,4), (1,1,20,2,64,12,2),"
          "(1,2,80,1,20,13,2), (1,1,30,2,9,5,10);"
          "INSERT INTO "
          "discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count) "
          "VALUES(1,0,12,'SIGSEGV',1,20,2,64,1,2);",
          "10-1e:10");
}

/* Left at the very first instruction: it has not moved. */
static void test_left_at_once(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,30,5,12,10);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,1,8,1,16,3,10), (1,1,16,1,16,16,2), (1,1,30,2,9,5,10);",
          "10-1e:10");
}

/* An access to a device cut a block in two, at its second instruction and at its first. */
static void test_cut(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,24,3,5,0), (1,1,20,24,2,4,0), (1,1,24,24,1,9,9);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,1,8,1,16,3,5), (1,1,9,1,20,3,4), (1,1,20,1,24,9,9),"
          "(1,1,24,2,9,5,9);",
          "10-18:5 14-18:4");
}

/* A system call returns to the next instruction. */
static void test_syscall(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,20,2,6,6), (1,1,22,24,2,6,6);"
          "INSERT INTO insn VALUES(1,20,'syscall',NULL,x'0f05',NULL,NULL,1);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,2,1,1,16,5,6), (1,1,20,1,22,8,6), (1,1,24,2,9,5,6);",
          "<10-18:6");
}

/* Numbers that no recording could have, as from a hostile file. */
static void test_hostile(void **state)
{
    (void)state;
    check("INSERT INTO block(process,module,start,last,insns,entered,completed) "
          "VALUES(1,1,16,20,2,9223372036854775807,9223372036854775807),"
          "(2,1,16,20,2,9223372036854775807,5), (1,1,-8,-1,2,3,3);"
          "INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) "
          "VALUES(1,1,20,1,16,2,9), (1,1,-1,1,0,9,3), (1,1,20,1,20,9,5),"
          "(1,1,18,1,18,16,7), (1,1,24,1,24,16,9223372036854775807);",
          "<10-14:9223372036854775807 <fffffffffffffff8-ffffffffffffffff:3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joined),   cmocka_unit_test(test_overlapping),
        cmocka_unit_test(test_repeated), cmocka_unit_test(test_left),
        cmocka_unit_test(test_syscall),  cmocka_unit_test(test_left_at_once),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
