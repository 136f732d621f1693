/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where QEMU enters: options, callbacks, fork, the end. */
#define _GNU_SOURCE
#include <pthread.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/profile/schema.h"
#include "plugin/checkpoint.h"
#include "plugin/crash.h"
#include "plugin/engine.h"
#include "plugin/exec.h"
#include "plugin/machine-cause.h"
#include "plugin/machine.h"
#include "plugin/modules.h"
#include "plugin/narrow.h"
#include "plugin/options.h"
#include "plugin/signals.h"
#include "plugin/standalone.h"

static const struct engine *engine;
static _Atomic bool exiting; /* the guest asked to end */
static bool end_at_once;     /* nobody but us needs to know when QEMU ends */
static struct options options;

static void register_callbacks(qemu_plugin_id_t id);

static qemu_plugin_id_t own_id;

void engine_translate_anew(void)
{
    qemu_plugin_reset(own_id, register_callbacks);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    engine->translate(tb);
    if (recorder.framed && recorder.stale) { /* takes effect before a block runs */
        recorder.stale = false;
        qemu_plugin_reset(id, register_callbacks);
    }
}

/*
 * One thread for several vCPUs: the code that QEMU shares between them counts
 * for the one that translated it, and callbacks are told the wrong vCPU.  Before
 * the guest's first instruction nothing is lost by refusing; when a vCPU is
 * plugged in later, the profile says that it is not exact.
 */
static void share_a_thread(void)
{
    if (!atomic_load(&recorder.process->blocks.n)) {
        fputs("libcflow: QEMU runs several vCPUs on one thread here, and then tells plugins the "
              "wrong one; use -accel tcg,thread=multi without -icount, or -smp 1\n",
              stderr);
        _exit(1);
    }
    recorder.process->unsound = 1;
}

/*
 * What processor it is shows only when it begins.  On Arm's M-profile nothing tells
 * where handlers return to, and each arrival must be looked at; and a decoder is for
 * one sort of code only.
 */
static void exchange_engine(qemu_plugin_id_t id)
{
    bool m = machine_kind == MACHINE_ARM_M;

    if (engine != &engine_flow || (!m && !(recorder.is_aarch64 && machine_kind == MACHINE_ARM))) {
        return;
    }
    checkpoint_cancel();
    recorder.framed = false;
    engine = &engine_edge;
    engine->begin(id);
    g_strlcpy(recorder.process->engine, engine->name, sizeof(recorder.process->engine));
    g_snprintf(recorder.process->engine_reason, sizeof(recorder.process->engine_reason),
               "%s: every edge is counted",
               m ? "an M-profile processor" : "a 32-bit processor in a 64-bit emulator");
}

static void on_vcpu_init(qemu_plugin_id_t id, unsigned int index)
{
    (void)id;
    if (this_vcpu != UINT_MAX && this_vcpu != index && recorder.system) {
        share_a_thread();
    }
    static bool begun;

    checkpoint_lock();
    this_vcpu = index;
    struct vcpu *v = recorder_vcpu(index);
    if (begun && !recorder.parallel && !recorder.system) {
        recorder.process->unsound = 1; /* a thread that nobody announced */
        recorder.parallel = recorder.threads = true;
    }
    if (!recorder.system) {
        signals_vcpu_init();
    } else if (v) {
        machine_vcpu_init(v);
        exchange_engine(id);
    }
    if (engine->vcpu_init) {
        engine->vcpu_init(index);
    }
    if (begun) {
        checkpoint_expect_vcpu(-1);
    } else if (!recorder.system) { /* a machine ends in order by QEMU's own handlers */
        checkpoint_watch(0);
        crash_watch(0);
    }
    begun = true;
    checkpoint_unlock();
}

static void leave(unsigned int index)
{
    struct vcpu *v = recorder_vcpu_at(index);

    if (v && v->shared->live) {
        engine->settle(v, index);
        machine_finish(v);
        recorder_leave(v);
    }
}

