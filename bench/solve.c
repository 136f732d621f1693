/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-solve ROUNDS LIBCFLOW PROFILE QEMU PROGRAM [ARGUMENT]...: record PROGRAM with
 * the engine flow, then do ROUNDS times what `qemu-cflow record` does once when QEMU has
 * ended: make rows of the arena, and write them to PROFILE.  Each round is a line with
 * the processor time that both took, in microseconds; before them is one with that of
 * QEMU.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena/arena.h"
#include "lib/profile/store.h"

static int64_t processor_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int complain(const GError *error)
{
    fprintf(stderr, "bench-solve: %s\n", error->message);
    return 1;
}

/* @argv: QEMU, PROGRAM, ... */
static int run(const char *plugin, int arena_fd, char **argv)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    struct rusage usage;
    int status;

    g_ptr_array_add(words, g_strdup(argv[0]));
    g_ptr_array_add(words, g_strdup("-plugin"));
    g_ptr_array_add(words,
                    g_strdup_printf("file=%s,arena=%d,engine=flow,report=off", plugin, arena_fd));
    for (char **word = argv + 1; *word; word++) {
        g_ptr_array_add(words, g_strdup(*word));
    }
    g_ptr_array_add(words, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        execv(argv[0], (char **)words->pdata);
        perror(argv[0]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status) {
        fprintf(stderr, "bench-solve: %s did not end well\n", argv[0]);
        return 1;
    }
    int64_t us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
                 usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return printf("%" PRId64 "\n", us) < 0;
}

static int solve_and_write(const struct cflow_arena *arena, const char *path)
{
    struct cflow_store_meta meta = {.tool_version = CFLOW_VERSION, .exit_status = "exit 0"};
    g_autoptr(cflow_rows) rows = NULL;
    g_autoptr(GError) error = NULL;
    struct cflow_store *store;

    int64_t begin = processor_us();
    if (!cflow_rows_create(arena, NULL, &rows, &error)) {
        return complain(error);
    }
    int64_t solved = processor_us();
    if (!cflow_store_create(path, &store, &error)) {
        return complain(error);
    }
    bool ok = cflow_store_commit(store, rows, &meta, &error);
    cflow_store_destroy(store);
    if (!ok) {
        return complain(error);
    }
    return printf("%" PRId64 " %" PRId64 "\n", solved - begin, processor_us() - solved) < 0;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    struct cflow_arena arena;
    int fd;

    if (argc < 6) {
        fputs("usage: bench-solve ROUNDS LIBCFLOW PROFILE QEMU PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    if (!cflow_arena_create_shared(&arena, &fd, &error)) {
        return complain(error);
    }
    int bad = run(argv[2], fd, argv + 4);
    for (int i = 0; !bad && i < atoi(argv[1]); i++) {
        bad = solve_and_write(&arena, argv[3]);
    }
    cflow_arena_close(&arena);
    return bad;
}
