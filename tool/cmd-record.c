/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: run a program under QEMU with the plugin and keep its profile. */
#define _GNU_SOURCE
#include <gio/gio.h>
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena/arena.h"
#include "lib/profile/store.h"
#include "tool/emulator.h"
#include "tool/follow.h"
#include "tool/machine.h"
#include "tool/owner.h"
#include "tool/part.h"
#include "tool/program.h"
#include "tool/qemu-command.h"
#include "tool/run.h"
#include "tool/unfinished.h"
#include "tool/verbs.h"

#define CHECKPOINT_MS 1000 /* the plugin's own default */

static char *option_output;
static char *option_qemu;
static char *option_engine;
static char **option_symbols;
static char *option_memory;
static uint64_t memory_limit; /* bytes; 0: none */
static int option_last;
static int option_checkpoint = CHECKPOINT_MS;
static gboolean option_quiet;
static gboolean option_follow = TRUE;

const GOptionEntry cmd_record_options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
     "write the profile to FILE (default: cflow.db)", "FILE"},
    {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &option_qemu,
     "run under this QEMU, or one of this directory", "FILE"},
    {"engine", 'e', 0, G_OPTION_ARG_STRING, &option_engine, "how to measure (default: auto)",
     "auto|edge|flow"},
    {"last", 0, 0, G_OPTION_ARG_INT, &option_last,
     "keep the last N transfers that led to each fault (engine edge)", "N"},
    {"checkpoint", 0, 0, G_OPTION_ARG_INT, &option_checkpoint,
     "bring counters to safety every MS milliseconds (default: 1000)", "MS"},
    {"memory", 0, 0, G_OPTION_ARG_STRING, &option_memory,
     "a program: pass by new code above SIZE, as 500M, 4G, none (default: half of the memory)",
     "SIZE"},
    PART_OPTION_ENTRIES,
    {"symbols", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &option_symbols,
     "a whole machine: code of ELF FILE lies there, moved by BIAS (may be repeated)",
     "FILE[@BIAS]"},
    {"follow", 0, 0, G_OPTION_ARG_NONE, &option_follow,
     "record the programs that it executes, too (the default)", NULL},
    {"no-follow", 0, G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &option_follow,
     "leave those out; children without exec are always recorded", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &option_quiet, "print no summary at the end", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

struct recording {
    struct program program;
    struct emulator emulator;
    struct machine machine;
    struct part part;
    struct cflow_arena arena;
    struct cflow_store *store;
    char *output;
    int arena_fd;
    struct run_result result;
};

/* --- the command line for QEMU --------------------------------------------- */

/* "64M" in bytes, or 0 for none.  Of a program's memory half is ours, as of tmpfs. */
static bool parse_memory(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;

    *bytes = 0;
    if (!text) {
        *bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
        return true;
    }
    if (strcmp(text, "none") == 0) {
        return true;
    }
    uint64_t n = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
    const char *unit = n && *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (!n || n == UINT64_MAX || (*end && (!unit || end[1])) || n > UINT64_MAX >> shift) {
        return false;
    }
    *bytes = n << shift;
    return *bytes >= 1 << 16;
}

static bool is_machine(const struct program *p)
{
    return p->is_qemu && g_str_has_prefix(p->isa, "system-");
}

/* With what is said beyond it: the plugin's options follow each other. */
static const char *engine_name(const struct recording *r)
{
    g_autoptr(GString) text = g_string_new(option_engine ? option_engine : "auto");

    if (option_last) {
        g_string_append_printf(text, ",lastn=%d", option_last);
    }
    if (option_checkpoint != CHECKPOINT_MS) {
        g_string_append_printf(text, ",checkpoint=%d", option_checkpoint);
    }
    if (memory_limit && !is_machine(&r->program)) {
        g_string_append_printf(text, ",memory=%" PRIu64, memory_limit);
    }
    g_string_append(text, r->part.options ? r->part.options : "");
    return g_intern_string(text->str);
}

static GPtrArray *qemu_command(const struct recording *r, char **argv, const char *plugin)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    qemu_command_add(words, r->emulator.path);
    qemu_command_add_plugin(words, plugin, r->arena_fd, engine_name(r), program_file(&r->program));
    if (r->program.is_qemu) {
        for (char **word = argv + 1; *word; word++) {
            qemu_command_add(words, *word);
        }
    } else {
        qemu_command_add_program(words, &r->program, NULL, argv);
    }
    g_ptr_array_add(words, NULL);
    return words;
}

static bool prepare_to_follow(struct recording *r, char **argv, const char *plugin, GError **error)
{
    const struct program *p = &r->program;
    g_auto(GStrv) options = NULL;

    if (!option_follow || is_machine(p)) {
        return true;
    }
    if (p->is_qemu) { /* the program comes after them */
        options = g_strdupv(argv + 1);
        for (unsigned i = qemu_command_count_options(options); options[i]; i++) {
            g_clear_pointer(&options[i], g_free);
        }
    }
    struct follow follow = {
        .arena_fd = r->arena_fd,
        .emulator = &r->emulator,
        .isa = p->isa,
        .plugin = plugin,
        .engine = engine_name(r),
        .options = options,
    };
    return follow_prepare(&r->arena, &follow, error);
}

