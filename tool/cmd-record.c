/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: run a program under QEMU with the plugin and keep its profile. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena/arena.h"
#include "lib/profile/store.h"
#include "tool/emulator.h"
#include "tool/machine.h"
#include "tool/program.h"
#include "tool/verbs.h"

static char *option_output;
static char *option_qemu;
static char *option_engine;
static char **option_symbols;
static int option_last;
static gboolean option_quiet;

const GOptionEntry cmd_record_options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
     "Write the profile to FILE (default: cflow.db)", "FILE"},
    {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &option_qemu,
     "Run under this QEMU, or one of this directory", "FILE"},
    {"engine", 'e', 0, G_OPTION_ARG_STRING, &option_engine, "How to measure (default: auto)",
     "auto|edge|flow"},
    {"last", 0, 0, G_OPTION_ARG_INT, &option_last,
     "Keep the last N transfers that led to each fault (engine edge)", "N"},
    {"symbols", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &option_symbols,
     "A whole machine: code of ELF FILE lies there, moved by BIAS (may be repeated)",
     "FILE[@BIAS]"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &option_quiet, "Print no summary at the end", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

struct recording {
    struct program program;
    struct emulator emulator;
    struct machine machine;
    struct cflow_arena arena;
    struct cflow_store *store;
    char *output;
    int arena_fd;
    int status; /* of QEMU, as waitpid() gives it */
    gint64 started_us, duration_us;
};

/* --- the command line for QEMU --------------------------------------------- */

static void add(GPtrArray *argv, const char *word)
{
    g_ptr_array_add(argv, g_strdup(word));
}

/* QEMU's option parser splits at commas; a doubled one is a comma. */
static char *escape_commas(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);

    return g_strjoinv(",,", parts);
}

static GPtrArray *qemu_command(const struct recording *r, char **argv, const char *plugin)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const struct program *p = &r->program;
    g_autofree char *file = escape_commas(plugin);

    add(words, r->emulator.path);
    add(words, "-plugin");
    g_autofree char *last = option_last ? g_strdup_printf(",lastn=%d", option_last) : NULL;
    g_ptr_array_add(words,
                    g_strdup_printf("file=%s,arena=%d,engine=%s%s", file, r->arena_fd,
                                    option_engine ? option_engine : "auto", last ? last : ""));
    if (!p->is_qemu) {
        if (p->library_prefix) {
            add(words, "-L");
            add(words, p->library_prefix);
        }
        if (!p->interpreter) {
            /* The program sees the name that it was called by. */
            add(words, "-0");
            add(words, argv[0]);
        } else {
            add(words, p->interpreter);
            if (p->interpreter_argument) {
                add(words, p->interpreter_argument);
            }
        }
        add(words, p->path);
    }
    for (char **word = argv + 1; *word; word++) {
        add(words, *word);
    }
    g_ptr_array_add(words, NULL);
    return words;
}

/* --- running --------------------------------------------------------------- */

static volatile sig_atomic_t child;

/*
 * Signals sent to us are meant for the program.  What the terminal sends (not a
 * process, so its code is above 0) reaches it without our help.
 */
static void forward(int signum, siginfo_t *info, void *context)
{
    (void)context;
    if (child > 0 && info->si_code <= 0) {
        kill((pid_t)child, signum);
    }
}

/* Set @action for what is passed on. */
static void set_signals(const struct sigaction *action)
{
    static const int forwarded[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,
                                    SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};

    for (size_t i = 0; i < G_N_ELEMENTS(forwarded); i++) {
        struct sigaction old;
        /* What was ignored for us (nohup) stays ignored for the program. */
        if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(forwarded[i], action, NULL);
        }
    }
}

/* Fork with signals held back until we know whom to pass them on to. */
static bool start(char **command, int failure)
{
    struct sigaction pass_on = {.sa_sigaction = forward, .sa_flags = SA_RESTART | SA_SIGINFO};
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    set_signals(&pass_on);
    pid_t pid = fork();
    if (pid == 0) {
        set_signals(&plain);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execv(command[0], command);
        int code = errno;
        _exit(write(failure, &code, sizeof(code)) == sizeof(code) ? 127 : 126);
    }
    child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid > 0;
}