static void on_vcpu_exit(qemu_plugin_id_t id, unsigned int index)
{
    (void)id;
    checkpoint_lock();
    leave(index);
    checkpoint_unlock();
}

static void on_vcpu_idle(qemu_plugin_id_t id, unsigned int index)
{
    (void)id;
    struct vcpu *v = recorder_vcpu_at(index);
    if (v) {
        machine_slept(v);
        if (engine->slept) {
            engine->slept(v, index);
        }
        atomic_fetch_or(&v->syscalls, 1); /* no block runs until it wakes */
    }
}

static void on_vcpu_resume(qemu_plugin_id_t id, unsigned int index)
{
    (void)id;
    struct vcpu *v = recorder_vcpu_at(index);
    if (v) {
        atomic_store(&v->syscalls, (atomic_load(&v->syscalls) | 1) + 1);
    }
}

static void on_discon(qemu_plugin_id_t id, unsigned int index, int type, uint64_t from, uint64_t to)
{
    (void)id;
    struct vcpu *v = recorder_vcpu_at(index);
    if (v && !(recorder.narrowed && engine->away(index))) {
        if (v->n_discon == G_N_ELEMENTS(v->discon)) { /* many, and no block between */
            engine->settle(v, index);
            machine_finish(v);
        }
        bool first = !v->n_discon || v->discon[0].stale;
        if (machine_announce(v, type, from, to) && first && engine->interrupted) {
            engine->interrupted(v, index);
        } else if (engine->expect) {
            engine->expect(index);
        }
    }
}

/* How many vCPUs are there besides this thread's?  Only those that @run, in no system call? */
static unsigned n_others(bool run)
{
    unsigned n = 0;

    for (unsigned i = 0; i < recorder.n_vcpus; i++) {
        const struct vcpu *v = recorder_vcpu_at(i);
        n += v && i != this_vcpu && v->shared->live && !(run && (atomic_load(&v->syscalls) & 1));
    }
    return n;
}

/*
 * The guest asks for the process to end.  QEMU lets other threads run on for
 * milliseconds, at last without plugins.  So if there are any, it is done here and
 * now, with them standing still; but for somebody who needs QEMU's way: a debugger,
 * another plugin.
 */
static void end_process(int status)
{
    exiting = true;
    if (!end_at_once || !n_others(false)) {
        checkpoint_take(CHECKPOINT_FINAL);
    } else if (checkpoint_final()) {
        atomic_store(&recorder.process->end, CFLOW_END_EXIT);
        syscall(SYS_exit_group, status);
    }
}

