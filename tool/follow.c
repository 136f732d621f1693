/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "tool/follow.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tool/program.h"
#include "tool/qemu-command.h"
#include "tool/verbs.h"

/* What the launch says beyond enum cflow_launch_word, by number. */
enum {
    WORD_ENGINE = CFLOW_LAUNCH_WORDS,
    WORD_ISA,     /* of WORD_EMULATOR */
    WORD_PREFIX,  /* $QEMU_LD_PREFIX, which the guest may take out of its environment */
    WORD_OPTIONS, /* and all that follow */
};

/* --- record: before ------------------------------------------------------- */

/* Options of the first QEMU that every later one is to have. */
static void add_options(GPtrArray *words, char **options)
{
    for (char **word = options; word && *word;) {
        bool two = word[1] && qemu_command_takes_value(*word);
        /* The environment and argv[0] come from execve; a debugger's port can be had once. */
        bool own = qemu_command_is_option(*word, "E") || qemu_command_is_option(*word, "U") ||
                   qemu_command_is_option(*word, "0") || qemu_command_is_option(*word, "g");
        if (!own) {
            qemu_command_add(words, word[0]);
            if (two) { /* the guest may leave the directory */
                bool path = qemu_command_is_option(*word, "L") && word[1][0] != '/';
                g_ptr_array_add(words,
                                path ? g_canonicalize_filename(word[1], NULL) : g_strdup(word[1]));
            }
        }
        word += two ? 2 : 1;
    }
}

static void find_machines(const struct follow *follow, struct cflow_arena_launch *launch)
{
    struct cflow_arena_machine machine;
    const char *isa;

    for (size_t i = 0; (isa = program_machine(i, &machine)); i++) {
        g_autofree char *path = emulator_sibling(follow->emulator->path, follow->isa, isa);
        if (path && launch->n_machines < G_N_ELEMENTS(launch->machines)) {
            launch->machines[launch->n_machines++] = machine;
        }
    }
}

bool follow_prepare(struct cflow_arena *arena, const struct follow *follow, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autofree char *emulator = g_canonicalize_filename(follow->emulator->path, NULL);
    const char *prefix = g_getenv("QEMU_LD_PREFIX");
    struct cflow_arena_launch launch = {.pid = (uint32_t)getpid(), .fd = follow->arena_fd};
    struct stat st;

    if (!self) {
        return false;
    }
    if (fstat(follow->arena_fd, &st) == 0) {
        launch.device = st.st_dev;
        launch.inode = st.st_ino;
    }
    find_machines(follow, &launch);
    qemu_command_add(words, self);
    qemu_command_add(words, emulator);
    qemu_command_add(words, follow->plugin);
    qemu_command_add(words, follow->engine);
    qemu_command_add(words, follow->isa);
    g_ptr_array_add(words,
                    prefix && *prefix ? g_canonicalize_filename(prefix, NULL) : g_strdup(""));
    add_options(words, follow->options);
    g_ptr_array_add(words, NULL);
    if (!cflow_arena_set_launch(arena, &launch, (char **)words->pdata)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the arena is too small");
        return false;
    }
    return true;
}

/* --- exec: what the plugin executes ---------------------------------------- */

/* "exec FD MASK PATH N ENVIRONMENT... ARGV..." */
struct call {
    int arena_fd;
    uint64_t signals; /* to be blocked in the program */
    char *path;
    char **environment; /* what was taken out of ours */
    unsigned n_environment;
    char **argv;
};

static bool parse(int argc, char **argv, struct call *call)
{
    guint64 fd, n;

    if (argc < 5 || !g_ascii_string_to_unsigned(argv[1], 10, 0, G_MAXINT, &fd, NULL) ||
        !g_ascii_string_to_unsigned(argv[2], 16, 0, G_MAXUINT64, &call->signals, NULL) ||
        !g_ascii_string_to_unsigned(argv[4], 10, 0, (guint64)argc - 5, &n, NULL)) {
        return false;
    }
    call->arena_fd = (int)fd;
    call->path = argv[3];
    call->environment = argv + 5;
    call->n_environment = (unsigned)n;
    call->argv = argv + 5 + n;
    return true;
}

static bool add_emulator(GPtrArray *words, const struct cflow_arena_launch *launch, const char *isa)
{
    const char *emulator = cflow_arena_launch_word(launch, CFLOW_LAUNCH_EMULATOR);
    const char *first = cflow_arena_launch_word(launch, WORD_ISA);
    g_autofree char *path = emulator_sibling(emulator, first, isa);

    if (!path || (strcmp(first, isa) != 0 && !emulator_has_plugins(path))) {
        return false;
    }
    qemu_command_add(words, path);
    return true;
}

static void execute(const struct call *call, const struct cflow_arena_launch *launch)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *prefix = cflow_arena_launch_word(launch, WORD_PREFIX), *word;
    struct program program;

    if (!program_identify_file(call->path, &program, NULL)) {
        return;
    }
    bool same = strcmp(program.isa, cflow_arena_launch_word(launch, WORD_ISA)) == 0;
    if (add_emulator(words, launch, program.isa)) {
        qemu_command_add_plugin(words, cflow_arena_launch_word(launch, CFLOW_LAUNCH_PLUGIN),
                                call->arena_fd, cflow_arena_launch_word(launch, WORD_ENGINE),
                                program_file(&program));
        /* What was said about one machine (-cpu, -L) says nothing of another. */
        for (unsigned i = WORD_OPTIONS; same && (word = cflow_arena_launch_word(launch, i)); i++) {
            qemu_command_add(words, word);
        }
        for (unsigned i = 0; i < call->n_environment; i++) {
            qemu_command_add(words, "-E");
            qemu_command_add(words, call->environment[i]);
        }
        bool lost = same && *prefix && !g_getenv("QEMU_LD_PREFIX");
        qemu_command_add_program(words, &program, lost ? prefix : NULL, call->argv);
        g_ptr_array_add(words, NULL);
        execv(words->pdata[0], (char **)words->pdata);
    }
    program_clear(&program);
}

int cmd_exec(int argc, char **argv)
{
    struct call call;
    struct cflow_arena arena;

    if (!parse(argc, argv, &call)) {
        return fail_usage(NULL, "'exec' is for qemu-cflow itself");
    }
    /* No handler is installed any more: signals do what they do to a new program. */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &call.signals, NULL, sizeof(call.signals));
    if (cflow_arena_attach(&arena, call.arena_fd, NULL)) {
        const struct cflow_arena_launch *launch = cflow_arena_get_launch(&arena);
        if (launch && launch->n_words >= WORD_OPTIONS) {
            execute(&call, launch);
        }
        atomic_fetch_add(&arena.header->unfollowed[CFLOW_UNFOLLOWED_MACHINE], 1);
    }
    /* Without QEMU, as the guest's own call would have done. */
    close(call.arena_fd);
    for (unsigned i = 0; i < call.n_environment; i++) {
        putenv(call.environment[i]);
    }
    execv(call.path, call.argv);
    return 127;
}
