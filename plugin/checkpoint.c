/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "plugin/checkpoint.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_ROUTINE 3000 /* how long vCPUs are kept, microseconds */
#define PATIENCE_LAST    50000
#define PATIENCE_DEADLY  2000000 /* all attempts together before a signal or exec ends all */

/* A checkpoint in the arena, and the memory it has. */
struct buffer {
    struct cflow_arena_checkpoint *checkpoint;
    uint64_t room;     /* for counts, bytes */
    GPtrArray *copies; /* struct cflow_arena_vcpu, oldest first */
};

static const struct engine *engine; /* NULL: its counts are in the arena anyway */
static GMutex taking;               /* held while a checkpoint is made; before the gate */
static GMutex gate;                 /* held while vCPUs are to stand still */
static _Atomic uint32_t wanted;     /* number of the checkpoint that they stop for, or 0 */
static uint32_t number;
static _Atomic int expected; /* vCPUs on their way */
static _Atomic bool finished;
static unsigned interval_ms;
static uint64_t began_ns;
static struct buffer buffers[2];
static unsigned turn;

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* --- standing still -------------------------------------------------------- */

/* This thread has, or waits for, a lock that the thread that ends the process will want. */
static __thread volatile bool holding;

void checkpoint_lock(void)
{
    holding = true;
    g_mutex_lock(&gate);
}

void checkpoint_unlock(void)
{
    g_mutex_unlock(&gate);
    holding = false;
}

int checkpoint_expect_vcpu(int n)
{
    return atomic_fetch_add(&expected, n) + n;
}

void checkpoint_park(struct vcpu *v, const struct block *b)
{
    uint32_t current = atomic_load(&wanted);

    if (G_LIKELY(!current)) {
        return;
    }
    v->here = b;
    atomic_store(&v->parked, current);
    g_mutex_lock(&gate);
    v->here = NULL;
    g_mutex_unlock(&gate);
}

/*
 * A vCPU in a system call counts as standing still if it has been summoned
 * while it was in it: what it stores to its word before would undo that.
 */
static bool stands(struct vcpu *v, unsigned index)
{
    if (atomic_load(&v->parked) == number) {
        return true;
    }
    uint32_t before = atomic_load(&v->syscalls);
    engine->summon(index);
    return (before & 1) && atomic_load(&v->syscalls) == before;
}

static bool all_stand(void)
{
    unsigned n = atomic_load(&recorder.n_vcpus);
    bool all = true;

    for (unsigned i = 0; i < n; i++) {
        struct vcpu *v = recorder_vcpu_at(i);
        all &= !v || !v->shared->live || stands(v, i);
    }
    return all && atomic_load(&expected) <= 0;
}

static bool stop_all(enum checkpoint_why why)
{
    uint64_t end =
        now_ns() + (why == CHECKPOINT_ROUTINE ? PATIENCE_ROUTINE : PATIENCE_LAST) * 1000u;

    if (why == CHECKPOINT_FROZEN) {
        return true;
    }
    while (!all_stand()) {
        if (now_ns() > end) {
            return false;
        }
        sched_yield();
    }
    return true;
}

/* --- copying --------------------------------------------------------------- */

static bool copy_table(const struct cflow_arena_table *from, struct cflow_arena_table *to,
                       size_t slot_size)
{
    if (!from->capacity) {
        return true;
    }
    if (to->capacity != from->capacity) {
        cflow_off off = cflow_arena_alloc(&recorder.arena, 8 + from->capacity * slot_size);
        if (!off) {
            return false;
        }
        *(uint64_t *)cflow_arena_at(&recorder.arena, off) = from->capacity;
        atomic_store(&to->slots, off + 8);
        to->capacity = from->capacity;
    }
    memcpy(cflow_arena_at(&recorder.arena, atomic_load(&to->slots)),
           cflow_arena_at(&recorder.arena, atomic_load(&from->slots)), from->capacity * slot_size);
    to->n = from->n;
    return true;
}

static struct cflow_arena_vcpu *new_copy(struct buffer *buffer)
{
    cflow_off off = cflow_arena_alloc(&recorder.arena, sizeof(struct cflow_arena_vcpu));