static void on_syscall(qemu_plugin_id_t id, unsigned int index, int64_t num, uint64_t a1,
                       uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7,
                       uint64_t a8)
{
    (void)a6, (void)a7, (void)a8;
    const uint64_t args[] = {a1, a2, a3, a4};
    struct vcpu *v = recorder_vcpu_at(index);

    if (!v) {
        return;
    }
    atomic_fetch_or(&v->syscalls, 1);
    bool parallel = recorder.parallel;
    recorder.parallel |= signals_shares_memory(num, args);
    switch (signals_syscall(num, args)) {
    case SYSCALL_SIGRETURN:
        v->pending |= PENDING_SIGRETURN;
        if (engine->expect) {
            engine->expect(index);
        }
        break;
    case SYSCALL_EXEC:
        checkpoint_exec();
        atomic_store(&recorder.process->end, CFLOW_END_EXEC);
        exec_begins(signals_is_execveat(num), (uint64_t[]){a1, a2, a3, a4, a5});
        break;
    case SYSCALL_MAPPING:
        /* mmap: length, protection, flags; MAP_ANONYMOUS is the same everywhere. */
        v->mapping = signals_is_mmap(num) ? a2 : 0;
        v->mapping_anonymous = (a4 & 0x20) && (a3 & 7) == a3;
        break;
    case SYSCALL_KILL:
        checkpoint_take(CHECKPOINT_DEADLY);
        break;
    case SYSCALL_CLONE:
        v->makes_thread = signals_makes_thread(num, args);
        if (v->makes_thread) {
            int coming = checkpoint_expect_vcpu(1);
            if (parallel && !recorder.threads && engine->flushed) {
                /* QEMU would not: what was translated for one thread is to be forgotten. */
                qemu_plugin_reset(id, register_callbacks);
            }
            recorder.threads = true;
            recorder.many_vcpus |= (int)recorder.n_vcpus + coming > SCOREBOARD_VCPUS;
        }
        break;
    case SYSCALL_SIGACTION:
        v->changes_signal = (int)a1;
        if (recorder.stale && (engine->counts || recorder.narrowed || recorder.full)) {
            /* QEMU forgets translations and callbacks before it runs another block. */
            qemu_plugin_reset(id, register_callbacks);
        }
        recorder.stale = false;
        break;
    case SYSCALL_EXIT_GROUP:
        end_process((int)a1);
        break;
    case SYSCALL_EXIT:
        exiting = true;
        break;
    case SYSCALL_PROTECT:
        if (a3 & 2) { /* PROT_WRITE, on every ISA */
            modules_unprotect(a1, a2);
        }
        break;
    default:
        break;
    }
}

/* A call that @v made for memory has returned @ret. */
static void mapped(struct vcpu *v, int64_t ret)
{
    bool done = v->mapping && (ret > 0 || ret < -4095);
    uint64_t at = signals_word() == 4 ? (uint32_t)ret : (uint64_t)ret;

    if (done && v->mapping_anonymous) {
        modules_mapped(at, v->mapping);
    }
    if (done) {
        modules_changed(at, (v->mapping + 0xffff) & ~0xffffull); /* whole pages, of any size */
    } else {
        modules_invalidate();
    }
    v->mapping = 0;
}

static void on_syscall_return(qemu_plugin_id_t id, unsigned int index, int64_t num, int64_t ret)
{
    (void)id;
    struct vcpu *v = recorder_vcpu_at(index);

    if (!v) {
        return;
    }
    switch (signals_syscall_class(num)) {
    case SYSCALL_EXEC: /* it came back, so it failed */
        atomic_store(&recorder.process->end, CFLOW_END_RUNNING);
        exec_failed();
        checkpoint_survived();
        break;
    case SYSCALL_KILL:
        checkpoint_survived();
        break;
    case SYSCALL_SIGACTION:
        checkpoint_watch(v->changes_signal);
        crash_watch(v->changes_signal);
        break;
    case SYSCALL_CLONE:
        if (v->makes_thread && ret < 0 && ret > -4096) {
            checkpoint_expect_vcpu(-1);
        }
        break;
    case SYSCALL_MAPPING:
        mapped(v, ret);
        break;
    default:
        break;
    }
    atomic_store(&v->syscalls, (atomic_load(&v->syscalls) | 1) + 1);
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    struct vcpu *own = recorder_vcpu_at(this_vcpu);
    if (recorder.system && own) { /* a device ended QEMU at once: others run on meanwhile */
        atomic_fetch_or(&own->syscalls, 1);
        checkpoint_take(CHECKPOINT_FINAL);
    }
    recorder.process->ran_on = recorder.system ? 0 : n_others(true);
    checkpoint_lock();
    for (unsigned i = 0; i < recorder.n_vcpus; i++) {
        leave(i);
    }
    checkpoint_unlock();
    checkpoint_take(CHECKPOINT_FROZEN);
    atomic_store(&recorder.process->end,
                 exiting || recorder.system ? CFLOW_END_EXIT : CFLOW_END_SIGNAL);
    standalone_finish(&options, &recorder.arena);
}

static void on_flush(qemu_plugin_id_t id)
{
    (void)id;
    engine->flushed();
}