static bool run(struct recording *r, GPtrArray *command, GError **error)
{
    int failure[2];

    if (pipe2(failure, O_CLOEXEC) < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot make a pipe: %s",
                    g_strerror(errno));
        return false;
    }
    r->started_us = g_get_real_time();
    bool started = start((char **)command->pdata, failure[1]);
    int why = errno;
    close(failure[1]);
    if (!started) {
        close(failure[0]);
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(why), "cannot start QEMU: %s",
                    g_strerror(why));
        return false;
    }
    close(r->arena_fd);
    while (waitpid((pid_t)child, &r->status, 0) < 0 && errno == EINTR) {
    }
    child = 0;
    r->duration_us = g_get_real_time() - r->started_us;
    int code = 0;
    ssize_t got = read(failure[0], &code, sizeof(code));
    close(failure[0]);
    if (got == sizeof(code)) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot start %s: %s",
                    r->emulator.path, g_strerror(code));
        return false;
    }
    return true;
}

/* --- the profile ----------------------------------------------------------- */

static char *command_as_json(char **argv)
{
    g_autoptr(JsonArray) array = json_array_new();

    for (char **word = argv; *word; word++) {
        g_autofree char *text = g_utf8_make_valid(*word, -1); /* JSON holds nothing else */
        json_array_add_string_element(array, text);
    }
    g_autoptr(JsonNode) node = json_node_init_array(json_node_alloc(), array);
    return json_to_string(node, FALSE);
}

static char *describe_status(int status)
{
    return WIFSIGNALED(status) ? g_strdup_printf("signal %d", WTERMSIG(status))
                               : g_strdup_printf("exit %d", WEXITSTATUS(status));
}

/* A run may have taken hours: if it cannot go where it should, keep it elsewhere. */
static bool rescue(const struct recording *r, const struct cflow_rows *rows,
                   const struct cflow_store_meta *meta, char **where)
{
    g_autofree char *path = g_strdup_printf("%s/cflow-%d-%" G_GINT64_FORMAT ".db", g_get_tmp_dir(),
                                            (int)getpid(), r->started_us);
    struct cflow_store *store;

    if (!cflow_store_create(path, &store, NULL)) {
        return false;
    }
    bool ok = cflow_store_commit(store, rows, meta, NULL);
    cflow_store_destroy(store);
    *where = ok ? g_steal_pointer(&path) : NULL;
    return ok;
}

static void summarise(const struct recording *r, const struct cflow_rows *rows)
{
    g_autofree char *note = NULL;
    uint64_t n, transfers = 0;
    bool exact = cflow_rows_exact(rows, &n, &note);

    for (guint i = 0; i < rows->processes->len; i++) {
        transfers += g_array_index(rows->processes, struct cflow_process_row, i).transfers;
    }
    if (!option_quiet) {
        fprintf(stderr, "qemu-cflow: %" PRIu64 " transfers over %u edges, %s%s; wrote %s\n",
                transfers, rows->edges->len, exact ? "exact" : "exact except ", exact ? "" : note,
                r->output);
    }
}

