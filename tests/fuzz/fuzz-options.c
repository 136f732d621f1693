/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines: of the command's verbs, and the plugin's options. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "plugin/options.h"
#include "tests/fuzz/fuzz.h"
#include "tool/verbs.h"

int tool_main(int argc, char **argv);

/* Words end with NUL or newline; options that end the process are not for here. */
static char **words_of(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    return g_strsplit(text, "\n", 24);
}

static bool ends_process(const char *word)
{
    static const char *const enders[] = {"--help-all", "--help", "-h", "-?"};

    for (size_t i = 0; i < G_N_ELEMENTS(enders); i++) {
        if (strcmp(word, enders[i]) == 0) {
            return true;
        }
    }
    /* GLib takes "-h" among other letters, too, and "--help" with a value. */
    return g_str_has_prefix(word, "--help") ||
           (word[0] == '-' && word[1] != '-' && (strchr(word, 'h') || strchr(word, '?')));
}

/* Verbs that only read: "record" would run what it is given. */
static bool is_harmless(const char *verb)
{
    static const char *const harmless[] = {"report", "info", "diff", "check", "help", "completion"};

    for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++) {
        if (strcmp(verb, harmless[i]) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(GStrv) words = words_of(data, size);
    g_autofree char **argv = g_new0(char *, g_strv_length(words) + 2);
    struct options options;
    g_autoptr(GError) error = NULL;
    int argc = 0;

    if (!size) {
        return 0;
    }
    bool ok = options_parse(&options, (int)g_strv_length(words), words, &error);
    FUZZ_CHECK(ok == (error == NULL));
    if (ok) {
        g_free(options.narrowed);
    }
    argv[argc++] = (char *)"qemu-cflow";
    for (char **word = words; *word; word++) {
        if (!ends_process(*word)) {
            argv[argc++] = *word;
        }
    }
    if (argc > 1 && (is_harmless(argv[1]) || !verb_find(argv[1]))) {
        int status = tool_main(argc, argv);
        FUZZ_CHECK(status >= 0 && status <= 2);
    }
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    static const char *const lines[] = {
        "report\n--sort\nhottest\n--kind\ntaken,call\n--limit\n3\n--format\njson\n-i\nno.db",
        "report\n-s\nbias\n-m\nlib*\n-S\nmain?\n--sysroot\n/x\n--color\nalways\n--no-pager",
        "info\n--input\nno.db\n-f\ntext",
        "diff\n-t\n5.5\n-c\n100\n-n\n0\n--sysroot=/x\n--\na.db\nb.db",
        "check\n-q\n--format=json\na.db\nb.db",
        "help\nreport",
        "completion\nbash",
        "engine=auto\nout=/x\nreport=on\nsort=faults\ntopn=10\nhelp",
        "module=!lib*\nrange=libc.so@0x10-0x20\nstart-at=f@0x10:2\nstop-at=1\nstop-after=10s",
        "engine=flow\narena=3\nreport=off\ntopn=-1\nsort=early",
    };
    (void)argc, (void)argv;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_ptr_array_add(seeds, g_bytes_new(lines[i], strlen(lines[i])));
    }
    FUZZ_CHECK(chdir(fuzz_directory()) == 0);
    fuzz_silence();
}