    if (!off) {
        return NULL;
    }
    struct cflow_arena_vcpu *copy = cflow_arena_at(&recorder.arena, off);
    copy->next = buffer->checkpoint->vcpus;
    buffer->checkpoint->vcpus = off;
    g_ptr_array_add(buffer->copies, copy);
    return copy;
}

static bool copy_vcpu(const struct cflow_arena_vcpu *from, struct cflow_arena_vcpu *to)
{
    const struct vcpu *v = recorder_vcpu_at(from->index);

    to->index = from->index;
    to->callbacks = from->callbacks;
    to->threads = from->threads;
    to->block = CFLOW_NO_BLOCK;
    to->live = 0;
    to->stop = CFLOW_STOP_NONE;
    if (from->live && v && v->shared == from) {
        engine->stop(v, from->index, to);
    }
    return copy_table(&from->edges, &to->edges, sizeof(struct cflow_arena_edge)) &&
           copy_table(&from->events, &to->events, sizeof(struct cflow_arena_event));
}

static bool copy_vcpus(struct buffer *buffer)
{
    static GPtrArray *all; /* kept: a thread that waits for us may be inside of malloc() */

    all = all ? all : g_ptr_array_new();
    g_ptr_array_set_size(all, 0);
    for (cflow_off off = atomic_load(&recorder.process->vcpus); off;) {
        struct cflow_arena_vcpu *vcpu = cflow_arena_at(&recorder.arena, off);
        g_ptr_array_add(all, vcpu);
        off = vcpu->next;
    }
    for (guint i = 0; i < all->len; i++) {
        if (i == buffer->copies->len && !new_copy(buffer)) {
            return false;
        }
        if (!copy_vcpu(g_ptr_array_index(all, all->len - 1 - i),
                       g_ptr_array_index(buffer->copies, i))) {
            return false;
        }
    }
    return true;
}

/* Only of what ran: a short-lived child has all of its parent's blocks. */
static bool write_counts(struct buffer *buffer)
{
    struct cflow_arena_count_writer length = {0}, writer = {0};

    engine->counts(&length);
    if (buffer->room < length.size || !buffer->checkpoint->counts) {
        uint64_t room = MAX(length.size, buffer->room + buffer->room / 2);
        cflow_off off = cflow_arena_alloc(&recorder.arena, room + 8);
        if (!off) {
            return false;
        }
        buffer->checkpoint->counts = off;
        buffer->room = room;
    }
    buffer->checkpoint->n_bytes = 0;
    writer.out = cflow_arena_at(&recorder.arena, buffer->checkpoint->counts);
    engine->counts(&writer);
    buffer->checkpoint->n_bytes = writer.size;
    return true;
}

static bool begin_buffer(struct buffer *buffer)
{
    if (buffer->checkpoint) {
        return true;
    }
    cflow_off off = cflow_arena_alloc(&recorder.arena, sizeof(*buffer->checkpoint));
    if (!off) {
        return false;
    }
    buffer->checkpoint = cflow_arena_at(&recorder.arena, off);
    buffer->copies = g_ptr_array_new();
    return true;
}

/* All that must not move, while it does not. */
static bool copy_state(struct buffer *buffer)
{
    if (!begin_buffer(buffer) || !copy_vcpus(buffer)) {
        recorder.process->lost++;
        return false;
    }
    engine->freeze();
    buffer->checkpoint->elapsed_ns = now_ns() - began_ns;
    return true;
}

/* The rest, for which nobody has to wait. */
static bool publish(struct buffer *buffer, enum checkpoint_why why)
{
    if (!write_counts(buffer)) {
        recorder.process->lost++;
        return false;
    }
    buffer->checkpoint->deadly = why != CHECKPOINT_ROUTINE;
    atomic_store(&recorder.process->checkpoint,
                 (cflow_off)((char *)buffer->checkpoint - (char *)recorder.arena.header));
    turn ^= 1;
    return true;
}