static bool write_profile(struct recording *r, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_rows) rows = NULL;
    g_autofree char *command = command_as_json(argv);
    g_autofree char *exit_status = describe_status(r->status);
    struct utsname host;
    g_autofree char *host_text =
        uname(&host) == 0 ? g_strdup_printf("%s %s %s", host.sysname, host.release, host.machine)
                          : NULL;
    bool killed = WIFSIGNALED(r->status) && WTERMSIG(r->status) == SIGKILL;
    struct cflow_store_meta meta = {
        .tool_version = CFLOW_VERSION,
        .qemu = r->emulator.path,
        .qemu_version = r->emulator.version,
        .program = r->program.is_qemu       ? NULL
                   : r->program.interpreter ? r->program.interpreter
                                            : r->program.path,
        .command = command,
        .exit_status = exit_status,
        .host = host_text,
        .started_us = r->started_us,
        .duration_us = r->duration_us,
        .killed = killed,
    };

    if (!cflow_rows_create(&r->arena, r->machine.loaded, &rows, &error)) {
        fail("%s; %s was not changed", error->message, r->output);
        return false;
    }
    if (!rows->edges->len && killed) {
        fail("%s was killed before anything was brought to safety; %s was not changed",
             r->emulator.path, r->output);
        return false;
    }
    if (!rows->edges->len) {
        fail("%s ran nothing (%s); %s was not changed", r->emulator.path, exit_status, r->output);
        return false;
    }
    if (!cflow_store_commit(r->store, rows, &meta, &error)) {
        g_autofree char *elsewhere = NULL;
        if (rescue(r, rows, &meta, &elsewhere)) {
            fail("%s; the profile was kept as %s", error->message, elsewhere);
        } else {
            fail("%s", error->message);
        }
        return false;
    }
    summarise(r, rows);
    return true;
}

/* End as the program ended, so that whoever called us sees no difference. */
static int end_like(int status)
{
    if (!WIFSIGNALED(status)) {
        return WEXITSTATUS(status);
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* one core is enough */
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

static bool prepare(struct recording *r, char **argv, GError **error)
{
    if (!program_identify(argv[0], &r->program, error)) {
        return false;
    }
    bool found = r->program.is_qemu && r->program.path
                     ? emulator_check(r->program.path, &r->emulator, error)
                     : emulator_find(r->program.isa, option_qemu, &r->emulator, error);
    return found && machine_identify(&r->emulator, argv, option_symbols, &r->machine, error) &&
           cflow_store_create(r->output, &r->store, error) &&
           cflow_arena_create_shared(&r->arena, &r->arena_fd, error);
}

static void clear(struct recording *r)
{
    program_clear(&r->program);
    emulator_clear(&r->emulator);
    machine_clear(&r->machine);
    cflow_arena_close(&r->arena);
    cflow_store_destroy(r->store);
    g_free(r->output);
}

int cmd_record(int argc, char **argv)
{
    if (!verb_parse("record", &argc, &argv)) {
        return STATUS_USAGE;
    }
    if (argc < 2) {
        return fail_usage("record", "name a program to record: record [OPTIONS] -- PROGRAM ...");
    }
    if (option_output && !*option_output) {
        return fail_usage("record", "-o needs the name of a file");
    }
    if (option_engine &&
        !g_strv_contains((const char *[]){"auto", "edge", "flow", NULL}, option_engine)) {
        return fail_usage("record", "there is no engine '%s'; there are auto, edge and flow",
                          option_engine);
    }
    if (option_last < 0 || option_last > 100000) {
        return fail_usage("record", "--last takes a number from 1 to 100000");
    }
    if (option_last && g_strcmp0(option_engine, "flow") == 0) {
        return fail_usage("record", "--last needs the order of events, which the engine flow does "
                                    "not know; leave --engine out");
    }
    struct recording r = {
        .arena_fd = -1,
        .output = g_strdup(option_output ? option_output : "cflow.db"),
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *plugin = emulator_plugin_path(&error);
    if (!plugin || !prepare(&r, argv + 1, &error)) {
        fail("%s", error->message);
        clear(&r);
        return STATUS_FAILURE;
    }
    g_autoptr(GPtrArray) command = qemu_command(&r, argv + 1, plugin);
    int status = STATUS_FAILURE;
    if (!run(&r, command, &error)) {
        fail("%s", error->message);
    } else {
        bool written = write_profile(&r, argv + 1);
        int theirs = r.status;
        clear(&r);
        status = end_like(theirs);
        return written || status ? status : STATUS_FAILURE;
    }
    clear(&r);
    return status;
}
