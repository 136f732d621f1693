/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles that are not what they should be, through the verbs that read them:
 * the command's own code, called as main() is.
 */
#include <stdarg.h>

#include "lib/profile/merge.h"
#include "lib/profile/profile.h"
#include "lib/profile/query.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/verbs.h"

static const char *good; /* a profile, for what takes two */

static void run(const char *first, ...)
{
    char *words[16] = {(char *)first};
    int n = 1;
    va_list args;

    va_start(args, first);
    while ((words[n] = va_arg(args, char *))) {
        n++;
    }
    va_end(args);
    int status = fuzz_verb(words);
    FUZZ_CHECK(status >= 0 && status <= 2);
}

/* Not by the verb: with a buffer that is soon full. */
static void merge(const char *path, const char *out, bool keep_processes)
{
    const char *inputs[] = {path, good, path};
    const struct cflow_merge_options options = {
        .tool_version = "fuzz", .keep_processes = keep_processes, .buffer_bytes = 260000};
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    bool ok = cflow_merge(inputs, G_N_ELEMENTS(inputs), out, &options, warnings, &error);

    FUZZ_CHECK(ok == (error == NULL));
    if (ok) { /* what was merged can be read */
        g_autoptr(cflow_profile) profile = cflow_profile_open(out, &error);
        FUZZ_CHECK(profile);
        g_autoptr(cflow_flow) flow = cflow_query(profile, &error);
        FUZZ_CHECK(flow);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *out;
    const char *path = fuzz_file(data, size);
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);

    if (!out) {
        out = g_build_filename(fuzz_directory(), "merged.db", NULL);
    }
    /* One verb for each input: which, is told by its bytes. */
    switch (g_bytes_hash(bytes) % 7) {
    case 0:
        run("info", "-i", path, "-f", "json", NULL);
        break;
    case 1:
        run("report", "-i", path, "-n", "3", "-s", "hottest", "-f", "text", NULL);
        break;
    case 2:
        run("report", "-i", path, "-n", "3", "-s", "faults", "-f", "csv", NULL);
        break;
    case 3:
        run("check", path, NULL);
        break;
    case 4:
        merge(path, out, false);
        break;
    case 5:
        merge(path, out, true);
        break;
    default:
        run("diff", "-n", "3", "-c", "1", path, good, NULL);
    }
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    FUZZ_CHECK(argc > 0);
    good = argv[0];
    for (int i = 0; i < argc; i++) {
        fuzz_add_file(seeds, argv[i]);
    }
    fuzz_silence();
}