/* How long vCPUs were kept from running on: those at an end have nowhere to go. */
static void account(uint64_t since_ns, enum checkpoint_why why)
{
    struct cflow_arena_process *p = recorder.process;

    if (why < CHECKPOINT_FINAL) {
        uint64_t ns = now_ns() - since_ns;
        p->checkpoint_max_ns = MAX(p->checkpoint_max_ns, ns);
        p->checkpoint_stop_ns += ns;
    }
}

/* The process ends with every vCPU where it stands. */
static void end_all(void)
{
    unsigned n = atomic_load(&recorder.n_vcpus);

    for (unsigned i = 0; i < n; i++) {
        struct vcpu *v = recorder_vcpu_at(i);
        if (v && v->shared->live) {
            engine->settle(v, i);
            recorder_leave(v);
        }
    }
}

/* Have all vCPUs stand still, copy what they did, and, unless @keep, let them go on. */
static bool stop_and_copy(enum checkpoint_why why, bool keep)
{
    uint64_t since_ns = now_ns();

    atomic_store(&wanted, ++number);
    bool ok = stop_all(why);
    if (ok && why >= CHECKPOINT_FINAL) {
        end_all();
        finished = true;
    }
    ok = ok && copy_state(&buffers[turn]);
    if (!ok || !keep) {
        atomic_store(&wanted, 0);
    }
    account(since_ns, why);
    return ok;
}

static void let_go(void)
{
    atomic_store(&wanted, 0);
    g_mutex_unlock(&gate);
    holding = false;
}

/* With @kept, vCPUs go on standing still, until let_go(), if that becomes true. */
static bool take(enum checkpoint_why why, bool *kept)
{
    uint64_t before_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    holding = true;
    g_mutex_lock(&taking);
    g_mutex_lock(&gate);
    bool over = finished;
    bool ok = !over && engine && stop_and_copy(why, kept);
    bool stand = ok && kept;
    if (!stand) {
        g_mutex_unlock(&gate);
    }
    ok = ok && publish(&buffers[turn], why);
    if (!over) {
        recorder.process->checkpoints += ok;
        recorder.process->checkpoint_cpu_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - before_ns;
    }
    if (stand && !ok) {
        let_go();
    }
    if (kept) {
        *kept = stand && ok;
    }
    g_mutex_unlock(&taking);
    holding = kept && *kept;
    return ok || over;
}

bool checkpoint_take(enum checkpoint_why why)
{
    return !engine || take(why, NULL);
}

bool checkpoint_final(void)
{
    uint64_t end = now_ns() + PATIENCE_DEADLY * 1000u;
    bool kept = false;

    while (engine && !take(CHECKPOINT_FINAL, &kept) && now_ns() < end) {
    }
    return kept;
}

/* This thread executes another program, and keeps all others where they stand. */
static __thread volatile bool executes;

void checkpoint_exec(void)
{
    uint64_t end = now_ns() + PATIENCE_DEADLY * 1000u;
    bool kept = false;

    while (engine && !take(CHECKPOINT_DEADLY, &kept) && now_ns() < end) {
    }
    executes = kept;
}

/* If it does: no more. */
static void give_up_exec(void)
{
    if (executes) {
        executes = false;
        let_go();
    }
}

void checkpoint_survived(void)
{
    if (engine) {
        give_up_exec();
        checkpoint_lock();
        cflow_off off = atomic_load(&recorder.process->checkpoint);
        if (off && !finished) {
            ((struct cflow_arena_checkpoint *)cflow_arena_at(&recorder.arena, off))->deadly = 0;
        }
        checkpoint_unlock();
    }
}

/* --- every so often -------------------------------------------------------- */

/*
 * Signals that end the process by default and that QEMU leaves to the host's
 * default: the guest would be gone without a word.  So there is a handler of
 * ours, which has the thread take a last checkpoint and then lets the signal do
 * what it would have done.
 */
static const int deadly_signals[] = {SIGHUP,  SIGINT,    SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
                                     SIGUSR2, SIGVTALRM, SIGPROF, SIGIO,   SIGXCPU, SIGXFSZ};
static _Atomic int deadly;
static _Atomic unsigned n_deadly; /* how often it was set */
static sem_t wake;