static void register_callbacks(qemu_plugin_id_t id)
{
    if (engine->flushed) {
        qemu_plugin_register_flush_cb(id, on_flush);
    }
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_exit_cb(id, on_vcpu_exit);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    if (recorder.system) {
        recorder.process->announced = qapi_register_discon(id, on_discon);
        qemu_plugin_register_vcpu_idle_cb(id, on_vcpu_idle);
        qemu_plugin_register_vcpu_resume_cb(id, on_vcpu_resume);
    } else {
        qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
        qemu_plugin_register_vcpu_syscall_ret_cb(id, on_syscall_return);
    }
}

/* --- fork: the child records for itself ------------------------------------ */

static void before_fork(void)
{
    checkpoint_lock();
    recorder_before_fork();
}

static void after_fork_in_parent(void)
{
    g_mutex_unlock(&recorder.lock);
    g_mutex_unlock(&recorder.text);
    checkpoint_unlock();
}

static void after_fork_in_child(void)
{
    g_mutex_unlock(&recorder.lock);
    g_mutex_unlock(&recorder.text);
    checkpoint_unlock();
    if (engine->forked) {
        engine->forked();
    }
    if (!recorder_fork(this_vcpu)) {
        /* No room: the child runs on, and every transfer counts as lost. */
        for (unsigned i = 0; i < G_N_ELEMENTS(recorder.vcpus); i++) {
            recorder.vcpus[i] = NULL;
        }
    }
    checkpoint_forked();
}

/* --- installation ---------------------------------------------------------- */

static const struct engine *const engines[] = {&engine_edge, &engine_flow};

/*
 * With -icount, or when asked for, QEMU runs all vCPUs on one thread, and does not say
 * when they stop: the flow engine then does not know the last transfer.
 */
static bool runs_on_one_thread(void)
{
    g_autofree char *text = NULL;
    gsize n;

    if (!g_file_get_contents("/proc/self/cmdline", &text, &n, NULL)) {
        return false;
    }
    for (char *word = text; word < text + n; word += strlen(word) + 1) {
        if (g_str_equal(word, "-icount") || g_str_equal(word, "--icount") ||
            strstr(word, "thread=single")) {
            return true;
        }
    }
    return false;
}

/* Is there neither another plugin nor a debugger, nor a log of calls?  Words of the guest's count
 * as well. */
static bool is_alone(void)
{
    static const char *const others[] = {
        "-g", "--g", "-perfmap", "--perfmap", "-jitdump", "--jitdump", "-strace", "--strace", NULL};
    g_autofree char *text = NULL;
    unsigned plugins = 0;
    gsize n;

    if (g_getenv("QEMU_PLUGIN") || g_getenv("QEMU_GDB") || g_getenv("QEMU_STRACE") ||
        !g_file_get_contents("/proc/self/cmdline", &text, &n, NULL)) {
        return false;
    }
    for (char *word = text; word < text + n; word += strlen(word) + 1) {
        plugins += g_str_equal(word, "-plugin") || g_str_equal(word, "--plugin");
        if (g_strv_contains(others, word)) {
            return false;
        }
    }
    return plugins == 1;
}

/* Can the flow engine be exact here?  NULL, or why not. */
static const char *why_not_flow(const qemu_info_t *info)
{
    if (info->system_emulation && !qapi_announces()) {
        return "this QEMU does not announce exceptions";
    }
    if (info->system_emulation && runs_on_one_thread()) {
        return "one thread runs the machine";
    }
    if (options.last) {
        return "the order of events is kept";
    }
    if (recorder.narrowed) {
        return "only a part is recorded";
    }
    return isa_find(info->target_name) ? NULL : "an instruction set without a decoder";
}

static const struct engine *pick_engine(const char *name, const qemu_info_t *info)
{
    if (g_str_equal(name, "auto")) {
        return why_not_flow(info) ? &engine_edge : &engine_flow;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(engines); i++) {
        if (g_str_equal(engines[i]->name, name)) {
            return engines[i];
        }
    }
    return NULL;
}