/* Not an error: it may be meant. */
static void warn_root(const struct program *program)
{
    g_autofree char *warning = owner_warning(program->path);

    if (!warning && program->interpreter) {
        warning = owner_warning(program->interpreter);
    }
    if (warning) {
        fail("warning: %s", warning);
    }
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
                                            (int)getpid(), r->result.started_us);
    struct cflow_store *store;

    if (!unfinished_store(path, &store, NULL)) {
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
    g_autofree char *why = NULL;
    uint32_t unfollowed = cflow_rows_unfollowed(rows, &why);
    bool killed = WIFSIGNALED(r->result.status) && WTERMSIG(r->result.status) == SIGKILL;
    const char *word = exact ? "exact" : killed ? "INCOMPLETE: " : "exact except ";

    if (!option_quiet) {
        fprintf(stderr, "qemu-cflow: %" PRIu64 " transfers over %u edges, %s%s; wrote %s\n",
                transfers, rows->edges->len, word, exact ? "" : note, r->output);
    }
    if (!option_quiet && unfollowed && option_follow) {
        fprintf(stderr, "qemu-cflow: programs started and not recorded: %s\n", why);
    }
}

static bool commit_profile(struct recording *r, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cflow_rows) rows = NULL;
    g_autofree char *command = command_as_json(argv);
    g_autofree char *exit_status = describe_status(r->result.status);
    struct utsname host;
    g_autofree char *host_text =
        uname(&host) == 0 ? g_strdup_printf("%s %s %s", host.sysname, host.release, host.machine)
                          : NULL;
    bool killed = WIFSIGNALED(r->result.status) && WTERMSIG(r->result.status) == SIGKILL;
    struct cflow_store_meta meta = {
        .tool_version = CFLOW_VERSION,
        .qemu = r->emulator.path,
        .qemu_version = r->emulator.version,
        .program = program_file(&r->program),
        .command = command,
        .exit_status = exit_status,
        .host = host_text,
        .narrowed = r->part.description,
        .started_us = r->result.started_us,
        .duration_us = r->result.duration_us,
        .killed = killed,
    };

    if (!cflow_rows_create(&r->arena, r->machine.loaded, &rows, &error)) {
        fail("%s; %s was not changed", error->message, r->output);
        return false;
    }
    /* Any other deadly signal is, too, if there is no thread to bring counters to safety. */
    if (!rows->edges->len && (killed || (WIFSIGNALED(r->result.status) && !option_checkpoint))) {
        fail("%s was killed before anything was brought to safety; %s was not changed",
             r->emulator.path, r->output);
        return false;
    }
    if (!rows->edges->len && r->part.description && r->program.path) {
        fail("nothing that was to be recorded ran (%s); %s was not changed", r->part.description,
             r->output);
        return false;
    }
    if (!rows->edges->len && cflow_rows_beyond(rows)) {
        fail("the memory limit left no room for anything; %s was not changed: raise --memory",
             r->output);
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

static bool write_profile(struct recording *r, char **argv)
{
    /* What took hours to record is not for one Ctrl-C that comes after the program. */
    unfinished_insist(r->output);
    run_lift_limits();
    bool written = commit_profile(r, argv);
    run_restore_limits();
    return written;
}

static bool prepare(struct recording *r, char **argv, GError **error)
{
    if (!program_identify(argv[0], &r->program, error)) {
        return false;
    }
    if (option_memory && is_machine(&r->program)) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            "--memory is for programs: the code of a whole machine is limited by "
                            "the machine's memory; leave it out");
        return false;
    }
    bool found = r->program.is_qemu && r->program.path
                     ? emulator_check(r->program.path, &r->emulator, error)
                     : emulator_find(r->program.isa, option_qemu, &r->emulator, error);
    if (!found || !machine_identify(&r->emulator, argv, option_symbols, &r->machine, error) ||
        !part_resolve(program_file(&r->program), r->machine.loaded, &r->part, error) ||
        !unfinished_store(r->output, &r->store, error)) {
        return false;
    }
    run_lift_limits(); /* the arena is a file, too, of a kind */
    bool made = cflow_arena_create_shared(&r->arena, &r->arena_fd, error);
    run_restore_limits();
    return made;
}

static void clear(struct recording *r)
{
    program_clear(&r->program);
    emulator_clear(&r->emulator);
    machine_clear(&r->machine);
    part_clear(&r->part);
    cflow_arena_close(&r->arena);
    if (r->arena_fd >= 0) {
        close(r->arena_fd);
    }
    cflow_store_destroy(r->store);
    unfinished_forget();
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
    if (option_output && strcmp(option_output, "-") == 0) {
        return fail_usage("record", "a profile is a database and cannot go to standard output: "
                                    "name a file, ./- if it is to be called '-'");
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
    if (part_options.last_at && !option_last) {
        return fail_usage("record",
                          "--last-at says where what --last N keeps is kept; give --last N, "
                          "too");
    }
    if (option_checkpoint < 0) {
        return fail_usage("record", "--checkpoint takes milliseconds, or 0 for none but in calls "
                                    "that may be the last");
    }
    if (!parse_memory(option_memory, &memory_limit)) {
        return fail_usage("record", "--memory takes a size of 64K or more, as 500M or 4G, or none");
    }
    if (part_is_wanted() && g_strcmp0(option_engine, "flow") == 0) {
        return fail_usage("record", "only the engine edge can record a part; leave --engine out");
    }
    struct recording r = {
        .arena_fd = -1,
        .output = g_strdup(option_output ? option_output : "cflow.db"),
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *plugin = emulator_plugin_path(&error);
    if (!plugin || !prepare(&r, argv + 1, &error) ||
        !prepare_to_follow(&r, argv + 1, plugin, &error)) {
        fail("%s", error->message);
        clear(&r);
        return STATUS_FAILURE;
    }
    warn_root(&r.program);
    g_autoptr(GPtrArray) command = qemu_command(&r, argv + 1, plugin);
    int status = STATUS_FAILURE;
    if (!run_command(command, &r.result, &error)) {
        fail("%s", error->message);
    } else {
        bool written = write_profile(&r, argv + 1);
        int theirs = r.result.status;
        clear(&r);
        status = run_end_like(theirs);
        return written || status ? status : STATUS_FAILURE;
    }
    clear(&r);
    return status;
}