static void on_deadly(int signum)
{
    struct vcpu *v = recorder_vcpu_at(this_vcpu);
    int saved = errno;

    atomic_store(&deadly, signum);
    atomic_fetch_add(&n_deadly, 1);
    sem_post(&wake);
    give_up_exec();
    /*
     * A system call must not return to tell of the signal; code runs on to its block's
     * end, and what is not in the call so far to where it is.
     */
    while (v && !holding && (atomic_load(&v->syscalls) & 1) && atomic_load(&deadly) && !finished) {
        usleep(1000);
    }
    if (finished) { /* there is no thread any more; blocked until this returns */
        signal(signum, SIG_DFL);
        kill(getpid(), signum);
    }
    errno = saved;
}

static void die(int signum)
{
    uint64_t end = now_ns() + PATIENCE_DEADLY * 1000u;
    unsigned seen = atomic_load(&n_deadly);
    bool kept = false;
    sigset_t one;

    /* A busy machine may not let all threads run within one attempt. */
    while (!take(CHECKPOINT_DEADLY, &kept) && now_ns() < end) {
    }
    signal(signum, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, signum);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    kill(getpid(), signum);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    if (kept) {
        let_go();
    }
    if (atomic_load(&n_deadly) == seen) { /* still here? then the guest handles it by now */
        atomic_store(&deadly, 0);
    }
}

void checkpoint_let_die(void)
{
    while (engine && atomic_load(&deadly) && !finished) {
        give_up_exec();
        usleep(1000);
    }
}

void checkpoint_watch(int signum)
{
    struct sigaction now, ours = {.sa_handler = on_deadly, .sa_flags = SA_RESTART};

    for (size_t i = 0; interval_ms && i < G_N_ELEMENTS(deadly_signals); i++) {
        int number = deadly_signals[i];
        /* Whatever the flags: QEMU sets SA_SIGINFO with the default, too. */
        if ((!signum || signum == number) && sigaction(number, NULL, &now) == 0 &&
            now.sa_handler == SIG_DFL) {
            sigfillset(&ours.sa_mask);
            sigaction(number, &ours, NULL);
        }
    }
}

static void wait_a_while(unsigned ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until); /* whatever becomes of the time of day */
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    sem_clockwait(&wake, CLOCK_MONOTONIC, &until);
}

#define SOON_MS 50 /* after the beginning, and after an attempt that was given up */

/* At first more often, when there is little to copy and everything to lose. */
static void *routine(void *data)
{
    unsigned wait_ms = MIN(interval_ms, SOON_MS);
    bool ok = true;

    (void)data;
    while (!finished) {
        wait_a_while(ok ? wait_ms : MIN(wait_ms, SOON_MS));
        int signum = atomic_load(&deadly);
        if (signum) {
            die(signum);
        } else {
            ok = checkpoint_take(CHECKPOINT_ROUTINE);
            wait_ms = ok ? MIN(interval_ms, wait_ms * 2) : wait_ms;
        }
    }
    return NULL;
}

/*
 * A signal of the guest's must not come to a thread that is no vCPU.  The stack
 * is our own, for one that the system finds would move what the guest maps.
 */
static void start_thread(void)
{
    static _Alignas(64) char stack[256 * 1024];
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;

    if (!interval_ms) {
        return;
    }
    sem_init(&wake, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstack(&attributes, stack, sizeof(stack));
    pthread_create(&thread, &attributes, routine, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void checkpoint_begin(const struct engine *of, unsigned interval)
{
    if (of->counts) {
        engine = of;
        interval_ms = interval;
        began_ns = now_ns();
        start_thread();
    }
}

void checkpoint_cancel(void)
{
    engine = NULL;
    finished = true;
    sem_post(&wake);
}

void checkpoint_forked(void)
{
    if (engine) {
        g_mutex_init(&taking); /* the parent's thread may have had it */
        atomic_store(&wanted, 0);
        atomic_store(&expected, 0);
        atomic_store(&deadly, 0);
        memset(buffers, 0, sizeof(buffers));
        finished = false;
        began_ns = now_ns();
        start_thread();
    }
}