static void log_reason(const qemu_info_t *info)
{
    const char *no = why_not_flow(info);
    char *reason = recorder.process->engine_reason;
    size_t size = sizeof(recorder.process->engine_reason);

    if (!g_str_equal(options.engine, "auto")) {
        g_strlcpy(reason, "asked for", size);
    } else if (recorder.narrowed) {
        g_strlcpy(reason, no, size);
    } else if (no) {
        g_snprintf(reason, size, "%s: every edge is counted", no);
    } else if (info->system_emulation) {
        g_strlcpy(reason, "exact, fast; code mapped at several addresses is put at one", size);
    } else {
        g_strlcpy(reason, "it is exact here, and the fastest", size);
    }
}

static bool open_arena(GError **error)
{
    if (options.arena_fd < 0) {
        return cflow_arena_create_private(&recorder.arena, error);
    }
    bool ok = cflow_arena_attach(&recorder.arena, options.arena_fd, error);
    close(options.arena_fd);
    return ok;
}

static int refuse(const char *message)
{
    fprintf(stderr, "libcflow: %s\n", message);
    return -1;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv)
{
    g_autoptr(GError) error = NULL;

    if (info->version.cur < CFLOW_API_NEEDED) {
        return refuse("this QEMU is too old; it must be 9.1 or newer");
    }
    if (!options_parse(&options, argc, argv, &error)) {
        return refuse(error->message);
    }
    if (options.help) {
        fputs(options_help, stdout);
        exit(0);
    }
    own_id = id;
    recorder.narrowed = narrow_is_on();
    engine = pick_engine(options.engine, info);
    if (!engine) {
        return refuse("there is no such engine; 'help' as an option lists them");
    }
    if (info->system_emulation && engine == &engine_flow && !qapi_announces()) {
        return refuse("engine=flow needs QEMU 10.2 for a whole machine; take engine=edge");
    }
    if (options.last && engine != &engine_edge) {
        return refuse("lastn= needs the order of events, which only engine=edge knows");
    }
    if (narrow_keeps() && !options.last) {
        return refuse("last-at= says where what lastn= keeps is kept; give lastn=, too");
    }
    if (recorder.narrowed && engine != &engine_edge) {
        return refuse("only engine=edge can record a part; leave engine= out");
    }
    recorder.last = (unsigned)options.last;
    recorder.damage = options.damage;
    recorder.cold_runs =
        options.cold > 1 ? 1u << g_bit_storage((gulong)options.cold - 1) : (unsigned)options.cold;
    if (!open_arena(&error)) {
        return refuse(error->message);
    }
    if (!recorder_begin(info->target_name, info->system_emulation, engine->name)) {
        return refuse("no room in the arena");
    }
    recorder.program = options.program;
    recorder.process->narrowed = recorder.narrowed;
    recorder.process->memory_limit = options.memory;
    recorder.process->plugin_api = (uint32_t)info->version.cur;
    log_reason(info);
    if (!standalone_begin(&options, &error)) {
        return refuse(error->message);
    }
    recorder.many_vcpus = info->system_emulation && info->system.max_vcpus > SCOREBOARD_VCPUS;
    if (engine->begin) {
        engine->begin(id);
    }
    recorder.parallel = info->system_emulation && info->system.max_vcpus > 1;
    if (info->system_emulation) { /* scoreboards may grow until all have begun */
        checkpoint_expect_vcpu(info->system.smp_vcpus - 1);
    }
    end_at_once = options.arena_fd >= 0 && !recorder.system && is_alone();
    checkpoint_begin(engine, options.arena_fd >= 0 ? options.checkpoint : 0);
    signals_init(info->target_name);
    register_callbacks(id);
    if (recorder.system) {
        machine_init(info->target_name, recorder.process->announced);
    } else {
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    }
    return 0;
}
